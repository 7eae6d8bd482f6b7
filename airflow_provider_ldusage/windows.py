"""Half-open windows of whole UTC days: which days a run loads, and which requests that takes.

What a run of each kind loads when the operator is given no ``start`` and ``end`` (runs started on 2026-11-22, as
Airflow 3.3.2 starts them; "absent" means that Airflow puts no such key into the context):

====================================================  ====================  ============================  ==============
run                                                   logical_date          data interval                 days loaded
====================================================  ====================  ============================  ==============
scheduled ``@daily`` (``CronTriggerTimetable``)       11-22                 empty, 11-22 = 11-22          11-21
scheduled ``@weekly``                                 11-22                 empty, 11-22 = 11-22          11-15 to 11-21
scheduled ``@hourly``                                 11-22T23:00           empty                         11-21
scheduled ``timedelta(days=1)``                       11-22T23:40           empty                         11-21
``CronDataIntervalTimetable("0 0 * * *")``            11-21                 [11-21, 11-22)                11-21
``CronTriggerTimetable(..., interval=1 day)``         11-21                 [11-21, 11-22)                11-21
``CronPartitionTimetable(..., run_offset=-1)``        absent                absent; partition 11-21       11-21
CLI ``dags trigger``, API ``logical_date: null``      absent                absent                        11-21
UI "Trigger" (logical date prefilled with now)        11-22T23:40           as the timetable has it       11-21
API ``logical_date=11-20`` on ``@daily``              11-20                 empty                         11-19
API with a data interval of its own                   as given              as given                      that interval
asset-triggered                                       absent                absent                        11-21
asset-triggered by a daily partition                  absent                absent; partition 11-21       11-21
any run with conf ``{"ldusage": {"start", "end"}}``   any                   any                           as conf says
====================================================  ====================  ============================  ==============

Scheduled and backfill runs of a trigger timetable load every UTC day that ended after the schedule's previous instant
and up to their own; if none did, the day before. So they tile all days, in any time zone and at any pace, where their
data intervals would not. :mod:`airflow_provider_ldusage.operators.schedule` finds the previous instant.

A backfill from 11-14 to 11-16 loads 14, 15, 16 under the data-interval and partition timetables, but 13, 14, 15 under
``@daily`` and ``interval=1 day``, where the dates of a backfill select trigger times, not data.

One partition cannot tell its grain: the first hour of a day, the first day of a month and a whole day may carry the
same key and date. Give ``start`` and ``end`` under any partition timetable that is not daily.

Units: days are UTC days, instants are exact, ``*_ms`` are milliseconds since 1970-01-01T00:00:00Z. Sources:
https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/timetable.html (trigger against data
interval timetables, partitions) and
https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/backfill.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from airflow_provider_ldusage.days import DAY, Window, utc_day, utc_instant
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown

Moment = datetime | date | str | int

CONF_KEY = "ldusage"
BY_TASK = "start and end of the task"
BY_CONF = "the run's conf"
BY_PARTITION = "the run's partition"
BY_SCHEDULE = "the schedule"
BY_INTERVAL = "the data interval"
BY_DATE = "the logical date"
BY_TIME = "the time of the run"

_CONF_EXAMPLE = '{"ldusage": {"start": "2026-11-01", "end": "2026-11-23"}}'
_EXAMPLE = '"2026-11-01" or "2026-11-01T00:00:00+00:00"'
# datetime.fromisoformat() knows neither "Z" nor "20261101" before Python 3.11, and too much since.
_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII | re.IGNORECASE,
)
_DAY_KEY = re.compile(r"\d{4}-\d\d-\d\d(?:T00:00:00(?:Z|[+-]\d\d:?\d\d)?)?|\d{8}")


@dataclass(frozen=True, slots=True)
class RunWindow:
    """The days that a run loads, and what chose them.

    :param rule: what chose the days, for the log, such as "the schedule"
    :param named: a person named the days, by ``start`` and ``end`` or by the run's conf
    :param backfill: the run is part of a backfill
    :param scheduled: a schedule or an asset started the run; False for backfills and for runs triggered by a person or
        another task
    :param at: the run's own instant (UTC), if it has one
    """

    window: Window
    rule: str
    named: bool = False
    backfill: bool = False
    scheduled: bool = False
    at: datetime | None = None

    @property
    def chosen_by_run(self) -> bool:
        """Whether the run itself chose the days: neither a person nor a backfill named them."""
        return not self.named and not self.backfill

    @classmethod
    def of_days(cls, window: Window) -> RunWindow:
        """For a caller without a run, who names the days."""
        return cls(window, "the days given", named=True)

    def to_json(self) -> dict[str, object]:
        """Plain JSON for :meth:`from_json`."""
        return {
            "window": self.window.isoformat(),
            "rule": self.rule,
            "named": self.named,
            "backfill": self.backfill,
            "scheduled": self.scheduled,
            "at": self.at and self.at.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> RunWindow:
        """Read back what :meth:`to_json` returned."""
        start, end = map(date.fromisoformat, kept["window"])
        at = datetime.fromisoformat(kept["at"]) if kept["at"] else None
        return cls(
            Window(start, end), **{name: kept[name] for name in ("rule", "named", "backfill", "scheduled")}, at=at
        )


def resolve_window(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    conf: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    partition_date: Moment | None = None,
    previous: Moment | None = None,
    data_interval_start: Moment | None = None,
    data_interval_end: Moment | None = None,
    logical_date: Moment | None = None,
    run_after: Moment | None = None,
    run_type: str | None = None,
) -> RunWindow:
    """Return the window that a run loads, from the first of these sources that the run has.

    Every instant may be a datetime (naive means UTC), a date, an ISO-8601 string or a number such as 20261101; it is
    converted to UTC and floored to midnight. An empty string counts as not given: a template that rendered to nothing.

    :param start: the operator's own window, with ``end``, the day after its last
    :param conf: the run's conf; ``{"ldusage": {"start": ..., "end": ...}}`` in it counts as start and end
    :param partition_key: the run's partition, with the instant at which it begins: daily grain, midnight UTC only
    :param previous: the schedule's instant before the run's own, for a run that a schedule or a backfill has started:
        the days that ended after it and up to the run's own instant; the whole UTC day before that, if none did
    :param data_interval_start: with ``data_interval_end``; taken if the floored interval is not empty
    :param logical_date: gives the whole UTC day before it; ``run_after`` likewise
    :param run_type: in Airflow's words: ``scheduled``, ``backfill``, ``manual``, ``asset_triggered``, ...
    :raises UsageArgumentError: for an invalid window, a partition that is not a whole UTC day, or if no source says
        which days are meant
    """
    instants = (run_after, "run_after"), (data_interval_end, "data_interval_end"), (logical_date, "logical_date")
    at = next((found for value, name in instants if (found := _instant(value, name))), None)
    named = _named_days(start, end, conf)
    window, rule = named or _days_of_run(
        partition_key or "", _instant(partition_date, "partition_date"), _instant(previous, "previous"), at,
        _day(data_interval_start, "data_interval_start"), _day(data_interval_end, "data_interval_end"),
        _day(logical_date, "logical_date"),
    )  # fmt: skip
    scheduled = run_type in ("scheduled", "asset_triggered")
    return RunWindow(window, rule, bool(named), backfill=run_type == "backfill", scheduled=scheduled, at=at)


def _named_days(
    start: Moment | None, end: Moment | None, conf: Mapping[str, object] | None
) -> tuple[Window, str] | None:
    """The days that a person named, and where."""
    if window := _given(start, end, "start", "end"):
        return window, BY_TASK
    if conf and (window := _from_conf(conf)):
        return window, BY_CONF
    return None


def _instant(value: Moment | None, name: str) -> datetime | None:
    """Return the UTC instant, or None where nothing is given (None, or a string without text)."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, int) and not isinstance(value, bool):  # 20261101, as native rendering makes it of its text
        value = str(value)
    try:
        if isinstance(value, datetime):
            return utc_instant(value)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
        if isinstance(value, str) and (match := _ISO.fullmatch(value.strip())):
            year, _, month, day, hour, minute, second, sign, off_hour, off_minute = match.groups(default="0")
            east = time(int(off_hour), int(off_minute))  # refuses offsets such as +25:00 and +01:99
            offset = timedelta(hours=east.hour, minutes=east.minute) * (-1 if sign == "-" else 1)
            ymd, hms = (int(year), int(month), int(day)), (int(hour), int(minute), int(second))
            return utc_instant(datetime(*ymd, *hms, tzinfo=timezone(offset)))
    except (ValueError, OverflowError):  # the 31st of November, an hour 25, the year 0
        pass
    hint = " (a template that rendered to None: this run has no such value)" if value == "None" else ""
    raise UsageArgumentError(
        f"{name}={shown(value)} is no date or time{hint}.", f"Give a date, a datetime, or {_EXAMPLE}."
    )


