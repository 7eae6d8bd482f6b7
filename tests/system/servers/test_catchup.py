"""A real scheduler catches up the month in which London's clocks go back: its runs load every day of it."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.days import Window
from tests.support import Load, columns_of, expected_rows, stored_rows
from tests.system.servers.conftest import Servers

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

# The first run, at midnight of 1 October (09-30 23:00 UTC), loads the day that ended last in UTC.
DAYS = Window(date(2025, 9, 29), date(2025, 10, 31))


def test_the_runs_of_a_month_load_every_day_of_it(servers: Servers) -> None:
    airflow, simulator, lake = servers.airflow, servers.simulator, servers.lake
    airflow.unpause("london")
    over = "SELECT count(*) FROM dag_run WHERE dag_id = 'london' AND state IN ('success', 'failed')"
    airflow.wait("31 runs", lambda: airflow.query(over) == [(31,)], 800)
    runs = airflow.query(f"SELECT run_id, state FROM dag_run WHERE dag_id = 'london' ORDER BY {airflow.by_time}")
    assert [state for _, state in runs] == ["success"] * 31
    reports = [airflow.reports("london", run_id)["load"] for run_id, _ in runs]
    windows = [Window(*map(date.fromisoformat, report["window"])) for report in reports]
    assert {day for window in windows for day in window.days()} == set(DAYS.days())
    what = Load("service_connections", "service-connections", aggregation_type="incremental")
    truth = expected_rows(simulator, what, DAYS.start, DAYS.end, columns_of(lake, "london"))
    assert stored_rows(lake / "london") == truth
