"""Unique users and keys: what is counted, scaled by the curves of earlier months.

A month-to-date figure of uniques rises ever more slowly, since most of those who come have been counted before. How far
it has got by a day is much the same from month to month. Early in a month, though, that part is small and uncertain,
and the final figures of earlier months say more. So both are weighed by how wrong they were in earlier months.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.curves import Clock, Curve, clock
from airflow_provider_ldusage.insight.forecasts.forecaster import Forecaster, Path
from airflow_provider_ldusage.insight.forecasts.ways import Month, by_finals, by_part, by_recent_rise

LATE = 3
"""A month whose last figures are missing has a curve if no more than two days are."""
USUAL = 0.02
"""How wrong each way is assumed to be in one more month, so that a lucky one is not trusted alone."""
TRUSTED = 2.0
"""How often the usual difference between the two ways may be, before the earlier finals lose their weight."""

APART = 3.0
"""How often the difference between the two ways by the curve an unusual month's figure may be off."""


class Guess(NamedTuple):
    """A month's final figure by each way of :mod:`.ways`."""

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
        self._guesses: dict[tuple[date, date], Guess | None] = {}

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
        if (guess := self._guess(period, through)) is None:
            return None
        total, doubt = self._weighed(period, through, guess)
        rest = max(total - counted, 0.0)
        ahead = {day: counted + rest * part for day, part in self._parts(period, last, through).items()}
        return Path(counted, ahead, rest, math.log1p(math.expm1(doubt) * total / rest) if rest else 0.0)

    def _parts(self, period: Window, last: date, through: date) -> dict[date, float]:
        """Later day -> the part of the rest that has come at its end, as last month.

        :param last: the last day that is counted
        """
        time, shape = self._clock(through), self._curves(period, through)[0]
        begun = shape.at(time.at(period, last))
        way = shape.at(time.at(period, period.end - DAY)) - begun
        days = [day for day in period.days() if day > last]
        come = {day: (shape.at(time.at(period, day)) - begun) / way if way > 0 else 1.0 for day in days}
        return {day: 1.0 if day == period.end - DAY else min(max(part, 0.0), 1.0) for day, part in come.items()}

    def _weighed(self, period: Window, through: date, guess: Guess) -> tuple[float, float]:
        """The final figure by all that is guessed, and how far off that may be if this month is an unusual one.

        The curve and the end weigh by the inverse of their mean square errors in earlier months; the end weighs less
        where they differ more than they used to, since then something has happened.
        """
        left = period.end - through
        errors = [(USUAL, USUAL, USUAL)]
        for earlier in self.before(period, through):
            past, final = self._guess(earlier, max(earlier.end - left, earlier.start)), self.final(earlier)
            if past and final:
                curve, end = math.log(past.by_curve / final), math.log(past.by_end / final)
                errors.append((curve, end, curve - end))
        one, other, apart = (sum(error * error for error in each) / len(each) for each in zip(*errors, strict=True))
        unusual = math.log(guess.by_curve / guess.by_end) ** 2 / (apart * TRUSTED**2)
        weight = one / (one + other * (1 + unusual * unusual))
        total = math.exp((1 - weight) * math.log(guess.by_curve) + weight * math.log(guess.by_end))
        return total, APART * abs(math.log(guess.by_part / guess.by_rise)) if unusual > 1 else 0.0

    def _guess(self, period: Window, through: date) -> Guess | None:
        """The guesses of a day, made once; None without earlier months."""
        key = (period.start, through)
        if key not in self._guesses:
            self._guesses[key] = self._guess_anew(period, through)
        return self._guesses[key]

    def _guess_anew(self, period: Window, through: date) -> Guess | None:
        if not (earlier := self._curves(period, through)):
            return None
        known, time = self.known(period, through), self._clock(through)
        curve = time.curve(period, known)
        month = Month(curve, curve.times[-1], time.at(period, period.end - DAY), earlier)
        if not (by_end := by_finals(month)):
            return None
        part, rise = by_part(month), by_recent_rise(month)
        return Guess(part or rise or by_end, rise or part or by_end, by_end)

    def _curves(self, period: Window, through: date) -> list[Curve]:
        """The curves of earlier months with figures to their end, the last one first."""
        found = []
        for month in self.before(period, through):
            known = self.known(month, through)
            last = max(known, default=month.start)
            if known and known[last] and month.end - last <= LATE * DAY:
                found.append(self._clock(through).curve(month, known))
        return found

    def _clock(self, through: date) -> Clock:
        if through not in self._clocks:
            self._clocks[through] = clock(self.figures, self.periods, through)
        return self._clocks[through]
