"""LaunchDarkly's own projection of a billing period, where its record is at least as good as ours.

A projection has a cumulative figure for each day of the whole period. It is used unless LaunchDarkly's projections
were further off than our forecasts in the earlier periods that have both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.forecaster import Forecaster, half_width, log_error
from airflow_provider_ldusage.insight.forecasts.outlook import COUNTED, Forecast

METHOD = "projected by LaunchDarkly"
AGREES = 0.1
"""How far its figure of the last counted day may be from ours: beyond that, it is of another period or unit."""
FRESH_DAYS = 2
"""An older projection is not used."""

Projection = Mapping[date, float]
"""Day -> cumulative figure of the period, in the meter's unit."""


class Projected:
    """Forecasts of a meter that LaunchDarkly projects too.

    :param ours: our forecasts of it
    :param seen: last complete day -> the projection that was made then. One that was seen on a day is of the day
        before, which was the last complete one.
    """

    def __init__(self, ours: Forecaster, seen: Mapping[date, Projection]) -> None:
        self.ours = ours
        self.seen = seen

    def forecast(self, period: Window, through: date) -> Forecast:
        """See :meth:`.Forecaster.forecast`. Uses no projection of a later day."""
        ours = self.ours.forecast(period, through)
        projection = self.latest(period, through)
        if projection is None or ours.method == COUNTED:
            return ours
        record = self.record(period, through)
        if sum(theirs for theirs, _ in record) > sum(own for _, own in record):
            return ours
        counted = ours.counted or 0.0
        rest = projection[period.end - DAY] - counted
        factor = math.exp(half_width([theirs for theirs, _ in record]))
        low, high = counted + rest / factor, counted + rest * factor
        if not record and ours.low is not None and ours.high is not None:
            low, high = min(ours.low, counted + rest), max(ours.high, counted + rest)
        known = self.ours.known(period, through)
        path = {**known, **_rising(projection, counted, period, through)}
        return replace(ours, method=METHOD, total=counted + rest, low=low, high=high, path=path)

    def latest(self, period: Window, through: date) -> Projection | None:
        """The projection of the period that was the latest on a day, if it is whole, fresh and agrees with us."""
        for days in range(FRESH_DAYS + 1):
            if projection := self.seen.get(through - days * DAY):
                return projection if self._fits(projection, period, through) else None
        return None

    def record(self, period: Window, through: date) -> list[tuple[float, float]]:
        """How far off LaunchDarkly's and our forecasts were in earlier periods, with as many days left.

        Both are logarithms of the rest over what was expected of it, without sign.
        """
        left, found = period.end - through, []
        for earlier in self.ours.before(period, through):
            at = max(earlier.end - left, earlier.start)
            theirs, ours, final = self.latest(earlier, at), self.ours.path(earlier, at), self.ours.final(earlier)
            if theirs and ours and final is not None:
                rest = final - ours.counted
                projected = theirs[earlier.end - DAY] - ours.counted
                found.append((abs(log_error(rest, projected)), abs(log_error(rest, ours.rest))))
        return found

    def _fits(self, projection: Projection, period: Window, through: date) -> bool:
        end = projection.get(period.end - DAY)
        known = self.ours.known(period, through)
        if end is None or not known or max(projection) >= period.end or end < known[max(known)]:
            return False
        here = projection.get(max(known))
        return here is None or abs(here - known[max(known)]) <= AGREES * known[max(known)]


def _rising(projection: Projection, counted: float, period: Window, through: date) -> dict[date, float]:
    """Later day -> figure, never below what is counted, nor below the day before."""
    found, figure = {}, counted
    for day in period.days():
        if day > through:
            figure = max(figure, min(projection.get(day, figure), projection[period.end - DAY]))
            found[day] = figure
    return found
