"""The runs of a schedule tile all UTC days, whatever its time zone, its pace and the kind of its timetable.

Instants come from Airflow's own core timetables, stepped as the scheduler steps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import islice, pairwise
from random import Random
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.timetables import events as core_events
from airflow.timetables import interval as core_interval
from airflow.timetables import trigger as core_trigger
from airflow.timetables.base import TimeRestriction
from dateutil.relativedelta import MO, relativedelta
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.operators.context import window_of
from airflow_provider_ldusage.windows import BY_SCHEDULE, RunWindow
from tests.names import events, interval, trigger

pytestmark = pytest.mark.airflow

DAY = timedelta(days=1)
NO_SEVERAL_CRONS = pytest.mark.skipif(
    not hasattr(trigger, "MultipleCronTriggerTimetable"), reason="this Airflow has no timetable of several crons"
)

CRONS = [
    "0 0 * * *", "30 1 * * *", "30 2 * * *", "30 19 * * *", "59 23 * * *", "15 3 * * 1-5", "0 6 * * 1", "30 2 * * 0",
    "0 12 * * 3,6", "0 0 1 * *", "0 5 1,15 * *", "0 0 L * *", "0 0 */3 * *", "45 0,12 * * *", "0 */6 * * *",
    "0 * * * *", "*/30 1 * * *", "0 0-3 * * *", "0 4 13 * 5", "0 0 1 */3 *",
]  # fmt: skip
ZONES = [
    "UTC", "Europe/London", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe",
    "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Tehran", "Pacific/Kiritimati",
]  # fmt: skip
FIRST_DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))
TWO_YEARS = 731 * DAY


def starts(timetable: Any, since: datetime, until: datetime) -> Iterator[Any]:
    """What the scheduler starts runs with, one after another, as catchup and backfills do."""
    restriction, info = TimeRestriction(pendulum.instance(since), pendulum.instance(until), catchup=True), None
    while info := following(timetable, info, restriction):
        yield info


def following(timetable: Any, info: Any, restriction: TimeRestriction) -> Any:
    """The start after this one."""
    if hasattr(timetable, "next_dagrun_info_v2"):
        return timetable.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction)
    last = info and info.data_interval
    return timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)


def context(timetable: Any, info: Any, run_type: str = "scheduled", **more: Any) -> dict[str, Any]:
    """A task's context in that run; ``timetable`` is the DAG file's."""
    interval_ = info.data_interval
    return {
        "dag": SimpleNamespace(timetable=timetable),
        "dag_run": SimpleNamespace(conf={}, run_after=info.run_after, run_type=run_type),
        "data_interval_start": interval_.start,
        "data_interval_end": interval_.end,
        "logical_date": interval_.start,
        **more,
    }


def loads(sdk: Any, core: Any, since: datetime, until: datetime, run_type: str = "scheduled") -> list[RunWindow]:
    return [window_of(context(sdk, info, run_type), None, None) for info in starts(core, since, until)]


def assert_tiled(runs: list[RunWindow]) -> None:
    """Every UTC day from the first run's first to the last run's last; no run reaches beyond what is over."""
    days = {day for run in runs for day in run.window.days()}
    first, end = min(run.window.start for run in runs), max(run.window.end for run in runs)
    assert days == set(Window(first, end).days())
    assert all(run.at and run.window.end == run.at.date() for run in runs)


def cron_timetables(crons: list[str], zone: str, of: timedelta) -> tuple[Any, Any]:
    """One schedule as a DAG file has it and as the scheduler has it."""
    kind = "CronTriggerTimetable" if len(crons) == 1 else "MultipleCronTriggerTimetable"
    return tuple(getattr(module, kind)(*crons, timezone=zone, interval=of) for module in (trigger, core_trigger))  # type: ignore[return-value]


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=timezone.utc)  # type: ignore[arg-type]


# Schedules of which days were lost, each with such a run and what it has to load.
LOST = {
    "London, daily": ("0 0 * * *", "Europe/London", utc(2025, 10, 27, 0), ("2025-10-25", "2025-10-27")),
    "Berlin, 1:30": ("30 1 * * *", "Europe/Berlin", utc(2025, 10, 27, 0, 30), ("2025-10-25", "2025-10-27")),
    "New York, 19:30": ("30 19 * * *", "America/New_York", utc(2025, 11, 3, 0, 30), ("2025-11-01", "2025-11-03")),
    "Mondays": ("0 6 * * 1", "UTC", utc(2025, 11, 10, 6), ("2025-11-03", "2025-11-10")),
    "monthly": ("0 0 1 * *", "UTC", utc(2025, 11, 1), ("2025-10-01", "2025-11-01")),
    "quarterly": ("0 0 1 */3 *", "UTC", utc(2025, 10, 1), ("2025-07-01", "2025-10-01")),
    "working days": ("0 3 * * 1-5", "UTC", utc(2025, 11, 10, 3), ("2025-11-07", "2025-11-10")),
    "leap days": ("0 0 29 2 *", "UTC", utc(2028, 2, 29), ("2024-02-29", "2028-02-29")),
}


@pytest.mark.parametrize("of", [timedelta(), DAY])
@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
@pytest.mark.parametrize("schedule", LOST)
def test_a_run_loads_every_day_since_the_schedules_previous_instant(
    schedule: str, run_type: str, of: timedelta
) -> None:
    cron, zone, at, expected = LOST[schedule]
    sdk, core = cron_timetables([cron], zone, of)
    (info,) = starts(core, at, at)
    assert info.run_after == at
    run = window_of(context(sdk, info, run_type), None, None)
    assert run.window.isoformat() == list(expected)
    assert (run.rule, run.at) == (BY_SCHEDULE, at)
    assert (run.scheduled, run.backfill, run.named) == (run_type == "scheduled", run_type == "backfill", False)


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Kathmandu"])
def test_under_an_hourly_schedule_every_run_loads_the_day_before(zone: str) -> None:
    runs = loads(*cron_timetables(["0 * * * *"], zone, timedelta()), utc(2025, 10, 25), utc(2025, 10, 28))
    assert len(runs) >= 72
    assert all(run.at and list(run.window.days()) == [run.at.date() - DAY] for run in runs)


def assert_tiled_in_any_order(sdk: Any, infos: list[Any], chance: Random) -> None:
    """Runs of a schedule one after another, here worked out in any order, some as part of a backfill."""
    chance.shuffle(order := list(range(len(infos))))
    kinds = ("scheduled", "scheduled", "backfill")
    found = {n: window_of(context(sdk, infos[n], chance.choice(kinds)), None, None) for n in order}
    assert_tiled(list(found.values()))
    for one, two in pairwise(found[n] for n in sorted(found)):
        assert two.window.start <= one.window.end <= two.window.end


INTERVALS = st.sampled_from([timedelta(), timedelta(hours=1), DAY, relativedelta(months=1)])
SEEDS = st.integers(0, 2**32).map(Random)


@settings(max_examples=30)
@given(st.sampled_from(CRONS), st.sampled_from(ZONES), FIRST_DAYS, INTERVALS, SEEDS)
def test_the_runs_of_a_cron_tile_all_days(cron: str, zone: str, day: date, of: timedelta, chance: Random) -> None:
    sdk, core = cron_timetables([cron], zone, of)
    since = utc(day.year, day.month, day.day)
    assert_tiled_in_any_order(sdk, list(islice(starts(core, since, since + TWO_YEARS), 60)), chance)


@pytest.mark.parametrize("of", [timedelta(), DAY])
@pytest.mark.parametrize(
    ("cron", "zone"),
    [("0 0 * * *", "Europe/London"), ("30 19 * * *", "America/New_York"), ("30 2 * * *", "Australia/Lord_Howe")],
)
def test_the_runs_of_two_years_load_every_day(cron: str, zone: str, of: timedelta) -> None:
    sdk, core = cron_timetables([cron], zone, of)
    runs = loads(sdk, core, utc(2024, 1, 1), utc(2024, 1, 1) + TWO_YEARS)
    assert 730 <= len(runs) <= 732
    assert_tiled(runs)


@NO_SEVERAL_CRONS
@settings(max_examples=12)
@example(["30 1 * * *", "0 0 L * *"], "UTC", date(2015, 2, 1), relativedelta(months=1), Random(0))  # leaves out ticks
@given(st.lists(st.sampled_from(CRONS), min_size=2, max_size=4), st.sampled_from(ZONES), FIRST_DAYS, INTERVALS, SEEDS)
def test_the_runs_of_several_crons_tile_all_days(
    crons: list[str], zone: str, day: date, of: timedelta, chance: Random
) -> None:
    sdk, core = cron_timetables(crons, zone, of)
    since = utc(day.year, day.month, day.day)
    assert_tiled_in_any_order(sdk, list(islice(starts(core, since, since + TWO_YEARS), 60)), chance)


DELTAS = st.timedeltas(timedelta(minutes=20), timedelta(days=45)) | st.sampled_from(
    [
        timedelta(days=1), timedelta(days=7), timedelta(hours=25), relativedelta(months=1), relativedelta(years=1),
        relativedelta(months=1, days=1), relativedelta(months=1, hours=6), relativedelta(hours=30),
        relativedelta(days=1, weekday=MO), relativedelta(months=1, day=1), relativedelta(months=1, day=31),
        relativedelta(days=1, hour=3),
    ]
)  # fmt: skip


@settings(max_examples=60)
@given(DELTAS, st.datetimes(datetime(2015, 1, 1), datetime(2030, 12, 31)), INTERVALS, SEEDS)
def test_the_runs_of_a_delta_tile_all_days(delta: Any, since: datetime, of: timedelta, chance: Random) -> None:
    sdk, core = (module.DeltaTriggerTimetable(delta, interval=of) for module in (trigger, core_trigger))
    first = since.replace(tzinfo=timezone.utc)
    assert_tiled_in_any_order(sdk, list(islice(starts(core, first, first + 5 * TWO_YEARS), 100)), chance)


@given(st.lists(st.datetimes(datetime(2015, 1, 1), datetime(2016, 12, 31)), min_size=1, max_size=40), SEEDS)
def test_the_runs_of_an_events_timetable_tile_all_days(moments: list[datetime], chance: Random) -> None:
    dates = [pendulum.instance(moment, tz="UTC") for moment in moments]
    sdk, core = (module.EventsTimetable(dates) for module in (events, core_events))
    assert_tiled_in_any_order(sdk, list(starts(core, utc(2015, 1, 1), utc(2017, 1, 1))), chance)


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/New_York"])
def test_data_intervals_tile_all_days_by_themselves(zone: str) -> None:
    sdk, core = (module.CronDataIntervalTimetable("0 0 * * *", timezone=zone) for module in (interval, core_interval))
    runs = loads(sdk, core, utc(2025, 1, 1), utc(2025, 12, 31))
    days = {day for run in runs for day in run.window.days()}
    assert days == set(Window(runs[0].window.start, runs[-1].window.end).days())
