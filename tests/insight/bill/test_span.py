"""Which days a report writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from airflow_provider_ldusage.days import Window, midnight
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.bill.sources import Source
from airflow_provider_ldusage.insight.bill.span import Span, check_months, span_of
from airflow_provider_ldusage.lake.inventory import SliceState
from airflow_provider_ldusage.lake.state import Known, State, Status
from tests.insight.figures import day, group_table

YESTERDAY = day("11-11")


def state(days: Iterable[date], asked_after: int = 9) -> State:
    return State("t", days={each: Known(Status.FINAL, midnight(each) + timedelta(days=asked_after)) for each in days})


def _asked(on: str) -> Known:
    return Known(Status.FINAL, midnight(day(on)))


def _days(first: str, last: str) -> dict[date, Known]:
    return dict.fromkeys(between(first, f"2026-{last}"), _asked("11-09"))


def between(first: str, last: str) -> list[date]:
    return list(Window(date.fromisoformat(first), date.fromisoformat(last)).days())


def span(
    final: Iterable[date] | None,
    own: Iterable[date] = (),
    months: int = 1,
    billing_day: int = 1,
    meter: str = "ai_runs",
) -> Span:
    table = group_table(meter).stored
    slices = () if final is None else (SliceState({}, state(final)),)
    source = Source(METERS[meter], replace(table, slices=slices), None, {})
    return span_of([source], Periods(billing_day), months, state(own, 10), YESTERDAY)


OWN = between("2025-10-01", "2026-11-11")


def test_the_first_report_writes_thirteen_months() -> None:
    found = span(between("2020-01-01", "2026-11-01"))
    assert found.write == Window(date(2025, 11, 1), day("11-12"))
    assert found.read_from == date(2025, 11, 1)


@pytest.mark.parametrize(
    ("final_through", "months", "start", "open_from"),
    [
        ("2026-11-08", 1, "2026-10-01", "2026-11-01"),
        ("2026-11-08", 0, "2026-11-01", "2026-11-01"),
        ("2026-10-31", 1, "2026-09-01", "2026-10-01"),
        ("2026-11-08", 3, "2026-08-01", "2026-11-01"),
        ("2026-09-15", 1, "2026-09-01", "2026-10-01"),
        ("2026-06-15", 1, "2026-09-01", "2026-10-01"),
        ("2019-06-15", 1, "2026-09-01", "2026-10-01"),
    ],
)
def test_later_ones_write_periods_that_are_open_and_some_more(
    final_through: str, months: int, start: str, open_from: str
) -> None:
    found = span(between("2019-01-01", final_through), OWN, months)
    assert (found.write.start, found.open_from) == (date.fromisoformat(start), date.fromisoformat(open_from))


def test_days_since_the_last_report_are_written_too() -> None:
    found = span(between("2019-01-01", "2026-11-08"), between("2025-10-01", "2026-07-20"))
    assert found.write.start == day("07-20")


def test_days_that_nobody_has_loaded_for_long_are_not_waited_for() -> None:
    hole = [*between("2026-01-01", "2026-01-31"), *between("2026-05-01", "2026-11-08")]
    found = span(hole, OWN)
    assert (found.write.start, found.open_from) == (day("10-01"), day("11-01"))


def test_old_days_that_are_loaded_after_all_are_written_once() -> None:
    filled = SliceState({}, State("t", days={**_days("2026-05-01", "11-08"), day("02-10"): _asked("11-12")}))
    source = Source(METERS["ai_runs"], replace(group_table("ai_runs").stored, slices=(filled,)), None, {})
    before, after = (State("t", days=dict.fromkeys(OWN, _asked(when))) for when in ("11-12", "11-13"))
    written = [span_of([source], Periods(), 1, own, YESTERDAY) for own in (before, after)]
    assert [found.write.start for found in written] == [day("02-10"), day("10-01")]
    assert {found.open_from for found in written} == {day("11-01")}


def test_days_before_the_first_load_are_not_open() -> None:
    assert span(between("2026-10-20", "2026-11-08"), OWN).open_from == day("11-01")


def test_without_a_state_time_tells() -> None:
    assert span(None, OWN).open_from == day("11-01")


def test_reading_begins_with_a_period_and_a_month() -> None:
    found = span(between("2019-01-01", "2026-11-08"), OWN, billing_day=15)
    assert (found.open_from, found.write.start) == (day("10-15"), day("09-15"))
    assert found.read_from == day("09-01")
    assert found.history_from == date(2025, 8, 1)
    assert found.projections_from == day("06-01")


@pytest.mark.parametrize("wrong", [-1, 13, "1", 1.0, None, True])
def test_other_numbers_of_months_are_refused(wrong: object) -> None:
    with pytest.raises(UsageArgumentError, match="0 to 12"):
        check_months(wrong)
    assert check_months(12) == 12
