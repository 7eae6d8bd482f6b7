"""The daily example as it stands, run by a real scheduler: every table is what LaunchDarkly has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from airflow_provider_ldusage.metrics import METRICS
from tests.support import SNAPSHOTS, Load, Row, columns_of, expected_rows, stored_rows
from tests.system.servers.conftest import Servers
from tests.system.test_backfill import CHOSEN_BY_THE_API, DAILY_LISTS, INCREMENTAL, MONTH_TO_DATE, evaluations

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

    tables: dict[str, str]  # metric -> table
    due: date

    def days(self, metric: str) -> set[str]:
        """As docs/windows.md has it: a look-back of three days, or of the month in which it ends."""
        if metric in SNAPSHOTS:
            return set()
        first = self.due - timedelta(days=4)
        if metric in {load.metric for load in MONTH_TO_DATE}:
            first = first.replace(day=1)
        return {(first + timedelta(days=n)).isoformat() for n in range((self.due - first).days)}


@pytest.fixture(scope="module")
def run(servers: Servers) -> Run:
    servers.airflow.unpause("ldusage_daily")
    run_id = servers.first_run("ldusage_daily", "scheduled")
    servers.succeeded("ldusage_daily", run_id, within=900)
    reports = servers.airflow.reports("ldusage_daily", run_id)
    loads = {task.split(".")[-1]: report for task, report in reports.items() if isinstance(report, dict)}
    return Run(
        {metric: report["table"] for metric, report in loads.items()},
        (servers.simulator.now - timedelta(hours=3)).date(),
    )


def test_every_metric_in_use_was_loaded(run: Run) -> None:
    assert sorted(run.tables) == sorted(name for name, entry in METRICS.items() if not entry.deprecated)


@pytest.mark.parametrize("metric", [name for name, entry in METRICS.items() if not entry.deprecated])
def test_a_table_holds_what_launchdarkly_has(metric: str, run: Run, servers: Servers) -> None:
    table = run.tables[metric]
    folders = {path.name.removeprefix("usage_date=") for path in (servers.lake / table).iterdir()}
    if metric in SNAPSHOTS:
        assert folders == {servers.day(0)}
    elif metric in ("data_export_events", "warehouse_export"):
        assert folders <= run.days(metric) and len(folders) >= 3  # the last day may not be counted to its end yet
    else:
        assert folders == run.days(metric)
    first, last = date.fromisoformat(min(folders)), date.fromisoformat(max(folders))
    truth: Counter[Row] = Counter()
    for what in loads_of(servers.simulator.account_id):
        if what.metric == metric:
            columns = columns_of(servers.lake, table)
            truth += expected_rows(servers.simulator, what, first, last + timedelta(days=1), columns)
    assert stored_rows(servers.lake / table) == truth
    assert truth.total() > 0


def loads_of(account_id: str) -> Iterator[Load]:
    yield from (*MONTH_TO_DATE, *INCREMENTAL, *CHOSEN_BY_THE_API, *DAILY_LISTS, *LISTS, *evaluations(account_id))
