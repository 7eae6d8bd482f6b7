"""lake.md: what lies in a lake, and the queries that read it."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.lake.commit import ON_EMPTY, Commit
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS
from airflow_provider_ldusage.lake.state import State, Status, parse
from airflow_provider_ldusage.testing import Simulator
from tests.docs.pages import (
    LAKE,
    NOW,
    PAGES,
    ROOT,
    blocks,
    column,
    json_example,
    keys,
    python_blocks,
    rows,
    spans,
)
from tests.loading import Loader


def test_what_becomes_of_a_day_is_told_in_full() -> None:
    assert column("lake.md", "list")[:7] == list(Commit().lists())
    assert column("lake.md", "on_empty") == list(ON_EMPTY)


def test_the_state_is_as_told() -> None:
    example = json_example("lake.md", "table_id")
    state = parse(json.dumps(example).encode(), example["table_id"], "the example")
    assert state != State(example["table_id"]), "it can be read"
    assert json.loads(state.to_json({}, NOW + timedelta(days=10))) == example
    assert column("lake.md", "status") == [status.value for status in Status]


def test_the_names_of_totals_are_as_told(lake: Path) -> None:
    (file,) = (lake / "_ldusage" / "totals").glob("ai_runs-*.json")
    assert json.loads(file.read_text()) == json_example("lake.md", "tables")


def test_the_compressions_and_the_engines_that_were_asked_are_as_told() -> None:
    assert column("lake.md", "compression") == list(COMPRESSIONS)
    asked = re.findall(r'Engine\(\s*"([^"]+)"', (ROOT / "scripts" / "engines" / "__main__.py").read_text())
    assert column("lake.md", "engine") == asked


@pytest.mark.parametrize("block", [each for each in blocks("sql") if not str(each.id).startswith(("cli", "sizing"))])
def test_every_query_answers(lake: Path, block: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    assert LAKE in block
    with duckdb.connect() as connection:
        assert connection.execute(block.replace(LAKE, str(lake))).fetchall()


def test_the_rows_of_the_readme_are_those_of_the_example(lake: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    shown = rows("README.md", "time")
    columns = "strftime(time, '%Y-%m-%d %H:%M UTC'), value, project_id, sdk_name, coalesce(extra, 'null'), usage_date"
    source = f"read_parquet('{lake}/connections_by_sdk/*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        stored = connection.execute(f"SELECT {columns} FROM {source} WHERE usage_date = '{shown[0][-1]}'").fetchall()
    assert shown == [[str(cell) for cell in row] for row in stored]


def test_the_query_for_a_month_gives_its_last_month_to_date(lake: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    query = next(block.values[0] for block in blocks("sql") if "monthly_users" in block.values[0])
    with duckdb.connect() as connection:
        found = connection.execute(query.replace(LAKE, str(lake))).fetchall()
    with Simulator(now=NOW) as simulator:
        day, after = date(2026, 10, 31), date(2026, 11, 1)
        truth = simulator.truth("clientside-mau", start=day, end=after, group_by=["projectId"])
    october = {project: users for month, project, users in found if month.month == 10}
    assert october == {row["projectId"]: row["value"] for row in truth}


def test_the_bill_is_the_accounts_figure_and_groups_add_up_to_more(lake: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    query = next(block.values[0] for block in blocks("sql") if "clientside_mau_total" in block.values[0])
    with duckdb.connect() as connection:
        billed = {month.month: mau for month, mau in connection.execute(query.replace(LAKE, str(lake))).fetchall()}
        source = f"read_parquet('{lake}/clientside_mau/*/*.parquet', hive_partitioning = true)"
        ((groups,),) = connection.execute(f"SELECT sum(value) FROM {source} WHERE usage_date = '2026-10-31'").fetchall()
    with Simulator(now=NOW) as simulator:
        day, after = date(2026, 10, 31), date(2026, 11, 1)
        (truth,) = simulator.truth("clientside-mau", start=day, end=after)
    assert billed[10] == truth["value"] < groups
    too_many = f"{100 * (groups / truth['value'] - 1):.0f} %"
    assert f"for October that would be {too_many} too many MAU" in PAGES["README.md"].replace("\n", " ")


def test_the_bill_by_project_is_each_projects_own_figure(lake: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    query = next(text for block in blocks("sql") if "clientside_mau_by_project" in (text := block.values[0]))
    with duckdb.connect() as connection:
        found = connection.execute(query.replace(LAKE, str(lake))).fetchall()
        source = f"read_parquet('{lake}/clientside_mau/*/*.parquet', hive_partitioning = true)"
        ((applications,),) = connection.execute(
            f"SELECT sum(value) FROM {source} WHERE usage_date = '2026-10-31'"
        ).fetchall()
    with Simulator(now=NOW) as simulator:
        day, after = date(2026, 10, 31), date(2026, 11, 1)
        truth = simulator.truth("clientside-mau", start=day, end=after, group_by=["projectId"])
    october = [users for month, _, users in found if month.month == 10]
    assert october == sorted((row["value"] for row in truth), reverse=True)
    assert sum(october) < applications


class Airflow:
    """Answers of its REST API: one run of two tasks, of which one is mapped and has restated a day."""

    def __init__(self, report: dict[str, Any]) -> None:
        entries = [{"task_id": "loads.ai_runs", "map_index": 3}, {"task_id": "closing", "map_index": -1}]
        tasks = "dags/ldusage_daily/dagRuns/scheduled__2026-11-12T03%3A00%3A00%2B00%3A00/taskInstances"
        self.answers: dict[str, Any] = {
            "dags/ldusage_daily/dagRuns": {
                "dag_runs": [
                    {"dag_run_id": "scheduled__2026-11-12T03:00:00+00:00", "start_date": "2026-11-12T03:00:01Z"}
                ]
            },
            f"{tasks}/~/xcomEntries": {"xcom_entries": entries},
            f"{tasks}/loads.ai_runs/xcomEntries/return_value": {"value": report},
            f"{tasks}/closing/xcomEntries/return_value": {"value": {"missing": {}}},
        }

    def get(self, url: str, *, params: dict[str, Any], headers: dict[str, str], timeout: int) -> Any:
        assert headers == {"Authorization": "Bearer secret"} and timeout
        answer = {"xcom_entries": []} if params.get("offset") else self.answers[url.partition("/api/v2/")[2]]
        return SimpleNamespace(raise_for_status=lambda: None, json=lambda: answer)


def test_exactly_the_restated_days_are_printed(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import requests

    loader.simulator.now = NOW - timedelta(days=1)
    loader("2026-11-09", "2026-11-10", table="ai_runs", metric="ai_runs")
    loader.simulator.now = NOW
    report = loader("2026-11-08", "2026-11-11", table="ai_runs", metric="ai_runs").to_xcom()
    assert report["days"]["written"]["count"] == 2
    monkeypatch.setattr(requests, "get", Airflow(report).get)
    monkeypatch.setenv("AIRFLOW_TOKEN", "secret")
    (block,) = python_blocks("xcomEntries")
    exec(block.values[0], {})
    assert capsys.readouterr().out == "2026-11-12T03:00:01Z ai_runs 2 [['2026-11-09', '2026-11-10']]\n"


@pytest.mark.parametrize("block", python_blocks(LAKE))
def test_polars_and_pyarrow_examples_read_the_lake(lake: Path, block: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "polars" in block:
        pytest.importorskip("polars")
    exec(block.replace(LAKE, str(lake)), {})
    if "print" in block:
        assert "shape: (0" not in capsys.readouterr().out


def test_a_table_describes_itself_as_told(lake: Path) -> None:
    import pyarrow.parquet as pq

    example = json_example("lake.md", "identity")
    real = json.loads((lake / "_ldusage" / "connections_by_sdk.json").read_text())
    drawn = {"account": None, "id": None}
    assert {**example, **drawn} == {**real, **drawn}
    assert keys(example) == keys(real)
    (path, *_) = sorted((lake / "connections_by_sdk").glob("*/all.parquet"))
    footer = {key.decode() for key in pq.read_metadata(path).metadata if key.startswith(b"ldusage.")}
    assert {span for span in spans() if re.fullmatch(r"ldusage\.\w+", span)} == footer
    projects = [column["name"] for column in json.loads((lake / "_ldusage" / "projects.json").read_text())["schema"]]
    listed = dict(rows("lake.md", "list")[7:] or re.findall(r"\| `(projects)` \| (.*) \|", PAGES["lake.md"]))
    assert [*listed["projects"].replace("`", "").split(), "extra"] == projects
