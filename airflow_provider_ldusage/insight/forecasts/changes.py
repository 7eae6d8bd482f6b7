"""When the level of a meter became another, such as by a launch: until then, figures say little of what comes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from airflow_provider_ldusage.insight.forecasts.numbers import median, slope, spread

MIN_CHANGE = 0.1
"""A smaller part of the level is no change."""
AFTER, BEFORE = range(3, 22), 28
"""A recent change is looked for this many days ago, and compared with so many days before it."""
SIGNIFICANT = 5.0
"""How many standard errors a recent change must have."""
MIN_WEEKS = 3
"""On each side of an older change."""
BETTER = 0.6
"""An older change must leave this part of what a trend leaves unexplained, or less."""


def recent_change(levels: Mapping[int, float], through: int) -> int | None:
    """The day from which on the level is another, in the last three weeks; None if there is none.

    :param levels: ordinal of a day -> quantity, without rhythm and trend
    :param through: ordinal of the last day
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
            continue  # it was another for a day or two, or a while ago
        error = 1.25 * math.hypot(spread(old), spread(new)) * ((1 / len(new) + 1 / len(old)) / 2) ** 0.5
        if abs(step) > MIN_CHANGE * was and abs(step) > best * error:
            best, found = abs(step) / error if error else math.inf, first
    return found


def older_change(weeks: Sequence[float]) -> int | None:
    """The first week of another level, where a step explains the weeks far better than a trend does; else None.

    :param weeks: their means, the latest last
    """
    if len(weeks) < 2 * MIN_WEEKS:
        return None
    rise, _ = slope(weeks)
    level = median([week - rise * n for n, week in enumerate(weeks)])
    best, found = BETTER * sum(abs(week - rise * n - level) for n, week in enumerate(weeks)), None
    for first in range(MIN_WEEKS, len(weeks) - MIN_WEEKS + 1):
        old, new = median(weeks[:first]), median(weeks[first:])
        left = sum(abs(week - old) for week in weeks[:first]) + sum(abs(week - new) for week in weeks[first:])
        if abs(new - old) > MIN_CHANGE * old and left < best:
            best, found = left, first
    return found
