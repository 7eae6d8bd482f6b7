"""What the loads of a run have done, as Airflow tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.insight.loads.load_row import LoadRow
from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.load_xcom import BEGUN
from airflow_provider_ldusage.operators.report import LaunchDarklyUsageReportOperator
from airflow_provider_ldusage.operators.run_loads import RETURNED, loads_before, loads_of_run
from airflow_provider_ldusage.operators.usage import LaunchDarklyMauUsageOperator, LaunchDarklyUsageOperator
from tests.names import DAG
from tests.operators.outlet_events import ME, Task

pytestmark = pytest.mark.airflow
LAKE = "file:///lake"
RUN_AFTER = datetime(2026, 11, 12, 3, tzinfo=timezone.utc)


class Asked(Task):
    """A task instance with the XComs of others.

    :param xcoms: by task and key, one for each index
    """

    def __init__(self, states: Mapping[str, Any], xcoms: Mapping[tuple[str, str], Sequence[Any]]) -> None:
        super().__init__(ME, {"today": states})
        self.xcoms, self.pulls = xcoms, list[tuple[str, str]]()

    def xcom_pull(self, *, task_ids: list[str], key: str) -> Sequence[Any]:
        (task_id,) = task_ids
        self.pulls.append((task_id, key))
        return self.xcoms.get((task_id, key)) or [None]  # as Airflow 3 does


def told(table: str, index: int = -1, try_number: int = 1, lake: str = LAKE, **more: Any) -> dict[str, Any]:
    return {
        "table": table, "uri": f"{lake}/{table}", "slice": {}, "window": ["2026-11-11", "2026-11-12"],
        "map_index": index, "try_number": try_number, "loaded_at": "2026-11-12T03:00:01.000Z", **more,
    }  # fmt: skip


@pytest.fixture
def report() -> LaunchDarklyUsageReportOperator:
    """The end of a DAG with a load, a mapped one that is closed, and a load that comes after the report."""
    with DAG("dag", schedule=None):
        mau = LaunchDarklyMauUsageOperator(task_id="mau", metric="clientside_mau", destination=LAKE)
        streams = LaunchDarklyUsageOperator.partial(task_id="streams", metric="streams", destination=LAKE).expand(
            source=["client", "server"]
        )
        closed = LaunchDarklyUsageAssetOperator(task_id="closed", destination=LAKE, reports=streams.output)
        found = LaunchDarklyUsageReportOperator(task_id="report", destination=LAKE)
        after = LaunchDarklyUsageOperator(task_id="after", metric="vega_ai", destination=LAKE)
        [mau, closed] >> found >> after
    return found


def gathered(report: Any, states: Mapping[str, Any], xcoms: Mapping[tuple[str, str], Sequence[Any]]) -> list[LoadRow]:
    task = Asked(states, xcoms)
    within: Any = {"ti": task, "dag": report.dag, "dag_run": SimpleNamespace(run_after=RUN_AFTER)}
    return list(loads_of_run(report, within, LAKE))


def seen(rows: Sequence[LoadRow]) -> list[tuple[Any, ...]]:
    return [(row.task.task_id, row.task.map_index, row.try_number, row.outcome) for row in rows]


def test_loads_upstream_count_directly_or_not_mapped_or_not(report: Any) -> None:
    assert loads_before(report) == ["mau", "streams"]


def test_every_index_that_has_succeeded_is_told(report: Any) -> None:
    xcoms = {("mau", RETURNED): [told("m", rows=3)], ("streams", RETURNED): [told("s", 0), told("s", 1, 2)]}
    rows = gathered(report, {"mau": "success", "streams_0": "success", "streams_1": "success"}, xcoms)
    assert seen(rows) == [("mau", -1, 1, "success"), ("streams", 0, 1, "success"), ("streams", 1, 2, "success")]
    assert (rows[0].told["rows"], rows[0].since, rows[0].task[:2]) == (3, RUN_AFTER.date(), ("dag", "today"))


def test_those_that_failed_tell_what_they_began(report: Any) -> None:
    xcoms = {
        ("streams", RETURNED): [told("s", 0)],
        ("streams", BEGUN): [told("s", 0), told("s", 1, 4)],
        ("mau", BEGUN): [told("m")],
    }
    rows = gathered(report, {"mau": "skipped", "streams_0": "success", "streams_1": "failed"}, xcoms)
    assert seen(rows) == [("mau", -1, 1, "skipped"), ("streams", 0, 1, "success"), ("streams", 1, 4, "failed")]


@pytest.mark.parametrize("state", ["running", "up_for_retry", "upstream_failed", "skipped", "removed", None])
def test_what_has_not_ended_or_never_began_is_left_out(report: Any, state: str | None) -> None:
    assert gathered(report, {"mau": state}, {}) == []


def test_a_task_that_died_before_it_told_anything_has_failed(report: Any) -> None:
    (row,) = gathered(report, {"mau": "failed"}, {})
    assert (seen([row]), row.told, row.loaded_at) == ([("mau", -1, None, "failed")], {}, None)


def test_what_an_earlier_try_returned_says_nothing_of_a_skipped_one(report: Any) -> None:
    assert gathered(report, {"mau": "skipped"}, {("mau", RETURNED): [told("m")]}) == []


def test_loads_into_another_lake_are_another_report_s(report: Any) -> None:
    assert gathered(report, {"mau": "success"}, {("mau", RETURNED): [told("m", lake="file:///other")]}) == []


def test_where_airflow_tells_no_states_those_count_that_returned_something(report: Any) -> None:
    assert seen(gathered(report, {}, {("mau", RETURNED): [told("m")]})) == [("mau", -1, 1, "success")]


def test_without_trouble_it_takes_one_pull_for_each_load(report: Any) -> None:
    states = {"mau": "success", "streams_0": "success", "streams_1": "success"}
    task = Asked(states, {("mau", RETURNED): [told("m")], ("streams", RETURNED): [told("s", 0), told("s", 1)]})
    within: Any = {"ti": task, "dag": report.dag, "dag_run": SimpleNamespace(run_after=RUN_AFTER)}
    loads_of_run(report, within, LAKE)
    assert (task.pulls, task.asked) == ([("mau", RETURNED), ("streams", RETURNED)], 2)


def test_outside_of_a_dag_there_are_no_loads(report: Any) -> None:
    assert loads_of_run(report, {}, LAKE) == ()  # type: ignore[typeddict-item]
