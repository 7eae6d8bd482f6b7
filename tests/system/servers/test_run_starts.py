"""Whatever starts a run, a real scheduler's task loads the right days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.names import CronPartitionTimetable
from tests.support import Load, columns_of, expected_rows, stored_rows
from tests.system.servers.conftest import Servers

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(autouse=True, scope="module")
def dags(servers: Servers) -> None:
    servers.airflow.unpause(*("partition",) * bool(CronPartitionTimetable), *DAGS)


DAGS = ("daily", "text", "data_interval", "weekly", "unscheduled", "asset", "producer")
Start = Callable[[Servers], tuple[str, str]]


def by_asset(on: Servers) -> tuple[str, str]:
    on.trigger("producer")
    return "asset", on.first_run("asset", on.airflow.by_asset)


# How a run starts, and the window that it loads: its first day and the day after its last, in days before today.
STARTS: dict[str, tuple[Start, tuple[int, int]]] = {
    "scheduled daily, with an empty interval": (lambda on: ("daily", on.first_run("daily", "scheduled")), (1, 0)),
    "scheduled @daily, whatever timetable that is": (lambda on: ("text", on.first_run("text", "scheduled")), (1, 0)),
    "scheduled by a data-interval timetable": (
        lambda on: ("data_interval", on.first_run("data_interval", "scheduled")), (1, 0),
    ),
    "triggered at once": (lambda on: ("unscheduled", on.trigger("unscheduled")), (1, 0)),
    "triggered as the UI does, with the logical date now": (
        lambda on: ("daily", on.trigger("daily", logical_date=on.simulator.now.isoformat())), (1, 0),
    ),
    "triggered between the runs of a week": (
        lambda on: ("weekly", on.trigger("weekly", logical_date=on.simulator.now.isoformat())), (1, 0),
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
    "triggered by an asset": (by_asset, (1, 0)),
}  # fmt: skip
if CronPartitionTimetable:
    STARTS["scheduled by a partition timetable"] = (
        lambda on: ("partition", on.first_run("partition", "scheduled")),
        (1, 0),
    )


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
    servers.airflow.backfill("data_interval", servers.day(15), servers.day(13))
    sql = "SELECT run_id FROM dag_run WHERE dag_id = 'data_interval' AND run_type = 'backfill' ORDER BY run_id"
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
    assert servers.files_with_the_token() == []