def _day(value: Moment | None, name: str) -> date | None:
    instant = _instant(value, name)
    return None if instant is None else utc_day(instant)


def _given(start: Moment | None, end: Moment | None, start_name: str, end_name: str) -> Window | None:
    first, last = _day(start, start_name), _day(end, end_name)
    if first is None and last is None:
        return None
    if first is None or last is None:
        has, lacks = (end_name, start_name) if first is None else (start_name, end_name)
        raise UsageArgumentError(f"{has} is given without {lacks}.", f"Give both, or neither; {lacks}={_EXAMPLE}.")
    if first < last:
        return Window(first, last)
    asked = f"{start_name}={shown(start, 40)} and {end_name}={shown(end, 40)}"
    lesson = "Windows are half-open whole UTC days, both ends floored to 00:00 UTC"
    if first > last:
        raise UsageArgumentError(f"{asked}: the start is after the end.", f"Exchange them. {lesson}.")
    raise UsageArgumentError(
        f"{asked} both lie on {first}, which leaves no day to load.",
        f"For that one day give {end_name}={str(first + DAY)!r}. {lesson}. If they come from the data interval: "
        f"`@daily` in Airflow 3 has an empty one, so leave {start_name} and {end_name} out and the day before is "
        "loaded.",
    )


def _days_of_run(
    key: str,
    begin: datetime | None,
    previous: datetime | None,
    at: datetime | None,
    first: date | None,
    last: date | None,
    logical_day: date | None,
) -> tuple[Window, str]:
    if key or begin:
        return _from_partition(key, begin), BY_PARTITION
    if previous and at:
        return Window(min(previous.date(), at.date() - DAY), at.date()), BY_SCHEDULE
    if first and last and first != last:
        return Window(first, last), BY_INTERVAL
    if logical_day:
        return Window(logical_day - DAY, logical_day), BY_DATE
    if at:
        return Window(at.date() - DAY, at.date()), BY_TIME
    raise UsageArgumentError(
        "Nothing tells which days to load: the run has no partition, data interval, logical_date or run_after.",
        f"Give start and end, for instance start={_EXAMPLE}.",
    )


