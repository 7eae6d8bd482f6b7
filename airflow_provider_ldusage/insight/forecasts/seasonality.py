"""Seasonality: the factors of weekdays, and of the first and last days of months."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_ldusage.insight.forecasts.month_ends import month_ends, place
from airflow_provider_ldusage.insight.forecasts.robust_statistics import trimmed_mean

WEEKS = 10
"""The weeks that the factors of weekdays are estimated from."""
MIN_FACTOR = 0.05
"""A day that is expected to have less than this part of an average one says nothing about the level."""


class Seasonality:
    """What each day has of an average day's quantity, as a factor.

    :param history: ordinal of a day -> quantity
    :param through: ordinal of the last day
    """

    def __init__(self, history: Mapping[int, float], through: int) -> None:
        self.weekdays = weekday_factors(history, through)
        self.ends = month_ends(history, through, self.weekdays)
        if self.ends:
            usual = {
                day: history[day] / self.ends.get(place(day), 1.0)
                for day in range(through - 7 * WEEKS + 1, through + 1)
                if day in history
            }
            self.weekdays = weekday_factors(usual, through)

    def factor(self, day: int) -> float:
        """The factor of a day; 1 is an average day.

        :param day: its ordinal
        """
        return self.weekdays[day % 7] * self.ends.get(place(day), 1.0)


def weekday_factors(history: Mapping[int, float], through: int, weeks: int = WEEKS) -> list[float]:
    """The factor of each weekday, by the ordinal of a day modulo 7; their mean is 1.

    Each week has a level, and each weekday a factor. They are estimated in turn, so that missing days do no harm.
    """
    blocks = [range(through - 7 * n - 6, through - 7 * n + 1) for n in range(weeks)]
    known = [[(day % 7, history[day]) for day in block if day in history] for block in blocks]
    factors = [1.0] * 7
    for _ in range(3):
        ratios: list[list[float]] = [[] for _ in range(7)]
        for block in known:
            weight = sum(factors[weekday] for weekday, _ in block)
            level = sum(value for _, value in block) / weight if weight else 0.0
            if level:
                for weekday, value in block:
                    ratios[weekday].append(value / level)
        means = [trimmed_mean(each) if each else 1.0 for each in ratios]
        whole = sum(means) / 7
        factors = [each / whole for each in means] if whole else [1.0] * 7
    return factors
