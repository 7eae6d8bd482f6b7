"""The instant before a run, of each kind of timetable, as a DAG file has it and as the scheduler has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.timetables import events as core_events
from airflow.timetables import interval as core_interval
from airflow.timetables import simple as core_simple
from airflow.timetables import trigger as core_trigger
from dateutil.relativedelta import relativedelta

from airflow_provider_ldusage.compat import Asset
from airflow_provider_ldusage.operators.schedule import UnknownScheduleError, _previous_tick, previous_instant
from tests.names import DAG, AssetOrTimeSchedule, events, interval, timetables, trigger

pytestmark = pytest.mark.airflow

DAY = timedelta(days=1)


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=timezone.utc)  # type: ignore[arg-type]


MONDAYS = utc(2025, 11, 10, 6)
LAST_MONDAY = utc(2025, 11, 3, 6)


def combined(timetable: Any) -> Any:
    named = {"assets": [Asset("a")]} if "Asset" in AssetOrTimeSchedule.__name__ else {"datasets": [Asset("a")]}
    return AssetOrTimeSchedule(timetable=timetable, **named)


KINDS = {
    f"{where} {name}": make
    for where, of in (("DAG file", (trigger, events)), ("core", (core_trigger, core_events)))
    for name, make in {
        "cron": lambda of=of: of[0].CronTriggerTimetable("0 6 * * 1", timezone="UTC"),
        "cron, zone as object": lambda of=of: of[0].CronTriggerTimetable(
            "0 6 * * 1", timezone=pendulum.timezone("UTC")
        ),
        "several crons": lambda of=of: of[0].MultipleCronTriggerTimetable("0 6 * * 1", "0 0 1 * *", timezone="UTC"),
        "delta": lambda of=of: of[0].DeltaTriggerTimetable(timedelta(weeks=1)),
        "relative delta": lambda of=of: of[0].DeltaTriggerTimetable(relativedelta(weeks=1)),
        "events": lambda of=of: of[1].EventsTimetable([pendulum.instance(MONDAYS), pendulum.instance(LAST_MONDAY)]),
    }.items()
    if name != "several crons" or hasattr(trigger, "MultipleCronTriggerTimetable")
}
KINDS["cron or asset"] = lambda: combined(trigger.CronTriggerTimetable("0 6 * * 1", timezone="UTC"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [MONDAYS, pendulum.instance(MONDAYS), pendulum.instance(MONDAYS).in_tz("Asia/Tehran")])
def test_a_schedule_is_read_as_a_dag_file_has_it_and_as_the_core_has_it(kind: str, at: datetime) -> None:
    found = previous_instant(KINDS[kind](), at)
    assert found == LAST_MONDAY
    assert type(found) is datetime and found.tzinfo is timezone.utc


@pytest.mark.parametrize("schedule", ["@weekly", "0 0 * * 0", timedelta(days=7), relativedelta(days=7)])
def test_the_schedule_argument_of_a_dag_is_read(schedule: Any) -> None:
    with DAG("d", schedule=schedule, start_date=utc(2025, 1, 1)) as dag:
        pass
    expected = None if "DataInterval" in type(dag.timetable).__name__ else utc(2025, 11, 2)  # as in Airflow 2
    assert previous_instant(dag.timetable, utc(2025, 11, 9)) == expected


def without_ticks() -> Iterator[Any]:
    """Every timetable of this Airflow whose runs have days of their own, or no schedule."""
    for of in (interval, core_interval):
        yield of.CronDataIntervalTimetable("0 0 * * *", timezone="UTC")
        yield of.DeltaDataIntervalTimetable(DAY)
    for of in (trigger, core_trigger):
        if hasattr(of, "CronPartitionTimetable"):
            yield of.CronPartitionTimetable("0 0 * * *", timezone="UTC")
    for of in (timetables("simple"), core_simple):
        yield from (of.NullTimetable(), of.OnceTimetable(), of.ContinuousTimetable())
    for of in (timetables("simple"), timetables("assets")):
        for name in ("AssetTriggeredTimetable", "DatasetTriggeredTimetable"):
            if hasattr(of, name):
                yield getattr(of, name)(Asset("a"))
        if hasattr(of, "PartitionedAtRuntime"):
            yield of.PartitionedAtRuntime()
    if hasattr(timetables("assets"), "PartitionedAssetTimetable"):
        yield timetables("assets").PartitionedAssetTimetable(assets=Asset("a"))


@pytest.mark.parametrize("timetable", [*without_ticks()], ids=lambda it: f"{type(it).__module__}.{type(it).__name__}")
def test_runs_with_days_of_their_own_or_no_schedule_have_no_instant(timetable: Any) -> None:
    assert previous_instant(timetable, MONDAYS) is None


class OnlyOnHolidays(trigger.CronTriggerTimetable):
    """A DAG author's own timetable, which may start runs whenever it likes."""


def test_the_first_instant_of_a_schedule_has_none_before_it() -> None:
    assert previous_instant(events.EventsTimetable([pendulum.instance(MONDAYS)]), MONDAYS) is None
    assert previous_instant(trigger.DeltaTriggerTimetable(relativedelta(year=2025)), MONDAYS) is None


def test_a_timetable_that_is_not_airflows_own_is_not_guessed_at() -> None:
    with pytest.raises(UnknownScheduleError, match="OnlyOnHolidays"):
        previous_instant(OnlyOnHolidays("0 0 * * *", timezone="UTC"), MONDAYS)


def test_a_timetable_that_does_not_move_on_is_not_waited_for() -> None:
    stuck = SimpleNamespace(summary="stuck", next_dagrun_info=lambda **_: SimpleNamespace(run_after=LAST_MONDAY))
    with pytest.raises(UnknownScheduleError, match="does not move on"):
        _previous_tick(stuck, MONDAYS)
