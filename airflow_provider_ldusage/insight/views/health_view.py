"""The view of health: what is there of each table on each day, and the last loads."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_ldusage.days import DAY, days_of_ranges, midnight, parse_instant, utc_day
from airflow_provider_ldusage.insight.stored_days import Record
from airflow_provider_ldusage.insight.views.stored_view import View
from airflow_provider_ldusage.insight.views.written_days import WrittenDays

log = logging.getLogger(__name__)

DAYS = 400
"""Days of the calendar."""
LOADS = 200
LOAD_DAYS = 32
"""Days of loading to look at for the last loads, a few at a time; tomorrow is the first, as a clock may be ahead."""
AT_ONCE = 8
AGAIN = timedelta(hours=1)
"""Days that were written so shortly before the last view are read again: another report may have been at work."""
_COLUMNS = ("table", "state", "restated_times")
_LOAD = (
    "table", "window_start", "window_end", "outcome", "rows", "requests", "written", "restated", "empty", "kept",
    "dag_id", "run_id", "task_id", "map_index", "try_number", "loaded_at",
)  # fmt: skip

Calendar = dict[str, dict[date, tuple[str, int]]]
"""Table -> day -> state, and how often it was restated."""


def health_view(
    health: WrittenDays | None, loads: WrittenDays | None, before: View | None, now: datetime
) -> Record | None:
    """Make the view. Of the calendar, only days that were written since the last view are read.

    :param health: the table ``lake_health``, if there is one
    :param loads: the table ``usage_loads``, likewise
    :param before: what the view shows until now
    :param now: when the report began
    :return: None: neither is there yet
    :raises StoreError: the store cannot be read
    """
    calendar = None if health is None or health.last is None else _calendar(health, before, now)
    found = None if loads is None else _loads(loads, utc_day(now))
    if calendar is None and found is None:
        return None
    last = max((day for days in (calendar or {}).values() for day in days), default=None)
    return {
        "through": last,
        "late": _late(calendar or {}, last),
        "tables": None if calendar is None else [_table(name, days) for name, days in sorted(calendar.items())],
        "days": None if calendar is None else [_days(name, days) for name, days in sorted(calendar.items())],
        "loads": found,
    }


def _calendar(health: WrittenDays, before: View | None, now: datetime) -> Calendar:
    last = health.last or date.min
    first = last - (DAYS - 1) * DAY
    known, since = _known(before, now)
    wanted = [day for day in health.state.days if first <= day and _is_new(health, day, since)]
    calendar: Calendar = {}
    for table, days in known.items():
        kept = {day: found for day, found in days.items() if first <= day <= last and day not in wanted}
        calendar[table] = kept
    for day, rows in health.records(wanted, _COLUMNS).items():
        for row in rows:
            calendar.setdefault(row["table"], {})[day] = row["state"], row.get("restated_times") or 0
    return {table: days for table, days in calendar.items() if days}


def _known(before: View | None, now: datetime) -> tuple[Calendar, datetime | None]:
    """The calendar of the last view, and since when days are newer than that. Nothing of a view that is damaged, or
    from ahead: its clock was wrong, so nothing could be told to be newer."""
    if not before or before.get("days") is None:
        return {}, None
    written_at = parse_instant(before["written_at"])
    try:
        return (_parsed(before["days"]), written_at - AGAIN) if written_at <= now else ({}, None)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        log.warning("The calendar of the view of health is damaged, and made anew.")
        return {}, None


def _is_new(health: WrittenDays, day: date, since: datetime | None) -> bool:
    written = health.state.asked_at(day)
    return since is None or written is None or written >= since


def _parsed(days: Sequence[Mapping[str, Any]]) -> Calendar:
    """The calendar that a view shows."""
    found: Calendar = {}
    for each in days:
        restated = each.get("restated", {})
        for first, last, state in each["ranges"]:
            for day in days_of_ranges([(first, last)]):
                found.setdefault(each["table"], {})[day] = state, int(restated.get(day.isoformat(), 0))
    return found


def _table(name: str, days: Mapping[date, tuple[str, int]]) -> Record:
    states = [state for state, _ in days.values()]
    return {
        "table": name,
        "first_day": min(days),
        "last_day": max((day for day, (state, _) in days.items() if state in ("written", "empty")), default=None),
        "missing": states.count("missing"),
        "late": states.count("late"),
        "restated": sum(times > 0 for _, times in days.values()),
    }


def _days(name: str, days: Mapping[date, tuple[str, int]]) -> Record:
    ranges: list[list[Any]] = []
    for day in sorted(days):
        state = days[day][0]
        if ranges and ranges[-1][2] == state and ranges[-1][1] + DAY == day:
            ranges[-1][1] = day
        else:
            ranges.append([day, day, state])
    return {
        "table": name,
        "ranges": ranges,
        "restated": {day: times for day, (_, times) in sorted(days.items()) if times},
    }


def _late(calendar: Calendar, last: date | None) -> str | None:
    late = [name for name, days in sorted(calendar.items()) if last in days and days[last][0] == "late"]
    return f"Late on {last}: {', '.join(late)}." if late else None


def _loads(loads: WrittenDays, today: date) -> list[Record]:
    """The last loads, the newest first. Those of unknown time come last of their day."""
    found: list[tuple[date, Record]] = []
    days = [today + DAY - number * DAY for number in range(LOAD_DAYS)]
    for start in range(0, LOAD_DAYS, AT_ONCE):
        read = loads.records(days[start : start + AT_ONCE], _LOAD)
        found += [(day, row) for day, rows in read.items() for row in rows]
        if len(found) >= LOADS:
            break
    newest = sorted(found, key=lambda each: _time(*each), reverse=True)[:LOADS]
    return [{name: row.get(name) for name in _LOAD} for _, row in newest]


def _time(day: date, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a load is ordered by.

    :param day: that it is stored under
    """
    names = ("table", "run_id", "task_id", "map_index", "try_number")
    return row.get("loaded_at") or midnight(day), *(str(row.get(name)) for name in names)
