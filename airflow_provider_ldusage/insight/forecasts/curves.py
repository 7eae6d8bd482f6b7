"""Curves of months: how a month-to-date figure rises, by a clock that runs slower on quiet weekdays."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.seasonality import weekday_factors

WEEKS = 26
"""The weeks that the clock is made from."""
BEGINNING = 3
"""The first days of a month, whose rise is high whatever their weekday, so they are left out."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The figure of a month by the clock.

    :param times: ascending, beginning with 0
    :param figures: at those times, never falling, beginning with 0
    """

    times: list[float]
    figures: list[float]

    def at(self, time: float) -> float:
        """The figure at a time; after the last one, it goes on as in the last quarter."""
        n = bisect_right(self.times, time)
        if n == 0:
            return 0.0
        if n < len(self.times):
            return self._along(n - 1, n, time)
        return self._along(max(bisect_right(self.times, self.times[-1] * 0.75) - 1, 0), len(self.times) - 1, time)

    def _along(self, one: int, other: int, time: float) -> float:
        gone = self.times[other] - self.times[one]
        part = (time - self.times[other]) / gone if gone else 0.0
        return self.figures[other] + part * (self.figures[other] - self.figures[one])


@dataclass(frozen=True, slots=True)
class Clock:
    """How much of a month has gone by, where each weekday counts by the new users that it brings.

    :param weights: by the ordinal of a day modulo 7; 1 is an average day
    """

    weights: tuple[float, ...]

    def at(self, period: Window, day: date) -> float:
        """The time at the end of a day of the period; 0 before its first day."""
        first = period.start.toordinal()
        weeks, more = divmod(day.toordinal() - first + 1, 7)
        return weeks * sum(self.weights) + sum(self.weights[(first + n) % 7] for n in range(more))

    def curve(self, period: Window, known: Mapping[date, float]) -> Curve:
        """The curve of the figures that are known of a period."""
        times, figures = [0.0], [0.0]
        for day, figure in known.items():
            times.append(self.at(period, day))
            figures.append(max(figure, figures[-1]))
        return Curve(times, figures)


def clock(figures: Mapping[date, float], periods: Iterable[Window], through: date) -> Clock:
    """Make the clock from the rises of recent months: each as a part of the week around it.

    :param figures: day -> figure of the month to date
    :param through: no later figure is used
    """
    rises = {}
    for period in periods:
        if period.start > through or (through - period.end).days > 7 * WEEKS:
            continue
        for day in list(period.days())[BEGINNING:]:
            if day <= through and day in figures and day - DAY in figures:
                rises[day.toordinal()] = max(figures[day] - figures[day - DAY], 0.0)
    shares = {
        day: 7 * rise / whole
        for day, rise in rises.items()
        if (whole := sum(rises.get(day + n, math.nan) for n in range(-3, 4))) > 0
    }
    return Clock(tuple(weekday_factors(shares, through.toordinal(), WEEKS)))
