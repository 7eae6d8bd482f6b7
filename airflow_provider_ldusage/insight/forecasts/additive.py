"""Additive meters: what is counted, plus what is expected of each day that is left.

An expected day is the current level, continued along a damped trend, times the factor of its weekday, times that of its
place in the month where earlier months had peaks there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.forecaster import Forecaster, Path
from airflow_provider_ldusage.insight.forecasts.level import Level, recent_level
from airflow_provider_ldusage.insight.forecasts.robust_statistics import NORMAL_80
from airflow_provider_ldusage.insight.forecasts.seasonality import Seasonality

HISTORY_DAYS = 28
"""Fewer days of usage are too little history."""
MAX_DAYS = 400
"""Older days are not looked at."""
KNOWN_PART = 0.8
"""Of a period's days: a period with fewer known days is not used to judge forecasts."""


class Additive(Forecaster):
    """Meters whose figure is the sum of their days. ``figures`` has the quantity of each day."""

    method = "by weekday"

    def __init__(self, figures: Mapping[date, float], periods: Iterable[Window]) -> None:
        super().__init__(figures, periods)
        self._quantities = {day.toordinal(): quantity for day, quantity in self.figures.items()}

    def known(self, period: Window, through: date) -> dict[date, float]:
        """See :meth:`.Forecaster.known`."""
        found, total = {}, 0.0
        for day in period.days():
            if day <= through and day in self.figures:
                total += self.figures[day]
                found[day] = total
        return found

    def look_ahead(self, period: Window, through: date) -> Path | None:
        """See :meth:`.Forecaster.look_ahead`. Days that are missing are expected like those to come."""
        known = self.known(period, through)
        counted = max(known.values(), default=0.0)
        absent = [day for day in period.days() if day > through or day not in self.figures]
        if not absent:
            return Path(counted, {}, 0.0)
        if (model := self.model(through)) is None:
            return None
        seasonality, level = model
        expected = {day: level.on(day.toordinal()) * seasonality.factor(day.toordinal()) for day in absent}
        figure, ahead = 0.0, {}
        for day in period.days():
            figure += expected[day] if day in expected else self.figures[day]
            if day >= absent[0]:
                ahead[day] = figure
        rest = sum(expected.values())
        return Path(counted, ahead, rest, NORMAL_80 * level.error / level.now if level.now else 0.0)

    def final(self, period: Window) -> float | None:
        """See :meth:`.Forecaster.final`."""
        days = list(period.days())
        if sum(day in self.figures for day in days) < KNOWN_PART * len(days):
            return None
        path = self.path(period, period.end - DAY)
        return None if path is None else path.counted + path.rest

    def model(self, through: date) -> tuple[Seasonality, Level] | None:
        """The seasonality and the level that the days through one show; None with too little history."""
        last = through.toordinal()
        history = self._history(last)
        if not history or last - min(history) + 1 < HISTORY_DAYS:
            return None
        seasonality = Seasonality(history, last)
        return seasonality, recent_level(history, seasonality, last)

    def _history(self, last: int) -> dict[int, float]:
        """Ordinal of a day -> quantity, of the last :data:`MAX_DAYS`. Zeros before the first use are left out."""
        days = range(last - MAX_DAYS + 1, last + 1)
        found = {day: self._quantities[day] for day in days if day in self._quantities}
        first = next((day for day, quantity in found.items() if quantity), None)
        return {} if first is None else {day: quantity for day, quantity in found.items() if day >= first}
