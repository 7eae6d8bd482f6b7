"""The level of an additive meter: the quantity of an average day now, and its damped trend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_ldusage.insight.forecasts.level_shifts import older_shift, recent_shift
from airflow_provider_ldusage.insight.forecasts.robust_statistics import median, scaled_mad, theil_sen
from airflow_provider_ldusage.insight.forecasts.seasonality import MIN_FACTOR, Seasonality

WEEKS = 12
"""The weeks that the level and its trend are estimated from."""
MIN_WEEKS = 4
"""Fewer weeks show no trend."""
LATEST = 7
"""The trend of these last weeks counts if it is weaker, so that growth that has levelled off is not carried on."""
CERTAIN = 2.0
"""A trend of this many standard errors counts by half; one that stands out more counts by more."""
DAMPING = 0.975
"""Each day ahead, growth is this part of the day before's."""
HALF_LIVES = (56.0, 28.0, 14.0, 7.0)
"""Candidates: days after which a figure counts half for the level."""
MAX_GROWTH = 0.03
"""Per day, as a logarithm, in either direction."""


@dataclass(frozen=True, slots=True)
class Level:
    """An average day's quantity.

    :param now: on the last day
    :param growth: per day, as a logarithm
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
        damped = (1 - DAMPING**ahead) / (1 - DAMPING) if ahead > 0 else ahead
        return self.now * math.exp(self.growth * damped)


def recent_level(history: Mapping[int, float], seasonality: Seasonality, through: int) -> Level:
    """Estimate the level from recent days.

    :param history: ordinal of a day -> quantity
    :param through: ordinal of the last day
    """
    levels = {
        day: history[day] / factor
        for day in range(through - 7 * WEEKS + 1, through + 1)
        if day in history and (factor := seasonality.factor(day)) >= MIN_FACTOR
    }
    if not levels:
        return Level(0.0, 0.0, through, 0.0)
    weeks = weekly(levels, through)
    if (week := older_shift(weeks)) is not None:
        first = through - 7 * (len(weeks) - week) + 1
        growth = trend(weeks[week:] if len(weeks) - week >= MIN_WEEKS else weeks[:week])
        levels = {day: value for day, value in levels.items() if day >= first}
    else:
        growth = trend(weeks)
    flat = _flat(levels, growth, through)
    if (first_day := recent_shift(flat, through)) is not None:
        growth = trend(weekly({day: value for day, value in levels.items() if day < first_day}, first_day - 1))
        flat = _flat({day: value for day, value in levels.items() if day >= first_day}, growth, through)
    now, error = _weighted(flat, through, half_life(weekly(flat, through)))
    return Level(now, growth, through, error)


def weekly(levels: Mapping[int, float], through: int) -> list[float]:
    """The means of weeks, the latest last, which ends on the last day. Weeks without figures are left out."""
    blocks = [range(through - 7 * n - 6, through - 7 * n + 1) for n in reversed(range(WEEKS))]
    found = [[levels[day] for day in block if day in levels] for block in blocks]
    return [sum(each) / len(each) for each in found if each]


def trend(weeks: Sequence[float]) -> float:
    """Growth per day, as a logarithm: as much of the weeks' growth as stands out from their noise.

    :param weeks: their means; a week without usage has no growth, nor have those around it
    """
    if len(weeks) < MIN_WEEKS or min(weeks) <= 0:
        return 0.0
    sizes = [math.log(week) for week in weeks]
    rise, error = theil_sen(sizes)
    recent, _ = theil_sen(sizes[-LATEST:])
    if rise * recent <= 0:
        return 0.0
    rise = math.copysign(min(abs(rise), abs(recent)), rise)
    believed = rise * rise / (rise * rise + (CERTAIN * error) ** 2)
    return max(-MAX_GROWTH, min(MAX_GROWTH, believed * rise / 7))


def half_life(weeks: Sequence[float]) -> float:
    """Choose one of :data:`HALF_LIVES`: the one whose means were closest to the week after; of equals, the longest."""
    misses = {days: _miss(weeks, 0.5 ** (7 / days)) for days in HALF_LIVES}
    return min(HALF_LIVES, key=lambda days: (misses[days], -days))


def _miss(weeks: Sequence[float], kept: float) -> float:
    """The sum of distances between the exponential mean of earlier weeks and the week after.

    :param kept: the part of its weight that a week keeps from one week to the next
    """
    total = weights = missed = 0.0
    for n, week in enumerate(weeks):
        if n >= MIN_WEEKS:
            missed += abs(week - total / weights)
        total, weights = total * kept + week, weights * kept + 1
    return missed


def _flat(levels: Mapping[int, float], growth: float, through: int) -> dict[int, float]:
    """Levels without their trend: as they would be on the last day."""
    return {day: value * math.exp(growth * (through - day)) for day, value in levels.items()}


def _weighted(levels: Mapping[int, float], through: int, half: float) -> tuple[float, float]:
    """The exponential mean of levels, with outliers clipped, and its standard error."""
    values = list(levels.values())
    middle, noise = median(values), scaled_mad(values)
    total = weights = squares = 0.0
    for day, value in levels.items():
        weight = math.pow(0.5, (through - day) / half)
        total += weight * max(middle - 3 * noise, min(middle + 3 * noise, value))
        weights += weight
        squares += weight * weight
    return total / weights, noise * math.sqrt(squares) / weights
