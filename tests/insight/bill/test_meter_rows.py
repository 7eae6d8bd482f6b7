"""Rows of meters."""

from __future__ import annotations

from airflow_provider_ldusage.days import Window, midnight
from airflow_provider_ldusage.insight.bill.meter_rows import METERS_SCHEMA, MeterRow, meter_rows
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.insight.bill.plan import Plan
from tests.insight.figures import day, figures

PLAN = Plan.of({"ai_runs": {"included": 5, "price": 2, "currency": "USD"}})
WINDOW = Window(day("03-01"), day("03-05"))


def rows(read: dict[str, float | None]) -> list[MeterRow]:
    meter = METERS["ai_runs"]
    return list(meter_rows(meter, figures("ai_runs", read), PLAN.of_meter("ai_runs"), WINDOW))


def test_a_row_has_the_period_and_the_plan() -> None:
    found = rows({"03-01": 4, "03-02": 3})[1]
    assert (found.quantity, found.period_to_date, found.period.start) == (3, 7, day("03-01"))
    assert (found.included, found.percent_of_included, found.cost_to_date, found.currency) == (5, 140, 4, "USD")
    assert (found.exceeds_on, found.complete, found.data_through) == (day("03-02"), True, midnight(day("03-03")))
    assert (found.forecast, found.cost_forecast, found.forecast_method) == (None, None, "too little history")


def test_there_is_a_row_for_each_day_from_the_first_figure_on() -> None:
    found = rows({"03-02": 4, "03-04": 3})
    assert [row.day for row in found] == [day("03-02"), day("03-03"), day("03-04")]
    assert [(row.quantity, row.period_to_date, row.complete) for row in found] == [
        (4, 4, False), (None, 4, False), (3, 7, False),
    ]  # fmt: skip
    assert rows({}) == []


def test_records_have_every_column() -> None:
    record = rows({"03-01": 4})[0].to_record()
    assert list(record) == [column.name for column in METERS_SCHEMA]
    assert (record["period_start"], record["period_end"]) == (day("03-01"), day("04-01"))
