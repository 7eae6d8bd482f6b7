"""The account's figures of one meter by day: a billing period to date, and what it is forecast from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import fsum
from typing import Protocol

from airflow_provider_ldusage.days import DAY, Window, midnight
from airflow_provider_ldusage.insight.bill.meters import AdditiveMeter, Meter
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.forecasts.additive import Additive
from airflow_provider_ldusage.insight.forecasts.forecaster import Forecaster
from airflow_provider_ldusage.insight.forecasts.outlook import Forecast
from airflow_provider_ldusage.insight.forecasts.projected import Projected, Projection
from airflow_provider_ldusage.insight.forecasts.uniques import Uniques

HISTORY = 13
"""How many periods before one its forecasts are made from: always as many, so that they are the same whenever made."""
PROJECTED_HISTORY = 3
"""The same, of LaunchDarkly's own projections."""


class Forecasting(Protocol):
    """Forecasts a period, see :meth:`.Forecaster.forecast`."""

    def forecast(self, period: Window, through: date) -> Forecast: ...


@dataclass(frozen=True)
class AccountFigures(ABC):
    """Figures of one meter by day, in its unit.

    :param days: the days that are known: quantities of days, or figures of the month to date
    :param periods: the meter's
    :param projections: last complete day -> LaunchDarkly's own projection
    """

    days: Mapping[date, float]
    periods: Periods
    projections: Mapping[date, Projection]

    @abstractmethod
    def quantity(self, day: date) -> float | None:
        """The quantity of a day; None if it is unknown, or days have none."""

    @abstractmethod
    def to_date(self, day: date) -> float | None:
        """The figure of the day's period as far as it is known on a day; None: not at all."""

    @abstractmethod
    def is_complete(self, day: date) -> bool:
        """Whether :meth:`to_date` covers every day of the period up to this one."""

    @abstractmethod
    def forecaster(self, days: Mapping[date, float], periods: list[Window]) -> Forecaster:
        """Our forecasts, made from some of the days."""

    @cached_property
    def first(self) -> date | None:
        """The first day that is known."""
        return min(self.days, default=None)

    @cached_property
    def last(self) -> date | None:
        """The last day that is known."""
        return max(self.days, default=None)

    def known(self, day: date) -> list[date]:
        """The known days of the day's period, up to the day."""
        return [each for each in Window(self.periods.containing(day).start, day + DAY).days() if each in self.days]

    def data_through(self, day: date) -> datetime | None:
        """The end of the last known day; None: none is known."""
        known = self.known(day)
        return midnight(known[-1] + DAY) if known else None

    def forecasting(self, period: Window) -> Forecasting:
        """The forecasts of a period, from its own days and those of the periods before it."""
        start = self.periods.before(period, HISTORY).start
        ours = self._of_all_days if self.first is None or start <= self.first else self._forecaster_from(start)
        since = self.periods.before(period, PROJECTED_HISTORY).start
        seen = {day: found for day, found in self.projections.items() if since <= day < period.end}
        return Projected(ours, seen) if seen else ours

    @cached_property
    def _of_all_days(self) -> Forecaster:
        """One for all periods that look back to the first day, since it keeps what it finds out."""
        return self._forecaster_from(date.min)

    def _forecaster_from(self, start: date) -> Forecaster:
        days = {day: figure for day, figure in self.days.items() if start <= day}
        return self.forecaster(days, self.periods.between(min(days), max(days)) if days else [])


class AdditiveFigures(AccountFigures):
    """Quantities of days."""

    def quantity(self, day: date) -> float | None:
        return self.days.get(day)

    def to_date(self, day: date) -> float | None:
        known = self.known(day)
        return fsum(self.days[each] for each in known) if known else None

    def is_complete(self, day: date) -> bool:
        return len(self.known(day)) == (day - self.periods.containing(day).start).days + 1

    def forecaster(self, days: Mapping[date, float], periods: list[Window]) -> Forecaster:
        return Additive(days, periods)


class UniqueFigures(AccountFigures):
    """Figures of the month to date."""

    def quantity(self, day: date) -> float | None:
        return None

    def to_date(self, day: date) -> float | None:
        known = self.known(day)
        return self.days[known[-1]] if known else None

    def is_complete(self, day: date) -> bool:
        return day in self.days

    def forecaster(self, days: Mapping[date, float], periods: list[Window]) -> Forecaster:
        return Uniques(days, periods)


def account_figures(
    meter: Meter,
    billing: Periods,
    read: Mapping[date, float | None],
    earlier: Mapping[date, float],
    projections: Mapping[date, Projection],
) -> AccountFigures:
    """Put the figures of a meter together.

    :param read: day -> figure in the metric's unit, see :func:`.reading.read_totals`
    :param earlier: day -> figure in the meter's unit, of days before those
    """
    periods = meter.periods(billing)
    if isinstance(meter, AdditiveMeter):
        counted = {day: (figure or 0.0) / meter.divisor for day, figure in read.items()}
        return AdditiveFigures({**earlier, **counted}, periods, projections)
    return UniqueFigures({**earlier, **_carried(read, periods)}, periods, projections)


def _carried(read: Mapping[date, float | None], periods: Periods) -> dict[date, float]:
    """Day -> figure of the month to date. A day that was loaded without a figure has that of the day before, since
    nobody new has come; before the first figure of a month it is 0."""
    found: dict[date, float] = {}
    month, last = None, 0.0
    for day in sorted(read):
        if (of := periods.containing(day)) != month:
            month, last = of, 0.0
        figure = read[day]
        last = last if figure is None else figure
        found[day] = last
    return found
