"""Billing periods."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("billing_day", "day", "start", "end"),
    [
        (1, "2026-02-28", "2026-02-01", "2026-03-01"),
        (15, "2026-03-14", "2026-02-15", "2026-03-15"),
        (15, "2026-03-15", "2026-03-15", "2026-04-15"),
        (15, "2026-01-03", "2025-12-15", "2026-01-15"),
        (31, "2026-02-27", "2026-01-31", "2026-02-28"),
        (31, "2026-02-28", "2026-02-28", "2026-03-31"),
        (30, "2028-02-29", "2028-02-29", "2028-03-30"),
        (31, "2026-12-31", "2026-12-31", "2027-01-31"),
    ],
)
def test_a_day_lies_in_the_period_that_began_last(billing_day: int, day: str, start: str, end: str) -> None:
    found = Periods(billing_day).containing(date.fromisoformat(day))
    assert found == Window(date.fromisoformat(start), date.fromisoformat(end))


@given(day=DAYS, billing_day=st.integers(1, 31))
def test_periods_tile_all_days(day: date, billing_day: int) -> None:
    periods = Periods(billing_day)
    period = periods.containing(day)
    assert day in period and 28 <= len(period) <= 31
    assert {periods.containing(each) for each in period.days()} == {period}
    assert periods.before(period).end == period.start
    assert periods.containing(period.end).start == period.end


@given(day=DAYS, billing_day=st.integers(1, 31), days=st.integers(0, 800))
def test_periods_between_two_days_follow_each_other(day: date, billing_day: int, days: int) -> None:
    last = day + timedelta(days=days)
    found = Periods(billing_day).between(day, last)
    assert day in found[0] and last in found[-1]
    assert all(one.end == other.start for one, other in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("billing_day", "day", "before"),
    [(1, "2026-03-31", "2026-02-28"), (1, "2026-03-10", "2026-02-10"), (15, "2026-03-14", "2026-02-11"),
     (15, "2026-04-14", "2026-03-14"), (15, "2026-03-15", "2026-02-15")],
)  # fmt: skip
def test_the_same_day_of_the_period_before_is_as_far_from_its_start(billing_day: int, day: str, before: str) -> None:
    assert Periods(billing_day).same_day_before(date.fromisoformat(day)) == date.fromisoformat(before)


def test_so_many_periods_before_are_counted_one_by_one() -> None:
    period = Periods(31).containing(date(2026, 4, 2))
    assert Periods(31).before(period, 13).start == date(2025, 2, 28)
    assert CALENDAR.before(CALENDAR.containing(date(2026, 3, 5)), 0).start == date(2026, 3, 1)


@pytest.mark.parametrize("wrong", [0, 32, -1, 1.5, "1", None, True])
def test_other_billing_days_are_refused(wrong: object) -> None:
    with pytest.raises(UsageArgumentError, match="1 to 31"):
        Periods.of(wrong)
