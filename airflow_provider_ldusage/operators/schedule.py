"""The instant of a DAG's schedule before a run, which determines the first day that the run loads.

Airflow's trigger timetables define when runs start, but not which days they are for: their data intervals are empty or
of a fixed length, and leave gaps where clocks change or runs are further apart. See
https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/timetable.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow_provider_ldusage.days import DAY, utc_instant

_AIRFLOWS_OWN = ("airflow.sdk.", "airflow.timetables.")
_WITHOUT_TICKS = {
    "AssetTriggeredTimetable", "ContinuousTimetable", "CronDataIntervalTimetable", "CronPartitionTimetable",
    "DatasetTriggeredTimetable", "DeltaDataIntervalTimetable", "NullTimetable", "OnceTimetable",
    "PartitionedAssetTimetable", "PartitionedAtRuntime",
}  # fmt: skip
_MAX_PAUSE = timedelta(days=40 * 366)


class UnknownScheduleError(Exception):
    """The timetable is not one of Airflow's own."""


def previous_instant(timetable: Any, at: datetime) -> datetime | None:
    """Return the last instant before ``at`` at which the schedule starts a run, in UTC.

    Supports the cron, delta and events trigger timetables, alone and in an ``AssetOrTimeSchedule``, in the classes of
    DAG files (``airflow.sdk``) and of Airflow's core (``airflow.timetables``). Subclasses are not supported, as they
    may schedule differently.

    :param timetable: the DAG's timetable
    :param at: the run's own instant, aware
    :return: None before the first event, and for runs with data intervals, partitions or no schedule
    :raises UnknownScheduleError: any other timetable
    """
    kind = type(timetable)
    name = kind.__name__ if kind.__module__.startswith(_AIRFLOWS_OWN) else ""
    at = utc_instant(at)
    if name in ("CronTriggerTimetable", "MultipleCronTriggerTimetable"):
        return _previous_tick(_core(timetable), at)
    if name == "DeltaTriggerTimetable":
        return _previous_step(timetable.delta if hasattr(timetable, "delta") else timetable._delta, at)
    if name == "EventsTimetable":
        return max((utc_instant(event) for event in timetable.event_dates if event < at), default=None)
    if name in ("AssetOrTimeSchedule", "DatasetOrTimeSchedule"):
        return previous_instant(timetable.timetable, at)
    if name in _WITHOUT_TICKS:
        return None
    raise UnknownScheduleError(f"{kind.__module__}.{kind.__qualname__} is not a timetable of Airflow's own")


def _core(timetable: Any) -> Any:
    """Return the cron timetable that the scheduler uses for the one of a DAG file."""
    from airflow.timetables import trigger

    if hasattr(timetable, "next_dagrun_info"):
        return timetable
    if hasattr(timetable, "expression"):
        return trigger.CronTriggerTimetable(
            timetable.expression, timezone=timetable.timezone, interval=timetable.interval
        )
    crons = timetable.timetables
    # several crons are ordered by the starts of their data intervals, so the interval matters here
    return trigger.MultipleCronTriggerTimetable(
        *(cron.expression for cron in crons), timezone=crons[0].timezone, interval=crons[0].interval
    )


def _previous_tick(timetable: Any, at: datetime) -> datetime | None:
    """Step forward to ``at``, since a timetable cannot step back, from ever earlier starts.

    Two ticks before ``at`` are needed, since the first may be off by an hour if the start lies in a clock change.
    """
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import instance

    end, always = instance(at), TimeRestriction(None, None, catchup=True)
    span = timedelta(hours=1)
    while span < _MAX_PAUSE:
        tick, ticks = end - span, []
        while tick < end:
            last = DataInterval.exact(tick)
            step = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=always)
            if step.run_after <= tick:
                raise UnknownScheduleError(f"{timetable.summary} does not move on from {tick.isoformat()}")
            tick = step.run_after
            ticks.append(tick)
        if len(ticks) > 2:
            return utc_instant(ticks[-2])
        span *= 4
    return None


def _previous_step(delta: Any, at: datetime) -> datetime | None:
    """Return the earliest instant from which a step of ``delta`` leads to ``at``.

    A step of a relativedelta cannot be inverted: one month leads from both 28 and 31 January to 28 February, and some
    of its fields are absolute, such as a weekday.
    """
    if isinstance(delta, timedelta):
        return at - delta
    starts = [at - delta]
    for latest in (at - delta, at - DAY):
        start = latest
        while (reached := start + delta) >= at:
            if reached == at:
                starts.append(start)
            start -= DAY
    return min((start for start in starts if start < at), default=None)
