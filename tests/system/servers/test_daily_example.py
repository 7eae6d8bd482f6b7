"""The daily example as it stands, run by a real scheduler: every table is what LaunchDarkly has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.metrics import METRICS
from tests.support import SNAPSHOTS, Load, Row, columns_of, expected_rows, metric_of, stored_rows
from tests.system.servers.conftest import Servers
from tests.system.test_backfill import (
    BY_PROJECT,
    CHOSEN_BY_THE_API,
    DAILY_LISTS,
    INCREMENTAL,
    MONTH_TO_DATE,
    TABLES,
    TOTALS,
    evaluations,
    table_of,
)

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]

LISTS = (
    Load("stream_sdk_versions", "streams/{source}/sdkversions", path={"source": "client"}),
    Load("stream_sdk_versions", "streams/{source}/sdkversions", path={"source": "server"}),
    Load("sdk_versions_details", "sdk-versions/details"),
    Load("sdk_versions_all", "sdk-versions/all"),
    Load("projects", ""),
    Load("environments", ""),
)


@dataclass
class Run:
    """The scheduled run. Its window ends with the day of ``due``, when the schedule started it."""

    run_id: str
    reports: dict[str, dict[str, Any]]  # by task, without its group
    due: date

    def days(self, table: str) -> set[str]:
        """As docs/windows.md has it: a look-back of three days, or of the month in which it ends."""
        first = self.due - timedelta(days=4)
        if metric_of(table) in {load.metric for load in MONTH_TO_DATE}:
            first = first.replace(day=1)
        return {(first + timedelta(days=n)).isoformat() for n in range((self.due - first).days)}


@pytest.fixture(scope="module")
def run(servers: Servers) -> Run:
    servers.airflow.unpause("ldusage_daily")
    run_id = servers.first_run("ldusage_daily", "scheduled")
    servers.succeeded("ldusage_daily", run_id, within=900)
    reports = servers.airflow.reports("ldusage_daily", run_id)
    found = {task.split(".")[-1]: report for task, report in reports.items() if isinstance(report, dict)}
    return Run(run_id, found, (servers.simulator.now - timedelta(hours=3)).date())


def loads(run: Run) -> list[dict[str, Any]]:
    return [report for report in run.reports.values() if "requests" in report]


def test_every_metric_in_use_was_loaded(run: Run) -> None:
    loaded = {report["table"] for report in loads(run)}
    assert loaded == {*TABLES, *SNAPSHOTS}
    assert {metric_of(table) for table in loaded} == {name for name, entry in METRICS.items() if not entry.deprecated}


def test_mapped_tasks_show_what_they_load_and_are_closed(run: Run, servers: Servers) -> None:
    found = servers.airflow.query(
        "SELECT task_id, rendered_map_index FROM task_instance WHERE run_id = ? AND map_index >= 0", run.run_id
    )
    labels = {(task.split(".")[-1], label) for task, label in found}
    sides = ("streams", "streams_by_sdk_version", "stream_sdk_versions")
    projects = [load.path["project_key"] for load in evaluations(servers.simulator.account_id)]
    assert labels == {
        ("events", "received"), ("events", "published"),
        *((table, side) for table in sides for side in ("client", "server")),
        *(("evaluations", f"{project}/production") for project in projects),
    }  # fmt: skip
    closed = {task: report["missing"] for task, report in run.reports.items() if task.endswith("_loaded")}
    assert closed == {f"{table}_loaded": {} for table in ("events", "evaluations", *sides)}


def test_the_report_succeeded(run: Run, servers: Servers) -> None:
    """A teardown task: the run is a success without it."""
    state, log = servers.airflow.ended("ldusage_daily", run.run_id, "report")
    assert state == "success", log


def test_every_table_was_announced(run: Run, servers: Servers) -> None:
    asset = "asset" if servers.airflow.query("SELECT 1 FROM sqlite_master WHERE name = 'asset'") else "dataset"
    told = servers.airflow.query(
        f"SELECT a.uri FROM {asset}_event e JOIN {asset} a ON a.id = e.{asset}_id WHERE e.source_run_id = ?", run.run_id
    )
    changed = {
        report["table"] for report in loads(run)
        if any(report["days"][what]["count"] for what in ("written", "restated"))
    }  # fmt: skip
    assert sorted(uri for (uri,) in told) == sorted(f"launchdarkly/{table}" for table in (*changed, "usage_report"))
    assert {"clientside_mau_total", "clientside_mau_by_project", "streams", "evaluations", "projects"} <= changed


@pytest.mark.parametrize("table", [*TABLES, *SNAPSHOTS])
def test_a_table_holds_what_launchdarkly_has(table: str, run: Run, servers: Servers) -> None:
    folders = {path.name.removeprefix("usage_date=") for path in (servers.examples_lake / table).iterdir()}
    if table in SNAPSHOTS:
        assert folders == {servers.day(0)}
    elif metric_of(table) in ("data_export_events", "warehouse_export"):
        assert folders <= run.days(table) and len(folders) >= 3  # the last day may not be counted to its end yet
    else:
        assert folders == run.days(table)
    first, last = date.fromisoformat(min(folders)), date.fromisoformat(max(folders))
    truth: Counter[Row] = Counter()
    for what in loads_of(servers.simulator.account_id):
        if table_of(what) == table:
            columns = columns_of(servers.examples_lake, table)
            truth += expected_rows(servers.simulator, what, first, last + timedelta(days=1), columns)
    assert stored_rows(servers.examples_lake / table) == truth
    assert truth.total() > 0


def loads_of(account_id: str) -> Iterator[Load]:
    yield from (
        *MONTH_TO_DATE,
        *INCREMENTAL,
        *BY_PROJECT,
        *TOTALS,
        *CHOSEN_BY_THE_API,
        *DAILY_LISTS,
        *LISTS,
        *evaluations(account_id),
    )
