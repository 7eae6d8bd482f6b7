"""The example DAGs: they parse, and cover what they say they cover."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.fetch import plan_chunks
from airflow_provider_ldusage.metrics import METRICS, History
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import Window

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def dags(repository: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(repository / "dags_examples"))
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture(scope="module")
def daily(dags: Any) -> Any:
    return dags["ldusage_daily"]


@pytest.fixture(scope="module")
def backfill(dags: Any) -> Any:
    return dags["ldusage_backfill"]


def test_every_metric_that_is_not_deprecated_is_one_task_in_its_familys_group(daily: Any) -> None:
    wanted = {f"{entry.family}.{name}" for name, entry in METRICS.items() if not entry.deprecated}
    assert {task.task_id for task in daily.tasks} == wanted | {"evaluations.environments"}


def test_no_load_depends_on_another(daily: Any) -> None:
    upstream = {task.task_id: task.upstream_task_ids for task in daily.tasks if task.upstream_task_ids}
    assert upstream == {"evaluations.evaluations": {"evaluations.environments"}}


def test_the_example_needs_a_connection_and_a_destination_and_nothing_else(repository: Path) -> None:
    text = (repository / "dags_examples" / "ldusage_daily.py").read_text()
    assert text.count("var.value.") == 1
    assert text.count("launchdarkly_default") == 2, "in the text above, and in CONNECTION"


PATHS = {
    "events": {"event_type": "received"},
    "streams": {"source": "client"},
    "streams_by_sdk_version": {"source": "client"},
    "evaluations": {"project_key": "default", "environment_key": "production"},
}


def argument(task: Any, name: str) -> Any:
    """An operator's argument, whether its task is mapped or not; a mapped one's own come first, then the DAG's."""
    if not task.is_mapped:
        return getattr(task, name)
    return task.partial_kwargs.get(name, task.dag.default_args.get(name))


def loads(dag: Any) -> dict[str, Any]:
    """The tasks that load a metric, by metric."""
    return {task.task_id.split(".")[-1]: task for task in dag.tasks if task.task_id.split(".")[-1] in METRICS}


def query_of(metric: str, task: Any) -> UsageQuery:
    return UsageQuery.build(metric, group_by=argument(task, "group_by") or (), **PATHS.get(metric, {}))


def test_the_backfill_loads_every_metric_that_has_a_history_into_the_tables_of_the_daily_dag(
    daily: Any, backfill: Any
) -> None:
    wanted = {name for name, entry in METRICS.items() if not entry.deprecated and entry.history is not History.SNAPSHOT}
    every_day, at_once = loads(daily), loads(backfill)
    assert at_once.keys() == wanted
    for metric, task in at_once.items():
        assert query_of(metric, task).default_table == query_of(metric, every_day[metric]).default_table


def test_the_backfill_asks_once_for_a_year_of_a_table(backfill: Any) -> None:
    assert backfill.params.dump() == {"start": "2025-01-01", "end": "2026-01-01"}
    now = datetime(2026, 11, 23, tzinfo=timezone.utc)
    for metric, task in loads(backfill).items():
        assert (argument(task, "start"), argument(task, "end")) == ("{{ params.start }}", "{{ params.end }}")
        chunks = plan_chunks(query_of(metric, task), Window(date(2025, 1, 1), date(2026, 1, 1)), now)
        assert len(chunks) == (365 if METRICS[metric].history is History.DAILY_LIST else 1)


def test_the_backfill_is_not_scheduled(backfill: Any) -> None:
    assert backfill.timetable.can_be_scheduled is False
