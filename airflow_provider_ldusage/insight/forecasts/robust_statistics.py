"""Robust statistics: means, deviations and slopes that a few outliers do not move."""

from __future__ import annotations

from collections.abc import Sequence

NORMAL_80 = 1.28
"""How many standard errors a range of 80 % extends to each side."""


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the middle two.

    :param values: at least one
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def scaled_mad(values: Sequence[float]) -> float:
    """The median absolute deviation, scaled to the standard deviation of normal values.

    :param values: at least one
    """
    middle = median(values)
    return 1.4826 * median([abs(value - middle) for value in values])


def trimmed_mean(values: Sequence[float]) -> float:
    """The mean without the lowest and highest fifth.

    :param values: at least one
    """
    cut = len(values) // 5
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) / len(kept)


def theil_sen(values: Sequence[float]) -> tuple[float, float]:
    """The Theil-Sen slope, which is the median of the slopes between all pairs of values, and its standard error.

    :param values: equally spaced, at least three
    """
    count = len(values)
    found = median([(values[j] - values[i]) / (j - i) for i in range(count) for j in range(i + 1, count)])
    noise = scaled_mad([value - found * n for n, value in enumerate(values)])
    return found, noise / (count * (count * count - 1) / 12) ** 0.5
