"""A real scheduler catches up the month in which London's clocks go back: its runs load every day of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.testing import Simulator
from tests.support import Load, columns_of, expected_rows, stored_rows

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

# The first run, at midnight of 1 October (09-30 23:00 UTC), loads the day that ended last in UTC.
DAYS = Window(date(2025, 9, 29), date(2025, 10, 31))


@pytest.fixture
def caught_up(airflow: Any, now: datetime, tmp_path: Path) -> Iterator[tuple[Any, Simulator, Path]]:
    """The Airflow in which all runs are over, the simulated account, and the lake."""
    lake = tmp_path / "launchdarkly"
    with Simulator(now=now) as simulator:
        airflow.environment |= {
            "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parent / "catchup"),
            "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(simulator.connection()),
            "AIRFLOW_VAR_LAKE": lake.as_uri(),
        }
        airflow.start()
        over = "SELECT count(*) FROM dag_run WHERE state IN ('success', 'failed')"
        airflow.wait("31 runs", lambda: airflow.query(over) == [(31,)], 800)
        yield airflow, simulator, lake


def test_the_runs_of_a_month_load_every_day_of_it(caught_up: tuple[Any, Simulator, Path]) -> None:
    airflow, simulator, lake = caught_up
    runs = airflow.query("SELECT run_id, state FROM dag_run WHERE run_type = 'scheduled' ORDER BY run_after")
    assert [state for _, state in runs] == ["success"] * 31
    reports = [airflow.reports("london", run_id)["load"] for run_id, _ in runs]
    windows = [Window(*map(date.fromisoformat, report["window"])) for report in reports]
    assert {day for window in windows for day in window.days()} == set(DAYS.days())
    what = Load("service_connections", "service-connections", aggregation_type="incremental")
    truth = expected_rows(simulator, what, DAYS.start, DAYS.end, columns_of(lake, "london"))
    assert stored_rows(lake / "london") == truth
