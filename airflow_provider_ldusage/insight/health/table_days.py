"""Which days of a table should be stored, and which are, by what the states of its slices say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airflow_provider_ldusage.checks.regularity import MAX_OUTAGE
from airflow_provider_ldusage.days import DAY, Window, midnight
from airflow_provider_ldusage.lake.inventory import SliceState, StoredTable
from airflow_provider_ldusage.lake.layout import day_file
from airflow_provider_ldusage.lake.state import Status
from airflow_provider_ldusage.metrics import METRICS, History

CLOSED = (Status.FINAL, Status.GIVEN_UP)
WRITTEN, EMPTY, MISSING, LATE = "written", "empty", "missing", "late"


@dataclass(frozen=True)
class SliceDays:
    """The days of one slice.

    :param values: the slice's columns with their values
    :param asked_at: stored day -> when it was last asked for
    :param first: the first day that was asked for
    :param last: the last stored day
    :param open_days: stored days that are not final
    :param closed: days that loads no longer go back to by themselves
    """

    values: Mapping[str, str]
    asked_at: Mapping[date, datetime | None]
    first: date
    last: date | None
    open_days: frozenset[date]
    closed: frozenset[date]

    @classmethod
    def of(cls, found: SliceState) -> SliceDays:
        """The days of a slice of which at least one was asked for."""
        open_days = frozenset(found.days(Status.OPEN))
        closed = frozenset(day for day, known in found.state.days.items() if known.status in CLOSED)
        return cls(found.values, found.stored, min(found.state.days), found.last_day, open_days, closed)


class TableDays:
    """The days of a table.

    A slice that stays behind the others for :data:`.regularity.MAX_OUTAGE` days has ended, such as the project of a
    mapped load that was deleted. Nothing is expected of it after its last day.
    """

    def __init__(self, table: StoredTable) -> None:
        self.name = table.table.name
        metric = METRICS.get(table.table.identity["metric"])
        self._has_history = metric is None or metric.history is not History.SNAPSHOT
        self.slices = [SliceDays.of(each) for each in table.slices if each.state.days]
        last = max((each.last for each in self.slices if each.last), default=None)
        self._ended = last and last - timedelta(days=MAX_OUTAGE)

    @property
    def first(self) -> date | None:
        """The first day that was asked for."""
        return min((each.first for each in self.slices), default=None)

    def expected(self, day: date) -> list[SliceDays]:
        """The slices that should have a day."""
        return [each for each in self.slices if each.first <= day and not self._has_ended(each, day)]

    def stored(self, day: date) -> list[SliceDays]:
        """The slices that have a day."""
        return [each for each in self.slices if day in each.asked_at]

    def files(self, day: date) -> list[str]:
        """The names of a day's files."""
        return [day_file(self.name, day, each.values) for each in self.stored(day)]

    def asked_at(self, day: date) -> datetime | None:
        """When a day was last asked for."""
        return max((moment for each in self.slices if (moment := each.asked_at.get(day))), default=None)

    def is_open(self, day: date) -> bool:
        """Whether a day may still change."""
        return any(day in each.open_days for each in self.slices)

    def is_final(self, day: date) -> bool:
        """Whether a day is stored, and loads no longer go back to any of its slices."""
        return bool(self.stored(day)) and all(day in each.closed for each in self.expected(day))

    def share(self, day: date) -> float:
        """The part of the slices that should have a day which have it."""
        expected = self.expected(day)
        return sum(day in each.asked_at for each in expected) / len(expected)

    def absence(self, day: date) -> str | None:
        """Why a day is not there whole: it is ``late``, and may still come, or ``missing``. None: it is there."""
        lacking = [each for each in self.expected(day) if day not in each.asked_at]
        if not lacking:
            return None
        to_come = self._has_history and any(each.last is None or each.last < day for each in lacking)
        return LATE if to_come else MISSING

    def absences(self, window: Window) -> dict[date, str]:
        """The days of a window that are not there whole, with the reason."""
        found = {day: self.absence(day) for day in window.days()}
        return {day: reason for day, reason in found.items() if reason}

    def _has_ended(self, each: SliceDays, day: date) -> bool:
        if each.last is None or self._ended is None or each.last >= self._ended:
            return False
        return day > each.last


def is_due(tables: Collection[TableDays], day: date, now: datetime) -> bool:
    """Whether a day should be there by now: it ended a whole day ago, or at least half of the lake has it."""
    shares = [each.share(day) for each in tables if each.expected(day)]
    return now - midnight(day + DAY) >= DAY or 2 * sum(shares) >= len(shares) > 0
