"""The days that the views of the bill and of owners show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods

MONTHS = 12
"""Periods that have ended."""


@dataclass(frozen=True)
class Shown:
    """What is shown of meters whose periods are the same.

    :param last: the last day that is reported
    """

    periods: Periods
    last: date

    @classmethod
    def of(cls, meter: str, billing: Periods, last: date) -> Shown:
        """What is shown of a meter; of one that this version does not know, billing periods."""
        known = METERS.get(meter)
        return cls(known.periods(billing) if known else billing, last)

    @property
    def current(self) -> list[date]:
        """The days of the last day's period, up to it."""
        return list(Window(self.periods.containing(self.last).start, self.last + DAY).days())

    @property
    def ended(self) -> dict[date, date]:
        """The last day of each period that has ended -> its first day; the oldest first."""
        period = self.periods.containing(self.last)
        earlier = [self.periods.before(period, count) for count in range(MONTHS, 0, -1)]
        return {each.end - DAY: each.start for each in earlier}

    @property
    def before(self) -> date:
        """The day of the period before to compare the last day with."""
        return self.periods.same_day_before(self.last)


def every_span(billing: Periods, last: date) -> list[Shown]:
    """What is shown of any meter: they follow billing periods or calendar months."""
    return [Shown(each, last) for each in dict.fromkeys((billing, CALENDAR))]
