"""Means, spreads and slopes that a few odd days do not move."""

from __future__ import annotations

from collections.abc import Sequence

# Student's t, one-sided 90 %, for 1, 2, ... degrees of freedom: a symmetric range of 80 %.
_T_80 = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341)
NORMAL_80 = 1.282


def t_80(count: int) -> float:
    """How many standard errors a range of 80 % extends to each side.

    :param count: of the errors that the standard error was estimated from, at least one
    """
    return _T_80[count - 1] if count <= len(_T_80) else NORMAL_80 + 0.9 / count


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the middle two.

    :param values: at least one
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread(values: Sequence[float]) -> float:
    """The standard deviation of normal values with these quartiles: from the median distance to the median."""
    middle = median(values)
    return 1.4826 * median([abs(value - middle) for value in values])


def trimmed_mean(values: Sequence[float]) -> float:
    """The mean without the lowest and highest fifth.

    :param values: at least one
    """
    cut = len(values) // 5
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) / len(kept)


def slope(values: Sequence[float]) -> tuple[float, float]:
    """The median of the slopes between all pairs of equally spaced values (Theil and Sen), and its standard error.

    :param values: at least three
    """
    count = len(values)
    found = median([(values[j] - values[i]) / (j - i) for i in range(count) for j in range(i + 1, count)])
    noise = spread([value - found * n for n, value in enumerate(values)])
    return found, noise / (count * (count * count - 1) / 12) ** 0.5
