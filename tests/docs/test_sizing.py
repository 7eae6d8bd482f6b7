"""sizing.md: what limits allow, pods, and copies of many small files."""

from __future__ import annotations

from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.api.ratelimit import WINDOW, Limit
from airflow_provider_ldusage.testing import Simulator
from tests.docs.pages import NOW, PAGES, blocks, example_tables, operators, python_blocks, rows
from tests.loading import Loader
from tests.support import day_files

FLAGS = 7  # of each project of the simulated account
PROJECTS = 3


def test_what_the_limits_allow_is_reckoned_right() -> None:
    for cells in rows("sizing.md", "requests in ten seconds"):
        allowed, sent, an_hour = (int(cell.replace(",", "")) for cell in cells)
        assert sent == allowed - Limit("global", allowed, allowed, 0).reserve
        assert an_hour == sent * 3600 / WINDOW


def test_a_daily_run_asks_no_more_than_told(tmp_path: Path) -> None:
    with Simulator(now=NOW) as simulator:
        loader, requests = Loader(simulator, tmp_path), {}
        for table, arguments in example_tables():
            simulator.clear_requests()
            loader.daily(table=table, **arguments)
            requests[table] = requests.get(table, 0) + len(simulator.requests)
    of_an_environment = requests.pop("evaluations")
    the_list_of_environments = 1 + PROJECTS
    told = "one for each flag, one for each hundred flags, and three more"
    assert told in PAGES["sizing.md"].replace("\n", " ")
    assert 50 < sum(requests.values()) + the_list_of_environments <= 100
    assert FLAGS < of_an_environment <= FLAGS + 1 + 3
    assert f"{100 + 10 * (300 + 3 + 3):,} requests" in PAGES["sizing.md"]


@pytest.mark.airflow
@pytest.mark.skipif(not find_spec("airflow.sdk"), reason="the page has the names of Airflow 3")
def test_airflows_defaults_are_as_told() -> None:
    from airflow.configuration import conf

    assert conf.getint("core", "max_map_length") == 1024
    assert conf.getint("scheduler", "task_instance_heartbeat_timeout") == 300
    assert conf.getint("scheduler", "task_queued_timeout") == 600


@pytest.mark.airflow
@pytest.mark.usefixtures("launchdarkly_connection")
@pytest.mark.parametrize("block", python_blocks("pod_override"))
def test_the_pods_of_the_example_are_sized_and_its_loads_run(block: str, tmp_path: Path) -> None:
    pytest.importorskip("kubernetes", reason="pods are described with the kubernetes client")
    names: dict[str, Any] = {}
    exec(block, names)
    single, mapped = names["dag"].tasks
    assert _memory(single.executor_config) == "512Mi"
    assert _memory(mapped.partial_kwargs["executor_config"]) == "1Gi"
    assert mapped.partial_kwargs["max_active_tis_per_dag"] == 2
    loads = [single, mapped.unmap({name: each[0] for name, each in mapped.expand_input.value.items()})]
    context = {
        "dag_run": SimpleNamespace(run_after=datetime.now(timezone.utc), conf={}),
        "var": {"value": {"ldusage_destination": tmp_path.as_uri()}},
    }
    for load in loads:
        assert load.task_type in operators()
        load.render_template_fields(context)
        assert load.execute(context)["rows"] > 0


def _memory(executor_config: dict[str, Any]) -> str:
    (container,) = executor_config["pod_override"].spec.containers
    assert container.name == "base"
    assert container.resources.limits.keys() == {"memory", "ephemeral-storage"}
    return str(container.resources.limits["memory"])


@pytest.mark.parametrize("block", [each for each in blocks("sql") if "sizing.md" in str(each.id)])
def test_a_month_can_be_copied_and_the_lake_stays(lake: Path, block: str, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    before = day_files(lake)
    command = block.replace("/data/launchdarkly", str(lake)).replace("/data/compact", str(tmp_path))
    source = f"read_parquet('{lake}/evaluations/*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as connection:
        for _ in range(2):  # a second time replaces the file
            connection.execute(command)
        (copy,) = tmp_path.glob("*.parquet")
        october = f"SELECT * FROM {source} WHERE month(usage_date) = 10 ORDER BY ALL"
        found = connection.execute(f"SELECT * FROM '{copy}' ORDER BY ALL").fetchall()
        assert found == connection.execute(october).fetchall()
    assert found
    assert day_files(lake) == before
