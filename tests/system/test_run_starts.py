"""Whatever starts a run, a real scheduler's task loads the right days."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.support import Load, columns_of, expected_rows, stored_rows

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass
class Servers:
    """A running Airflow, the simulated account, and the lake."""

    airflow: Any
    simulator: Simulator
    lake: Path

    def report(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The report of a run's task, once the run is over."""
        state = self.airflow.wait(f"{dag_id} {run_id}", lambda: self._finished(dag_id, run_id), 300)
        assert state == "success", f"{dag_id} {run_id}: {state}"
        return self.airflow.reports(dag_id, run_id)["load"]

    def _finished(self, dag_id: str, run_id: str) -> str | None:
        ((state,),) = self.airflow.query("SELECT state FROM dag_run WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        return state if state in ("success", "failed") else None

    def trigger(self, dag_id: str, **body: Any) -> str:
        return self.airflow.api("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, **body})["dag_run_id"]

    def first_run(self, dag_id: str, of: str) -> str:
        """The run id of the first run of a type (scheduled, asset_triggered)."""
        sql = "SELECT run_id FROM dag_run WHERE dag_id = ? AND run_type = ?"
        return self.airflow.wait(f"a run of {dag_id}", lambda: self.airflow.query(sql, dag_id, of), 300)[0][0]

    def day(self, back: int) -> str:
        """The UTC day so many days before today."""
        return (self.simulator.now.date() - timedelta(days=back)).isoformat()


@pytest.fixture(scope="module")
def servers(airflow: Any, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    lake = tmp_path_factory.mktemp("lake") / "launchdarkly"
    with Simulator(now=now) as simulator:
        airflow.environment |= {
            "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(simulator.connection()),
            "AIRFLOW_VAR_LAKE": lake.as_uri(),
        }
        airflow.start()
        known = "SELECT count(*) FROM dag WHERE dag_id IN ('daily', 'producer', 'asset', 'unscheduled')"
        airflow.wait("the DAGs", lambda: airflow.query(known)[0][0] == 4, 300)
        yield Servers(airflow, simulator, lake)


Start = Callable[[Servers], tuple[str, str]]

# How a run starts, and the window that it loads: its first day and the day after its last, in days before today.
STARTS: dict[str, tuple[Start, tuple[int, int]]] = {
    "scheduled @daily, whose interval is empty": (
        lambda on: ("daily", on.first_run("daily", "scheduled")), (1, 0),
    ),
    "scheduled by a data-interval timetable": (
        lambda on: ("data_interval", on.first_run("data_interval", "scheduled")), (1, 0),
    ),
    "scheduled by a partition timetable": (
        lambda on: ("partition", on.first_run("partition", "scheduled")), (1, 0),
    ),
    "triggered without a logical date": (lambda on: ("unscheduled", on.trigger("unscheduled")), (1, 0)),
    "triggered as the UI does, with the logical date now": (
        lambda on: ("daily", on.trigger("daily", logical_date=on.simulator.now.isoformat())), (1, 0),
    ),
    "triggered with a past logical date": (
        lambda on: ("unscheduled", on.trigger("unscheduled", logical_date=f"{on.day(6)}T00:00:00Z")), (7, 6),
    ),
    "triggered with a data interval": (
        lambda on: ("unscheduled", on.trigger(
            "unscheduled", logical_date=f"{on.day(8)}T12:00:00Z",
            data_interval_start=f"{on.day(10)}T00:00:00Z", data_interval_end=f"{on.day(8)}T00:00:00Z",
        )), (10, 8),
    ),
    "triggered with a conf": (
        lambda on: ("unscheduled", on.trigger("unscheduled", conf={"ldusage": {"start": on.day(9), "end": on.day(4)}})),
        (9, 4),
    ),
    "triggered by an asset": (
        lambda on: (on.trigger("producer"), ("asset", on.first_run("asset", "asset_triggered")))[1], (1, 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("start", STARTS)
def test_a_run_loads_the_right_days(start: str, servers: Servers) -> None:
    begin, window = STARTS[start]
    dag_id, run_id = begin(servers)
    report = servers.report(dag_id, run_id)
    assert report["window"] == [servers.day(back) for back in window]
    assert report["rows"] > 0


def test_a_run_from_the_command_line_loads_the_day_before(servers: Servers) -> None:
    servers.airflow.cli("dags", "trigger", "unscheduled", "--run-id", "from-the-command-line")
    assert servers.report("unscheduled", "from-the-command-line")["window"] == [servers.day(1), servers.day(0)]


def test_a_backfill_of_three_days_loads_each_of_them(servers: Servers) -> None:
    dates = ("--from-date", servers.day(15), "--to-date", servers.day(13))
    _create_backfill(servers.airflow, "--dag-id", "data_interval", *dates)
    sql = "SELECT run_id FROM dag_run WHERE dag_id = 'data_interval' AND run_type = 'backfill' ORDER BY logical_date"
    runs = servers.airflow.wait("three runs", lambda: len(r := servers.airflow.query(sql)) == 3 and r, 300)
    windows = [servers.report("data_interval", run_id)["window"] for (run_id,) in runs]
    assert windows == [[servers.day(back), servers.day(back - 1)] for back in (15, 14, 13)]


def test_what_the_runs_loaded_is_the_truth(servers: Servers) -> None:
    columns = columns_of(servers.lake, "from_data_interval")
    what = Load("service_connections", "service-connections", aggregation_type="incremental")
    days = [servers.simulator.now.date() - timedelta(days=back) for back in (15, 14, 13, 1)]
    rows = [expected_rows(servers.simulator, what, each, each + timedelta(days=1), columns) for each in days]
    assert stored_rows(servers.lake / "from_data_interval") == sum(rows[1:], rows[0])


def test_the_token_is_nowhere_in_this_airflow(servers: Servers) -> None:
    """Logs, XComs, rendered templates and all else that Airflow keeps; the connection itself is in the environment."""
    token = servers.simulator.token.encode()
    files = servers.airflow.files(servers.lake)
    assert any(path.suffix == ".log" for path in files)
    assert [path for path, data in files.items() if token in data] == []


def _create_backfill(airflow: Any, *arguments: str) -> None:
    """SQLite now and then refuses the command line to write beside the scheduler. Airflow then may have created some of
    the runs; once these are over, the same command creates the others."""
    running = "SELECT count(*) FROM backfill WHERE completed_at IS NULL"
    for attempt in range(5):
        try:
            airflow.cli("backfill", "create", *arguments)
        except AssertionError as error:
            if attempt == 4 or "database is locked" not in str(error):
                raise
            airflow.wait("the backfill to end", lambda: airflow.query(running) == [(0,)], 300)
        else:
            return
