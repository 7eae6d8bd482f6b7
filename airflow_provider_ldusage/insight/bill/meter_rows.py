"""The table ``usage_meters``: a row for each day and billed meter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.account_figures import AccountFigures, Forecasting
from airflow_provider_ldusage.insight.bill.meters import Meter
from airflow_provider_ldusage.insight.bill.plan import Terms
from airflow_provider_ldusage.query import Column

METERS_TABLE = "usage_meters"
METERS_SUMMARY = (
    "The report: a row for each day and billed meter, with the billing period as far as it had got by then. Never sum "
    "days or meters; quantity alone may be summed over days."
)
METERS_SCHEMA = (
    Column("meter", "string"),
    Column("unit", "string"),
    Column("quantity", "double"),
    Column("period_start", "date32"),
    Column("period_end", "date32"),
    Column("period_to_date", "double"),
    Column("forecast", "double"),
    Column("forecast_low", "double"),
    Column("forecast_high", "double"),
    Column("forecast_method", "string"),
    Column("included", "double"),
    Column("percent_of_included", "double"),
    Column("cost_to_date", "double"),
    Column("cost_forecast", "double"),
    Column("currency", "string"),
    Column("exceeds_on", "date32"),
    Column("complete", "bool"),
    Column("data_through", "timestamp[ms, UTC]"),
)


@dataclass(frozen=True)
class MeterRow:
    """A day of a meter. Fields that are not explained have their column's meaning in ``docs/report.md``.

    :param day: the row is about its end, and uses nothing later
    :param period: half-open, as all windows
    """

    day: date
    meter: str
    unit: str
    quantity: float | None
    period: Window
    period_to_date: float | None
    forecast: float | None
    forecast_low: float | None
    forecast_high: float | None
    forecast_method: str
    included: float | None
    percent_of_included: float | None
    cost_to_date: float | None
    cost_forecast: float | None
    currency: str | None
    exceeds_on: date | None
    complete: bool
    data_through: datetime | None

    def to_record(self) -> dict[str, Any]:
        """The value of each column."""
        periods = {"period_start": self.period.start, "period_end": self.period.end}
        return {column.name: periods.get(column.name) or getattr(self, column.name) for column in METERS_SCHEMA}


def meter_rows(meter: Meter, figures: AccountFigures, terms: Terms, window: Window) -> Iterator[MeterRow]:
    """Make the rows of a meter for the days of a window, from its first figure on.

    Each period has forecasts of its own, since they look back equally far from its start.
    """
    forecasting: Mapping[Window, Forecasting] = {}
    for day in _days_from(figures.first, window):
        period = figures.periods.containing(day)
        if period not in forecasting:
            forecasting = {period: figures.forecasting(period)}
        yield _row(meter, figures, terms, day, period, forecasting[period])


def _days_from(first: date | None, window: Window) -> Iterable[date]:
    return (day for day in window.days() if first is not None and first <= day)


def _row(
    meter: Meter, figures: AccountFigures, terms: Terms, day: date, period: Window, forecasting: Forecasting
) -> MeterRow:
    to_date, found = figures.to_date(day), forecasting.forecast(period, day)
    return MeterRow(
        day=day,
        meter=meter.name,
        unit=meter.unit,
        quantity=figures.quantity(day),
        period=period,
        period_to_date=to_date,
        forecast=found.total,
        forecast_low=found.low,
        forecast_high=found.high,
        forecast_method=found.method,
        included=None if terms.included is None else float(terms.included),
        percent_of_included=terms.percent(to_date),
        cost_to_date=terms.cost(to_date),
        cost_forecast=terms.cost(found.total),
        currency=terms.currency,
        exceeds_on=None if terms.included is None else found.exceeds_on(float(terms.included)),
        complete=figures.is_complete(day),
        data_through=figures.data_through(day),
    )
