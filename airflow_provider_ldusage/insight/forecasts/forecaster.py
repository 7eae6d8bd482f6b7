"""What all forecasts share: they start from what is counted, have a range, and use no later figures."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.outlook import COUNTED, Forecast

MAX_ERROR = 1.5
"""Errors are logarithms, and bounded: a rest of more than 4.5 times the expected one counts as 4.5 times."""
ASSUMED_ERROR = 0.3
"""The error, as a logarithm, that is assumed where no earlier period has one."""
WIDER = (3.1, 1.5, 1.2)
"""What the largest of one, two or three errors is multiplied by for a range of 80 %, if errors are normal."""
MAX_PERIODS = 12
"""Earlier periods whose errors count."""


@dataclass(frozen=True, slots=True)
class Path:
    """The way to a period's end, as seen on a day.

    :param counted: through that day
    :param ahead: the figure at the end of each day from the first one on that is not known; never falls
    :param rest: what the period's end is expected to add to what is counted
    :param doubt: how far off the rest may be for reasons that earlier periods do not show, as a logarithm
    """

    counted: float
    ahead: Mapping[date, float]
    rest: float
    doubt: float = 0.0


class Forecaster(ABC):
    """Forecasts the periods of one meter.

    What it finds out about one day is kept for the next, so ask one forecaster for all days of a meter.

    :param figures: day -> figure; a day without one is unknown, and not zero
    :param periods: the meter's billing periods as far as the figures go, whole ones; they follow each other
    """

    method: ClassVar[str]

    def __init__(self, figures: Mapping[date, float], periods: Iterable[Window]) -> None:
        self.figures = dict(figures)
        self.periods = sorted(periods)
        self._paths: dict[tuple[date, date], Path | None] = {}

    @abstractmethod
    def known(self, period: Window, through: date) -> dict[date, float]:
        """Day -> figure of the period at the day's end, of the days that are known."""

    @abstractmethod
    def look_ahead(self, period: Window, through: date) -> Path | None:
        """The expected path; None with too little history. Uses no figure of a day after ``through``."""

    @abstractmethod
    def final(self, period: Window) -> float | None:
        """The figure of a period that is over; None if it is not known well enough to judge a forecast by."""

    def forecast(self, period: Window, through: date) -> Forecast:
        """Forecast a period's figure.

        :param through: the last complete day; nothing later is used
        """
        known = self.known(period, through)
        counted = known[max(known)] if known else None
        path = self.path(period, through)
        if path is None:
            return Forecast(counted, path=known)
        total = path.counted + path.rest
        if not path.rest and through >= period.end - DAY:
            return Forecast(counted, COUNTED, total, total, total, known)
        factor = math.exp(max(self.spread(period, through), path.doubt))
        low, high = path.counted + path.rest / factor, path.counted + path.rest * factor
        return Forecast(counted, self.method, total, low, high, {**known, **path.ahead})

    def path(self, period: Window, through: date) -> Path | None:
        """The expected path, made once."""
        key = (period.start, through)
        if key not in self._paths:
            self._paths[key] = self.look_ahead(period, through)
        return self._paths[key]

    def before(self, period: Window, through: date) -> list[Window]:
        """The latest periods before this one that are over on a day, the last one first."""
        over = [each for each in self.periods if each.end <= period.start and each.end - DAY <= through]
        return over[::-1][:MAX_PERIODS]

    def errors(self, period: Window, through: date) -> list[float]:
        """How wrong the same forecast was in earlier periods with as many days left: log(rest / expected rest)."""
        left = period.end - through
        found = []
        for earlier in self.before(period, through):
            at = max(earlier.end - left, earlier.start)
            path, final = self.path(earlier, at), self.final(earlier)
            if path is not None and final is not None:
                found.append(log_error(final - path.counted, path.rest))
        return found

    def spread(self, period: Window, through: date) -> float:
        """The half width of a range of 80 %, as a logarithm of what the rest is multiplied or divided by."""
        return half_width(self.errors(period, through))


def log_error(actual: float, expected: float) -> float:
    """The logarithm of what came over what was expected, within ±:data:`MAX_ERROR`."""
    if actual <= 0 or expected <= 0:
        return 0.0 if actual <= 0 and expected <= 0 else math.copysign(MAX_ERROR, actual - expected)
    return max(-MAX_ERROR, min(MAX_ERROR, math.log(actual / expected)))


def half_width(errors: Sequence[float]) -> float:
    """The half width of a range of 80 %, by split conformal prediction.

    If errors are exchangeable, the next one is at most the 0.8 (n + 1)-th smallest of n errors with a probability of
    80 %. With fewer than four, even the largest is too small, and is widened as for normal errors.
    """
    if not errors:
        return WIDER[0] * ASSUMED_ERROR
    sizes = sorted(map(abs, errors))
    if len(sizes) <= len(WIDER):
        return WIDER[len(sizes) - 1] * sizes[-1]
    rank = 0.8 * (len(sizes) + 1)
    below = int(rank)
    between = sizes[min(below, len(sizes) - 1)] - sizes[below - 1]
    return sizes[below - 1] + (rank - below) * between
