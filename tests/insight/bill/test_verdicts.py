"""Where a meter stands, and what is news."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.meter_rows import MeterRow
from airflow_provider_ldusage.insight.bill.verdicts import EXPECTED, PASSED, check_warn_at, told_before, verdict
from airflow_provider_ldusage.lake.state import Known, State, Status
from tests.insight.figures import day

PARTS = (0.7, 0.9)
ROW = MeterRow(
    day("03-10"), "ai_runs", "runs", 1.0, Window(day("03-01"), day("04-01")), 50.0, 90.0, 80.0, 95.0, "m", 100.0, 50.0,
    None, None, None, None, True, None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "marks", "text"),
    [
        ({}, (), "within the plan"),
        ({"included": None}, (), "no plan"),
        ({"period_to_date": None}, (), "within the plan"),
        ({"period_to_date": 70.0}, (0.7,), "at 70% of the plan or more"),
        ({"period_to_date": 95.0}, (0.7, 0.9), "at 90% of the plan or more"),
        ({"exceeds_on": date(2026, 3, 28)}, (EXPECTED,), "expected to pass the plan on 2026-03-28"),
        ({"period_to_date": 100.0}, (0.7, 0.9), "at 90% of the plan or more"),
        ({"period_to_date": 101.0, "exceeds_on": date(2026, 3, 9)}, (0.7, 0.9, PASSED), "the plan is passed"),
    ],
)
def test_a_meter_stands_where_its_row_says(changes: dict[str, Any], marks: tuple[Any, ...], text: str) -> None:
    found = verdict(replace(ROW, **changes), None, PARTS)
    assert (found.marks, found.news, found.text) == (marks, marks, text)


def test_news_is_what_was_not_said_in_the_same_period() -> None:
    now = replace(ROW, period_to_date=95.0)
    before = replace(ROW, period_to_date=75.0)
    assert verdict(now, before, PARTS).news == (0.9,)
    assert verdict(now, now, PARTS).news == ()
    earlier = replace(now, period=Window(day("02-01"), day("03-01")))
    assert verdict(now, earlier, PARTS).news == PARTS


def test_the_last_report_is_of_the_last_day_before() -> None:
    days = {day(text): Known(Status.OPEN, None) for text in ("03-07", "03-08", "03-10")}
    told = told_before(State("t", days=days), day("03-10"))
    assert told.before == day("03-08")
    assert told_before(State("t"), day("03-10")).before is None


@pytest.mark.parametrize("before", [None, day("03-08")])
def test_a_second_try_knows_what_the_first_one_knew(before: date | None) -> None:
    first = told_before(State("t", days={before: Known(Status.OPEN, None)} if before else {}), day("03-10"))
    written = {day(text): Known(Status.OPEN, None) for text in ("03-08", "03-09", "03-10")}
    state = State("t", days=written, other=first.to_json())
    assert told_before(state, day("03-10")) == first
    assert told_before(state, day("03-11")).before == day("03-10")


@pytest.mark.parametrize("wrong", [0.7, "0.7", [70], [0], [-0.1], [True], ["0.7"], None])
def test_other_parts_are_refused(wrong: object) -> None:
    with pytest.raises(UsageArgumentError, match="for 70 %"):
        check_warn_at(wrong)


def test_parts_are_put_in_order() -> None:
    assert check_warn_at([0.9, 0.5, 1]) == (0.5, 0.9, 1.0)
    assert check_warn_at(()) == ()
