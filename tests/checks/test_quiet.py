"""What the daily example warns of on an account where nothing is wrong: nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.days import Window, utc_day
from airflow_provider_ldusage.log_text import MAX_WARNING
from airflow_provider_ldusage.metrics import METRICS, History
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import Loader, warnings
from tests.names import DagBag

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]

BEGIN = datetime(2026, 11, 12, 3, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)
PATHS: dict[str, list[dict[str, Any]]] = {
    "events": [{"event_type": "received"}, {"event_type": "published"}],
    "streams": [{"source": "client"}, {"source": "server"}],
    "streams_by_sdk_version": [{"source": "client"}, {"source": "server"}],
    "stream_sdk_versions": [{"source": "client"}, {"source": "server"}],
    "evaluations": [{"project_key": "default", "environment_key": "production"}],
}
READINGS = {
    "as documented": {},
    "absent on days without usage": {
        "month_to_date_gaps": "absent", "missing_dimension": "empty", "incremental_uniques": "new_in_month",
        "data_through_lag_hours": 2,
    },
    "zeros": {
        "absent_points": "zero", "partial_day": "zero", "month_to_date_gaps": "absent", "to_bound": "inclusive",
        "other_variations": "listed", "projected_series": "remaining_days", "destinations_viewable": "all",
    },
}  # fmt: skip


def questions(repository: Path) -> Iterator[tuple[str, UsageQuery]]:
    """What the daily example asks, and into which table."""
    for task in DagBag(str(repository / "dags_examples")).dags["ldusage_daily"].tasks:
        table = task.task_id.rpartition(".")[2]
        if task.is_mapped:
            for path in PATHS[table]:
                yield table, UsageQuery.build(table, **path)
        elif isinstance(task, LaunchDarklyUsageOperator):
            yield table, UsageQuery.build(task.metric, group_by=task.group_by)


@pytest.mark.parametrize("reading", READINGS)
def test_a_week_of_the_daily_example_warns_of_nothing_on_a_healthy_account(
    reading: str, repository: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = list(questions(repository))
    assert {query.metric.name for _, query in asked} == {
        name for name, entry in METRICS.items() if not entry.deprecated
    }
    caplog.set_level(logging.INFO, logger="airflow_provider_ldusage")
    with Simulator(now=BEGIN, switches=Switches(**READINGS[reading])) as simulator:
        loader = Loader(simulator, tmp_path)

        def run(table: str, query: UsageQuery, days: RunWindow) -> None:
            loader.load(days, query=query, table=table)
            simulator.advance(timedelta(seconds=3))  # a wrong clock is corrected to a second, and tasks take some

        past = Window(utc_day(BEGIN) - 75 * DAY, utc_day(BEGIN))
        for table, query in asked:
            if query.metric.history is History.SERIES:
                run(table, query, RunWindow.of_days(past))
        for _ in range(7):
            simulator.advance(DAY)
            today = utc_day(simulator.now)
            for table, query in asked:
                window = Window(today - DAY, today)
                run(table, query, RunWindow(window, "the schedule", scheduled=True, at=simulator.now))
    assert warnings(caplog) == []
    said = [record.getMessage() for record in caplog.records]
    for check in CHECKS:
        assert any(line.startswith("Checked ") and check in line.split(" of ")[0] for line in said)
    assert MAX_WARNING == 300
