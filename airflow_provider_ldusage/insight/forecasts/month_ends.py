"""Peaks at the ends of months, such as those of reports and invoices, where earlier months had them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from airflow_provider_ldusage.insight.forecasts.robust_statistics import median, scaled_mad

FIRST, LAST = 3, 4
"""How many days at the beginning and the end of a month may be unlike others."""
NEAR = 14
"""Days beside them, which they are compared with."""
MONTHS, MIN_MONTHS = 12, 3
"""Months that are looked at, and how many must show a place."""
MIN_FACTOR = 0.05
"""Weekdays with a smaller factor say nothing about the month."""


@cache
def place(day: int) -> int:
    """The place of a day in its month.

    :param day: its ordinal
    :return: 1, 2, 3: the first days; -1, -2, -3, -4: the last ones, -1 being the last; 0: any other
    """
    number = date.fromordinal(day).day
    if number <= FIRST:
        return number
    if number <= 28 - LAST:
        return 0
    left = -next(n for n in range(1, 32) if date.fromordinal(day + n).day == 1)
    return left if -left <= LAST else 0


def month_ends(history: Mapping[int, float], through: int, weekdays: Sequence[float]) -> dict[int, float]:
    """Place in the month -> factor, of the places where at least four out of five months are unlike other days.

    :param history: ordinal of a day -> quantity
    :param weekdays: factors by the ordinal modulo 7
    """
    ratios: dict[int, list[float]] = {}
    noises = []
    for last in _last_days(through, min(history)):
        first = date.fromordinal(last).replace(day=1).toordinal()
        for places, near in (
            (range(first, first + FIRST), range(first + FIRST, first + FIRST + NEAR)),
            (range(last - LAST + 1, last + 1), range(last - LAST - NEAR + 1, last - LAST + 1)),
        ):
            usual = _levels(history, near, weekdays)
            if len(usual) < NEAR // 2 or not (level := median(list(usual.values()))):
                continue
            noises.append(scaled_mad(list(usual.values())) / level)
            for day, value in _levels(history, places, weekdays).items():
                ratios.setdefault(place(day), []).append(value / level)
    noise = median(noises) if noises else 0.0
    return {at: factor for at, found in ratios.items() if (factor := _shown(found, noise)) is not None}


def _last_days(through: int, first: int) -> list[int]:
    """The last days of whole months, the latest first."""
    found: list[int] = []
    end = date.fromordinal(through + 1).replace(day=1).toordinal() - 1
    while len(found) < MONTHS and end - 27 >= first:
        found.append(end)
        end = date.fromordinal(end).replace(day=1).toordinal() - 1
    return found


def _levels(history: Mapping[int, float], days: range, weekdays: Sequence[float]) -> dict[int, float]:
    return {day: history[day] / weekdays[day % 7] for day in days if day in history and weekdays[day % 7] >= MIN_FACTOR}


def _shown(ratios: Sequence[float], noise: float) -> float | None:
    """The factor of a place by its ratio in each earlier month; None if it may be chance."""
    count = len(ratios)
    if count < MIN_MONTHS:
        return None
    effect = median(ratios) - 1
    if abs(effect) < max(0.1, 3 * noise / count**0.5):
        return None
    sizes = sorted((ratio - 1) / effect for ratio in ratios)
    return 1 + effect if sizes[count // 5] > 0.4 else None
