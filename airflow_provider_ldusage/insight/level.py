"""The level of an additive meter: what an average day has now, and where that goes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_ldusage.insight.numbers import median, slope, spread
from airflow_provider_ldusage.insight.rhythm import MIN_FACTOR, Rhythm

WEEKS = 12
"""That a trend is seen in."""
MIN_WEEKS = 4
FADING = 0.975
"""Each day, a trend has this part of the day before's."""
HALF_LIVES = (28.0, 14.0, 7.0)
"""Days after which a figure counts half for the level."""
MAX_GROWTH = 0.03
"""A day, as a logarithm."""
AFTER = range(3, 22)
BEFORE = 28
"""A change of level is looked for this many days ago, and compared with so many days before it."""
MIN_CHANGE, SIGNIFICANT = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class Level:
    """An average day's quantity.

    :param now: on the last day
    :param growth: a day, as a logarithm
    :param through: ordinal of the last day
    :param error: the standard error of ``now``
    """

    now: float
    growth: float
    through: int
    error: float

    def on(self, day: int) -> float:
        """The quantity expected of an average day, by its ordinal."""
        ahead = day - self.through
        faded = (1 - FADING**ahead) / (1 - FADING) if ahead > 0 else ahead
        return self.now * math.exp(self.growth * faded)


def recent_level(history: Mapping[int, float], rhythm: Rhythm, through: int) -> Level:
    """The level that recent days show."""
    levels = {}
    for day in range(through - 7 * WEEKS + 1, through + 1):
        if day in history and (factor := rhythm.factor(day)) >= MIN_FACTOR:
            levels[day] = history[day] / factor
    if not levels:
        return Level(0.0, 0.0, through, 0.0)
    growth = trend(levels, through)
    flat = {day: value * math.exp(growth * (through - day)) for day, value in levels.items()}
    changed = change(flat, through)
    if changed is not None:
        growth = trend({day: value for day, value in levels.items() if day < changed}, changed - 1)
        flat = {day: value * math.exp(growth * (through - day)) for day, value in levels.items() if day >= changed}
    now, error = _weighted(flat, through, half_life(flat, through))
    return Level(now, growth, through, error)


def trend(levels: Mapping[int, float], through: int) -> float:
    """Growth a day, as a logarithm: as much of the slope of weekly means as stands out from their noise."""
    weeks = []
    for n in range(WEEKS):
        found = [levels[day] for day in range(through - 7 * n - 6, through - 7 * n + 1) if day in levels]
        if found:
            weeks.append(sum(found) / len(found))
    mean = sum(weeks) / len(weeks) if weeks else 0.0
    if len(weeks) < MIN_WEEKS or not mean:
        return 0.0
    rise, error = slope(weeks[::-1])
    if not rise:
        return 0.0
    rise *= rise * rise / (rise * rise + error * error)
    now = mean + rise * (len(weeks) - 1) / 2
    if now <= 0:
        return -MAX_GROWTH
    return max(-MAX_GROWTH, min(MAX_GROWTH, math.log1p(rise / now) / 7 if rise > -now else -MAX_GROWTH))


def change(levels: Mapping[int, float], through: int) -> int | None:
    """The day from which on the level is another, such as that of a launch; None if there is none.

    :param levels: ordinal of a day -> quantity, without rhythm and trend
    """
    best, found = SIGNIFICANT, None
    for after in AFTER:
        first = through - after + 1
        new = [levels[day] for day in range(first, through + 1) if day in levels]
        old = [levels[day] for day in range(first - BEFORE, first) if day in levels]
        if len(new) < AFTER.start or len(old) < BEFORE // 2:
            continue
        was, step = median(old), median(new) - median(old)
        if abs(median(new[-AFTER.start :]) - was - step) > abs(step) / 2:
            continue  # it was another for a while, and is not any more
        error = 1.25 * _noise(old, new) * (1 / len(new) + 1 / len(old)) ** 0.5
        if abs(step) > MIN_CHANGE * was and abs(step) > best * error:
            best, found = abs(step) / error if error else math.inf, first
    return found


def _noise(old: Sequence[float], new: Sequence[float]) -> float:
    return (spread(old) ** 2 + spread(new) ** 2) ** 0.5 / 2**0.5


def half_life(levels: Mapping[int, float], through: int) -> float:
    """After how many days a figure counts half: the longest of those that would have told the next weeks best."""
    weeks = []
    for n in range(WEEKS):
        found = [levels[day] for day in range(through - 7 * n - 6, through - 7 * n + 1) if day in levels]
        if found:
            weeks.append(median(found))
    weeks.reverse()
    misses = {days: _miss(weeks, 0.5 ** (7 / days)) for days in HALF_LIVES}
    return min(HALF_LIVES, key=lambda days: (misses[days], -days))


def _miss(weeks: Sequence[float], kept: float) -> float:
    """How far exponential means of earlier weeks were from the week after, in sum."""
    total = weights = missed = 0.0
    for n, week in enumerate(weeks):
        if n >= MIN_WEEKS:
            missed += abs(week - total / weights)
        total, weights = total * kept + week, weights * kept + 1
    return missed


def _weighted(levels: Mapping[int, float], through: int, half: float) -> tuple[float, float]:
    """The mean of recent levels and its standard error; those far from their median count as if they were nearer."""
    values = list(levels.values())
    middle, noise = median(values), spread(values)
    total = weights = squares = 0.0
    for day, value in levels.items():
        weight: float = 0.5 ** ((through - day) / half)
        total += weight * max(middle - 3 * noise, min(middle + 3 * noise, value))
        weights += weight
        squares += weight * weight
    return total / weights, noise * math.sqrt(squares) / weights