def _from_conf(conf: Mapping[str, object]) -> Window | None:
    if not isinstance(conf, Mapping):
        raise UsageArgumentError(
            f"The run's conf is {shown(conf)}, not an object.", f"Give an object, for instance {_CONF_EXAMPLE}."
        )
    if CONF_KEY not in conf:
        return None
    asked, name = conf[CONF_KEY], f"conf[{CONF_KEY!r}]"
    if not isinstance(asked, Mapping) or set(asked) != {"start", "end"}:
        raise UsageArgumentError(
            f"{name} is {shown(asked)}.", f"Give exactly start and end, for instance {_CONF_EXAMPLE}."
        )
    return _given(asked["start"], asked["end"], f"{name}['start']", f"{name}['end']")


def _from_partition(key: str, begin: datetime | None) -> Window:
    if (
        begin is not None
        and begin.time() == time()
        # a daily key of another day than its date was named in local time, and is no whole UTC day
        and (not key or (_DAY_KEY.fullmatch(key) and _instant(key, "partition_key") == begin))
    ):
        return Window(begin.date(), begin.date() + DAY)
    raise UsageArgumentError(
        f"partition_key={shown(key)} with partition_date={begin and begin.isoformat()!r} is not one whole UTC day.",
        f"Give start and end for it, for instance start={_EXAMPLE}. Only partitions of daily grain that begin at 00:00 "
        "UTC are understood (a key such as '2026-11-21', a CronPartitionTimetable with timezone='UTC').",
    )
