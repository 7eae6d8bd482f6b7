"""The view of the bill, beside what SQL finds in ``usage_meters``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import instant_text
from airflow_provider_ldusage.insight.bill.meter_rows import METERS_SCHEMA
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.views.bill_view import bill_view
from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from tests.insight.figures import day
from tests.insight.lakes import LAST, ReportLake
from tests.insight.views.conftest import BILLING_DAY, Viewed

# A meter's days of its current period; the 20th of April lies in both kinds.
CURRENT = (
    "SELECT meter, max(period_start) AS start FROM usage_meters WHERE usage_date = DATE '2026-04-20' GROUP BY meter"
)


def tuples(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[name] for name in names) for row in rows)


def plain(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with days and instants as JSON has them."""
    texts = {date: date.isoformat, datetime: instant_text}
    return sorted(tuple(texts.get(type(value), lambda value: value)(value) for value in row) for row in rows)


def test_each_meter_has_its_last_row_with_a_verdict(viewed: Viewed) -> None:
    view = viewed.view("bill")
    names = [column.name for column in METERS_SCHEMA if column.name != "quantity"]
    stored = viewed.lake.sql(f"SELECT {', '.join(names)} FROM usage_meters WHERE usage_date = DATE '2026-04-20'")
    assert tuples(view["meters"], *names) == plain(stored)
    assert {row["day"] for row in view["meters"]} == {LAST}
    assert (view["version"], view["through"], view["late"]) == (1, LAST, None)
    verdicts = {row["meter"]: row["verdict"] for row in view["meters"]}
    assert verdicts["clientside_mau"] == "the plan is passed"
    assert verdicts["data_export_events"] == "no plan"
    assert [row["meter"] for row in view["meters"]][:2] == ["clientside_mau", "service_connections"]


def test_the_current_period_has_every_day(viewed: Viewed) -> None:
    names = ("meter", "day", "period_to_date", "forecast", "forecast_low", "forecast_high", "quantity")
    stored = viewed.lake.sql(
        "SELECT meter, usage_date::VARCHAR, period_to_date, forecast, forecast_low, forecast_high, quantity "
        f"FROM usage_meters JOIN ({CURRENT}) USING (meter) WHERE usage_date >= start"
    )
    found = viewed.view("bill")["days"]
    assert tuples(found, *names) == sorted(stored)
    assert {row["day"] for row in found if row["meter"] == "ai_runs"} == {f"2026-04-{n}" for n in range(15, 21)}


def test_periods_that_ended_have_their_last_figure(viewed: Viewed) -> None:
    stored = viewed.lake.sql(
        "SELECT meter, period_start, period_end, period_to_date, included, cost_to_date, currency, complete "
        "FROM usage_meters WHERE usage_date + 1 = period_end"
    )
    found = viewed.view("bill")["months"]
    names = ("meter", "period_start", "period_end", "figure", "included", "cost", "currency", "complete")
    assert tuples(found, *names) == plain(stored)
    assert [row["period_end"] for row in found if row["meter"] == "ai_runs"] == [
        "2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15",
    ]  # fmt: skip


def test_what_the_report_leaves_out_is_said(viewed: Viewed) -> None:
    (said,) = viewed.view("bill")["missing"]
    assert said.startswith("experimentation_keys: no figure of the account")


def test_a_meter_that_is_not_loaded_through_the_last_day_is_late(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake", day("02-10"))
    for number in (9, 10):
        (lake.folder / "runs" / f"usage_date=2026-02-{number:02}" / "all.parquet").unlink()
    lake.report(day("02-10"))
    assert Viewed(lake).view("bill")["late"] == "Not loaded through 2026-02-10 yet: ai_runs (through 2026-02-08)."


def test_another_billing_day_breaks_no_month_in_two(viewed: Viewed) -> None:
    """Days that an earlier report has written keep the periods they had."""
    meters = WrittenDays.of(viewed.lake.load.store, "usage_meters")
    assert meters is not None
    found = bill_view(meters, Periods(3), (0.7,), ())
    assert found is not None
    assert {row["meter"] for row in found["months"]} == {"clientside_mau"}
    now = {row["meter"]: row["period_start"] for row in found["meters"]}
    for row in found["days"]:
        assert now[row["meter"]] <= row["day"]


def test_without_a_report_there_is_no_view(viewed: Viewed) -> None:
    meters = WrittenDays.of(viewed.lake.load.store, "usage_meters")
    assert meters is not None
    assert bill_view(replace(meters, state=replace(meters.state, days={})), Periods(BILLING_DAY), (), ()) is None


@pytest.mark.parametrize("through", [None, datetime(2026, 4, 18, tzinfo=timezone.utc)])
def test_data_that_is_behind_is_named_with_its_last_day(through: datetime | None) -> None:
    from airflow_provider_ldusage.insight.views.bill_view import _late

    said = _late([{"meter": "m", "data_through": through}], date(2026, 4, 20))
    assert said is not None
    assert ("not at all" if through is None else "through 2026-04-17") in said
