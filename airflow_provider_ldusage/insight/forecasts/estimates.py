"""Three estimates of a month's final number of uniques by earlier months' curves; :mod:`.uniques` combines them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_ldusage.insight.forecasts.curves import Curve
from airflow_provider_ldusage.insight.forecasts.robust_statistics import median

REMEMBERED = 0.8
"""A month has this part of the weight of the month after it."""
TAIL = 0.25
"""The part of the weight that is trimmed at either end: a month with a launch says little about others."""
RECENT = 7.0
"""The time by the clock that counts as recent: a week."""
GROWTHS = 5
"""How many months' growths the expected growth is the median of."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month so far.

    :param curve: of what is counted
    :param time: at the end of the last day that is counted
    :param end: the time at the month's end
    :param earlier: the curves of earlier months, the last one first; at least one
    """

    curve: Curve
    time: float
    end: float
    earlier: Sequence[Curve]

    @property
    def counted(self) -> float:
        """The figure so far."""
        return self.curve.figures[-1]


def by_part(month: Month) -> float | None:
    """What is counted, divided by the part of their final figure that earlier months had reached by this time."""
    pairs = [(curve.at(month.time), curve.at(month.end)) for curve in month.earlier]
    scale = _usual_ratio(pairs)
    return month.counted * scale if scale and month.counted else None


def by_recent_rise(month: Month) -> float | None:
    """What is counted, and the rise of the last week times what earlier months rose from here, by their last week."""
    since = max(month.time - RECENT, 0.0)
    pairs = [
        (curve.at(month.time) - curve.at(since), curve.at(month.end) - curve.at(month.time)) for curve in month.earlier
    ]
    scale = _usual_ratio(pairs)
    rise = month.counted - month.curve.at(since)
    return month.counted + rise * scale if scale and month.counted else None


def by_finals(month: Month) -> float | None:
    """The final figure of the last month, as long as this one is, and the growth of the last few."""
    finals = [final for curve in month.earlier[: GROWTHS + 1] if (final := curve.at(month.end)) > 0]
    if not finals:
        return None
    growths = [math.log(finals[n] / finals[n + 1]) for n in range(len(finals) - 1)]
    return finals[0] * math.exp(median(growths) if growths else 0.0)


def _usual_ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The trimmed weighted mean of second over first, the latest weighing most; None if no pair has a ratio.

    A weighted median would leap from one ratio to the next as time goes on.
    """
    ratios = sorted((b / a, REMEMBERED**n) for n, (a, b) in enumerate(pairs) if a > 0 and b > 0)
    if not ratios:
        return None
    whole = sum(weight for _, weight in ratios)
    total = weights = reached = 0.0
    for ratio, weight in ratios:
        within = min(reached + weight, (1 - TAIL) * whole) - max(reached, TAIL * whole)
        if within > 0:
            total += within * math.log(ratio)
            weights += within
        reached += weight
    return math.exp(total / weights)
