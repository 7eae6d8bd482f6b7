"""Unique users and keys: what is counted, scaled by the curves of earlier months.

A month-to-date figure of uniques rises ever more slowly, since most of those who come have been counted before. How far
it has got by a day is much the same from month to month. Early in a month, though, that part is small and uncertain,
and the final figures of earlier months say more. So both are weighed by how wrong they were in earlier months.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.curves import Clock, Curve, clock
from airflow_provider_ldusage.insight.forecaster import Forecaster, Path
from airflow_provider_ldusage.insight.ways import Month, by_finals, by_part, by_recent_rise

LATE = 3
"""A month whose last figures are missing has a curve if no more than two days are."""
USUAL = 0.02
"""How wrong each way is assumed to be in one more month, so that a lucky one is not trusted alone."""
TRUSTED = 2.0
"""How often the usual difference between the two ways may be, before the earlier finals lose their weight."""


class Uniques(Forecaster):
    """Meters whose figure is a number of uniques in the month to date. ``figures`` has that figure of each day."""

    method = "by earlier months"

    def __init__(self, figures: Mapping[date, float], periods: Iterable[Window]) -> None:
        super().__init__(figures, periods)
        self._clocks: dict[date, Clock] = {}
        self._guesses: dict[tuple[date, date], tuple[float, float] | None] = {}

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
        total, doubt = self._weighed(period, through, *guess)
        rest = max(total - counted, 0.0)
        time, shape = self._clock(through), self._curves(period, through)[0]
        begun = shape.at(time.at(period, last))
        way = shape.at(time.at(period, period.end - DAY)) - begun
        ahead = {
            day: counted
            + rest * (min(max((shape.at(time.at(period, day)) - begun) / way, 0.0), 1.0) if way > 0 else 1.0)
            for day in period.days()
            if day > through
        }
        return Path(counted, ahead, rest, doubt * total / rest if rest else 0.0)

    def _weighed(self, period: Window, through: date, by_curve: float, by_end: float) -> tuple[float, float]:
        """Both guesses by the inverse of their mean square errors; the second less where they differ unusually."""
        left = period.end - through
        errors = [(USUAL, USUAL, USUAL)]
        for earlier in self.before(period, through):
            guess, final = self._guess(earlier, max(earlier.end - left, earlier.start)), self.final(earlier)
            if guess and final:
                errors.append((math.log(guess[0] / final), math.log(guess[1] / final), math.log(guess[0] / guess[1])))
        one, other, apart = (sum(error * error for error in each) / len(each) for each in zip(*errors, strict=True))
        unusual = math.log(by_curve / by_end) ** 2 / (apart * TRUSTED**2)
        weight = one / (one + other * (1 + unusual * unusual))
        total = math.exp((1 - weight) * math.log(by_curve) + weight * math.log(by_end))
        return total, abs(math.log(by_curve / total)) if unusual > 1 else 0.0

    def _guess(self, period: Window, through: date) -> tuple[float, float] | None:
        """The final figure by what is counted, and by earlier finals; None without earlier months."""
        key = (period.start, through)
        if key not in self._guesses:
            self._guesses[key] = self._guess_anew(period, through)
        return self._guesses[key]

    def _guess_anew(self, period: Window, through: date) -> tuple[float, float] | None:
        if not (earlier := self._curves(period, through)):
            return None
        known, time = self.known(period, through), self._clock(through)
        curve = time.curve(period, known)
        month = Month(curve, curve.times[-1], time.at(period, period.end - DAY), earlier)
        by_end = by_finals(month)
        found = [guess for way in (by_part, by_recent_rise) if (guess := way(month))]
        by_curve = math.exp(sum(map(math.log, found)) / len(found)) if found else by_end
        return by_curve, by_end

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
