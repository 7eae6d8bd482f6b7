"""The view of the bill: each meter to date and expected, its current period by day, the periods that ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_ldusage.days import DAY, Window, midnight
from airflow_provider_ldusage.insight.bill.meter_rows import METERS_SCHEMA, MeterRow
from airflow_provider_ldusage.insight.bill.meters import place_of
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.bill.verdicts import verdict
from airflow_provider_ldusage.insight.stored_days import Record
from airflow_provider_ldusage.insight.views.spans import every_span
from airflow_provider_ldusage.insight.views.written_days import WrittenDays

_NOW = (
    "meter", "unit", "period_start", "period_end", "day", "period_to_date", "forecast", "forecast_low", "forecast_high",
    "forecast_method", "included", "percent_of_included", "cost_to_date", "cost_forecast", "currency", "exceeds_on",
    "complete", "data_through", "verdict",
)  # fmt: skip
_BY_DAY = ("meter", "day", "period_to_date", "forecast", "forecast_low", "forecast_high", "quantity")
_BY_MONTH = ("meter", "period_start", "period_end", "figure", "included", "cost", "currency", "complete")


def bill_view(
    meters: WrittenDays, billing: Periods, warn_at: Sequence[float], missing: Sequence[str]
) -> dict[str, Any] | None:
    """Make the view.

    :param meters: the table ``usage_meters``
    :param warn_at: parts of the plan to name
    :param missing: what the report leaves out
    :return: None: nothing is reported yet
    :raises StoreError: the store cannot be read
    """
    if (last := meters.last) is None:
        return None
    spans = every_span(billing, last)
    wanted = [day for span in spans for day in (*span.current, *span.ended)]
    rows = {day: [{**row, "day": day} for row in found] for day, found in meters.records(wanted).items()}
    now = sorted(rows.get(last, []), key=lambda row: place_of(row["meter"]))
    ended = sorted({day for span in spans for day in span.ended})
    return {
        "through": last,
        "late": _late(now, last),
        "meters": [_chosen(_NOW, {**row, "verdict": _verdict(row, warn_at)}) for row in now],
        "days": [_chosen(_BY_DAY, row) for of in now for row in _current(of, rows)],
        "months": [_chosen(_BY_MONTH, row) for of in now for row in _ended(of, rows, ended)],
        "missing": list(missing),
    }


def _current(now: Record, rows: Mapping[date, list[Record]]) -> Iterable[Record]:
    """The rows of a meter in the period of its last row."""
    for day in sorted(rows):
        for row in rows[day]:
            if row["meter"] == now["meter"] and row["period_start"] == now["period_start"]:
                yield row


def _ended(now: Record, rows: Mapping[date, list[Record]], days: Iterable[date]) -> Iterable[Record]:
    """The last rows of a meter's periods. A day in the middle of one, of another meter or billing day, is none."""
    for day in days:
        for row in rows.get(day, []):
            if row["meter"] == now["meter"] and row["period_end"] == day + DAY:
                yield {**row, "figure": row["period_to_date"], "cost": row["cost_to_date"]}


def _verdict(row: Record, warn_at: Sequence[float]) -> str:
    fields = {column.name: row[column.name] for column in METERS_SCHEMA if column.name in row}
    period = Window(fields.pop("period_start"), fields.pop("period_end"))
    return verdict(MeterRow(day=row["day"], period=period, **fields), None, warn_at).text


def _late(now: Iterable[Record], last: date) -> str | None:
    """Which meters are not counted through the last day."""
    late = [row for row in now if row["data_through"] is None or row["data_through"] < midnight(last + DAY)]
    if not late:
        return None
    known = [f"{row['meter']} ({_through(row)})" for row in late]
    return f"Not loaded through {last} yet: {', '.join(known)}."


def _through(row: Record) -> str:
    return f"through {(row['data_through'] - DAY).date()}" if row["data_through"] else "not at all in this period"


def _chosen(names: Sequence[str], row: Record) -> Record:
    return {name: row.get(name) for name in names}
