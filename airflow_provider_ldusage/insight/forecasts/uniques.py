"""Unique users and keys: what is counted, scaled by the curves of earlier months.

A month-to-date figure of uniques rises ever more slowly, since most of those who come have been counted before. The
part of the final figure that is reached by a day is much the same from month to month. Early in a month, that part is
small and uncertain, and the final figures of earlier months say more. So both are weighted by their errors in earlier
months.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.curves import Clock, Curve, clock
from airflow_provider_ldusage.insight.forecasts.estimates import Month, by_finals, by_part, by_recent_rise
from airflow_provider_ldusage.insight.forecasts.forecaster import Forecaster, Path

LATE = 3
"""A month has a curve if at most the figures of its last two days are missing: its end is the day after its last."""
USUAL = 0.02
"""The error, as a logarithm, that each has in one assumed month more, so that a lucky one is not trusted alone."""
TRUSTED = 2.0
"""Beyond this many times their usual difference from the curve, the earlier finals lose their weight."""
APART = 3.0
"""In an unusual month, the figure may be off by this many times the difference of the two estimates by the curve."""


class Estimates(NamedTuple):
    """A month's final figure by each function of :mod:`.estimates`."""

    by_part: float
    by_rise: float
    by_end: float

    @property
    def by_curve(self) -> float:
        """By what is counted and what was new last week: one lags behind a launch, the other makes too much of it."""
        return math.sqrt(self.by_part * self.by_rise)


class Uniques(Forecaster):
    """Meters whose figure is a number of uniques in the month to date. ``figures`` has that figure of each day."""

    method = "by earlier months"

    def __init__(self, figures: Mapping[date, float], periods: Iterable[Window]) -> None:
        super().__init__(figures, periods)
        self._clocks: dict[date, Clock] = {}
        self._estimates: dict[tuple[date, date], Estimates | None] = {}

    def known(self, period: Window, through: date) -> dict[date, float]:
        """See :meth:`.Forecaster.known`."""
        return {day: self.figures[day] for day in period.days() if day <= through and day in self.figures}

    def final(self, period: Window) -> float | None:
        """See :meth:`.Forecaster.final`."""
        return self.figures.get(period.end - DAY)

    def look_ahead(self, period: Window, through: date) -> Path | None:
        """See :meth:`.Forecaster.look_ahead`."""
        known = self.known(period, through)
        last = max(known, default=period.start - DAY)
        counted = known.get(last, 0.0)
        if last == period.end - DAY:
            return Path(counted, {}, 0.0)
        if (now := self._estimated(period, through)) is None:
            return None
        total, doubt = self._weighed(period, through, now)
        rest = max(total - counted, 0.0)
        ahead = {day: counted + rest * part for day, part in self._parts(period, last, through).items()}
        return Path(counted, ahead, rest, math.log1p(math.expm1(doubt) * total / rest) if rest else 0.0)

    def _parts(self, period: Window, last: date, through: date) -> dict[date, float]:
        """Later day -> the part of the rest that has come by its end, as last month.

        :param last: the last day that is counted
        """
        time, shape = self._clock(through), next(self._curves(period, through))
        begun = shape.at(time.at(period, last))
        way = shape.at(time.at(period, period.end - DAY)) - begun
        days = [day for day in period.days() if day > last]
        come = {day: (shape.at(time.at(period, day)) - begun) / way if way > 0 else 1.0 for day in days}
        return {day: 1.0 if day == period.end - DAY else min(max(part, 0.0), 1.0) for day, part in come.items()}

    def _weighed(self, period: Window, through: date, now: Estimates) -> tuple[float, float]:
        """The final figure by all estimates, and how far off that may be in an unusual month, as a logarithm.

        Curve and end are weighted by the inverse of their mean squared errors in earlier months. The end weighs less
        where the two differ more than they used to, since then something has happened.
        """
        left = period.end - through
        errors = [(USUAL, USUAL, USUAL)]
        for earlier in self.before(period, through):
            past, final = self._estimated(earlier, max(earlier.end - left, earlier.start)), self.final(earlier)
            if past and final:
                curve, end = math.log(past.by_curve / final), math.log(past.by_end / final)
                errors.append((curve, end, curve - end))
        one, other, apart = (sum(error * error for error in each) / len(each) for each in zip(*errors, strict=True))
        unusual = math.log(now.by_curve / now.by_end) ** 2 / (apart * TRUSTED**2)
        weight = one / (one + other * (1 + unusual * unusual))
        total = math.exp((1 - weight) * math.log(now.by_curve) + weight * math.log(now.by_end))
        return total, APART * abs(math.log(now.by_part / now.by_rise)) if unusual > 1 else 0.0

    def _estimated(self, period: Window, through: date) -> Estimates | None:
        """The estimates on a day, made once; None without earlier months."""
        key = (period.start, through)
        if key not in self._estimates:
            self._estimates[key] = self._estimate_anew(period, through)
        return self._estimates[key]

    def _estimate_anew(self, period: Window, through: date) -> Estimates | None:
        if not (earlier := list(self._curves(period, through))):
            return None
        known, time = self.known(period, through), self._clock(through)
        curve = time.curve(period, known)
        month = Month(curve, curve.times[-1], time.at(period, period.end - DAY), earlier)
        if not (by_end := by_finals(month)):
            return None
        part, rise = by_part(month), by_recent_rise(month)
        return Estimates(part or rise or by_end, rise or part or by_end, by_end)

    def _curves(self, period: Window, through: date) -> Iterator[Curve]:
        """The curves of earlier months with figures to their end, the last one first."""
        for month in self.before(period, through):
            known = self.known(month, through)
            last = max(known, default=month.start)
            if known and known[last] and month.end - last <= LATE * DAY:
                yield self._clock(through).curve(month, known)

    def _clock(self, through: date) -> Clock:
        if through not in self._clocks:
            self._clocks[through] = clock(self.figures, self.periods, through)
        return self._clocks[through]
