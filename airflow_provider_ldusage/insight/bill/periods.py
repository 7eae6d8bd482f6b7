"""Billing periods: a month that begins on any day."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from airflow_provider_ldusage.days import DAY, Window, utc_day
from airflow_provider_ldusage.insight.whole_numbers import whole_number


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods that follow each other, one a month.

    :param first_day: the day of the month on which each begins, 1 to 31; in a shorter month, its last day
    """

    first_day: int = 1

    @classmethod
    def of(cls, billing_day: object) -> Periods:
        """Check the argument ``billing_day``.

        :raises UsageArgumentError: it is no whole number from 1 to 31
        """
        hint = "Give the day on which your billing period begins, 1 to 31; 31 is the last day of a shorter month."
        return cls(whole_number("billing_day", billing_day, range(1, 32), hint, fault="is no day of a month"))

    def containing(self, day: date) -> Window:
        """The period in which a day lies."""
        day = utc_day(day)
        start = self._start(day.year, day.month)
        if day < start:
            return Window(self._start(*_month_before(day)), start)
        return Window(start, self._start(*_month_after(day)))

    def before(self, period: Window, count: int = 1) -> Window:
        """The period that lies so many periods before another."""
        for _ in range(count):
            period = self.containing(period.start - DAY)
        return period

    def same_day_before(self, day: date) -> date:
        """The same day of the period before; its last day where that period is shorter."""
        period = self.containing(day)
        before = self.before(period)
        return min(before.start + (utc_day(day) - period.start), before.end - DAY)

    def between(self, first: date, last: date) -> list[Window]:
        """The periods from the one of the first day to the one of the last."""
        found = [self.containing(first)]
        while found[-1].end <= last:
            found.append(self.containing(found[-1].end))
        return found

    def _start(self, year: int, month: int) -> date:
        return date(year, month, min(self.first_day, monthrange(year, month)[1]))


CALENDAR = Periods()
"""Calendar months, as LaunchDarkly counts unique keys."""


def _month_before(day: date) -> tuple[int, int]:
    return (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)


def _month_after(day: date) -> tuple[int, int]:
    return (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
