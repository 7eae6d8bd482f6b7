"""Level shifts, such as a launch: the days before one say little about the days to come."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from airflow_provider_ldusage.insight.forecasts.robust_statistics import median, scaled_mad, theil_sen

MIN_CHANGE = 0.1
"""A shift is at least this part of the level."""
AFTER, BEFORE = range(3, 22), 28
"""How many days ago a recent shift may have been, and how many days before it are compared with those after it."""
SIGNIFICANT = 5.0
"""How many standard errors a recent shift must have."""
MIN_WEEKS = 3
"""On each side of an older shift."""
BETTER = 0.6
"""An older shift must leave at most this part of the deviations that a trend leaves."""


def recent_shift(levels: Mapping[int, float], through: int) -> int | None:
    """Find the first day of a new level in the last three weeks.

    :param levels: ordinal of a day -> quantity, without seasonality and trend
    :param through: ordinal of the last day
    :return: its ordinal; None: the level has not shifted
    """
    best, found = SIGNIFICANT, None
    for after in AFTER:
        first = through - after + 1
        new = [levels[day] for day in range(first, through + 1) if day in levels]
        old = [levels[day] for day in range(first - BEFORE, first) if day in levels]
        if len(new) < AFTER.start or len(old) < BEFORE // 2:
            continue
        was = median(old)
        step = median(new) - was
        if any(abs(value - was - step) > abs(step) / 2 for value in new[-AFTER.start :]):
            continue  # the last days are not at the new level: it was short, or is over
        error = 1.25 * math.hypot(scaled_mad(old), scaled_mad(new)) * ((1 / len(new) + 1 / len(old)) / 2) ** 0.5
        if abs(step) > MIN_CHANGE * was and abs(step) > best * error:
            best, found = abs(step) / error if error else math.inf, first
    return found


def older_shift(weeks: Sequence[float]) -> int | None:
    """Find the first week of a new level, where a step explains the weeks far better than a trend does.

    :param weeks: their means, the latest last
    :return: its place in ``weeks``; None: there is no such step
    """
    if len(weeks) < 2 * MIN_WEEKS:
        return None
    rise, _ = theil_sen(weeks)
    level = median([week - rise * n for n, week in enumerate(weeks)])
    best, found = BETTER * sum(abs(week - rise * n - level) for n, week in enumerate(weeks)), None
    for first in range(MIN_WEEKS, len(weeks) - MIN_WEEKS + 1):
        old, new = median(weeks[:first]), median(weeks[first:])
        left = sum(abs(week - old) for week in weeks[:first]) + sum(abs(week - new) for week in weeks[first:])
        if abs(new - old) > MIN_CHANGE * old and left < best:
            best, found = left, first
    return found
