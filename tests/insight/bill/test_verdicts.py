"""Where a meter stands, and what is news."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.meter_rows import MeterRow
from airflow_provider_ldusage.insight.bill.verdicts import EXPECTED, PASSED, alert_history, check_warn_at, verdict
from airflow_provider_ldusage.lake.state import State
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
        ({"included": 0.0, "period_to_date": 0.0}, (), "within the plan"),
        ({"included": 0.0, "period_to_date": 1.0}, (PASSED,), "the plan is passed"),
        ({"period_to_date": 70.0}, (0.7,), "at 70% of the plan or more"),
        ({"period_to_date": 95.0}, (0.7, 0.9), "at 90% of the plan or more"),
        ({"exceeds_on": date(2026, 3, 28)}, (EXPECTED,), "expected to pass the plan on 2026-03-28"),
        ({"period_to_date": 95.0, "included": 95.4}, (0.7, 0.9), "at 90% of the plan or more"),
        ({"period_to_date": 100.0}, (0.7, 0.9), "at 90% of the plan or more"),
        ({"period_to_date": 101.0, "exceeds_on": date(2026, 3, 9)}, (0.7, 0.9, PASSED), "the plan is passed"),
    ],
)
def test_a_meter_stands_where_its_row_says(changes: dict[str, Any], marks: tuple[Any, ...], text: str) -> None:
    found = verdict(replace(ROW, **changes), None, PARTS)
    assert (found.marks, found.news, found.text) == (marks, marks, text)


def told(state: State, on: str, *rows: MeterRow) -> tuple[State, list[tuple[Any, ...]]]:
    """The state after a report, and the news of each row."""
    history = alert_history(state, day(on))
    found = [verdict(row, history.before.get(row.meter), PARTS) for row in rows]
    return State("t", other=json.loads(json.dumps(history.to_json(found)))), [each.news for each in found]


def test_news_is_what_was_not_said_in_the_same_period() -> None:
    state, news = told(State("t"), "03-08", replace(ROW, period_to_date=75.0))
    assert news == [(0.7,)]
    state, news = told(state, "03-09", replace(ROW, period_to_date=95.0))
    assert news == [(0.9,)]
    state, news = told(state, "03-10", replace(ROW, period_to_date=60.0))
    state, news = told(state, "03-11", replace(ROW, period_to_date=95.0))
    assert news == [()]
    april = Window(day("04-01"), day("05-01"))
    assert told(state, "04-01", replace(ROW, period_to_date=95.0, period=april))[1] == [PARTS]


def test_what_was_said_and_held_no_more_is_no_news_tomorrow() -> None:
    state, news = told(State("t"), "03-10", replace(ROW, period_to_date=75.0), replace(ROW, meter="gone"))
    assert news == [(0.7,), ()]
    state, news = told(state, "03-10", replace(ROW, period_to_date=69.0))
    assert news == [()]
    state, news = told(state, "03-10", replace(ROW, period_to_date=75.0))
    assert news == [(0.7,)], "as a second try says it"
    state, _ = told(state, "03-10", replace(ROW, period_to_date=69.0))
    assert told(state, "03-11", replace(ROW, period_to_date=95.0))[1] == [(0.9,)]


@pytest.mark.parametrize(("part", "text"), [(0.125, "12.5%"), (0.995, "99.5%"), (0.07, "7%"), (1.0, "100%")])
def test_a_part_is_said_as_it_was_given(part: float, text: str) -> None:
    found = verdict(replace(ROW, period_to_date=100 * part, exceeds_on=None), None, [part])
    assert found.text == f"at {text} of the plan or more"


def test_of_another_plan_nothing_was_said() -> None:
    state, _ = told(State("t"), "03-08", ROW)
    smaller = replace(ROW, included=40.0)
    state, news = told(state, "03-09", smaller)
    assert news == [(*PARTS, PASSED)]
    assert told(state, "03-10", smaller)[1] == [()]


def test_a_second_try_says_the_same_and_no_meter_is_forgotten() -> None:
    row, other = replace(ROW, period_to_date=75.0), replace(ROW, meter="events", period_to_date=95.0)
    state, _ = told(State("t"), "03-08", other)
    state, news = told(state, "03-09", row)
    assert news == told(state, "03-09", row)[1] == [(0.7,)]
    assert told(state, "03-10", row, other)[1] == [(), ()]


@pytest.mark.parametrize("wrong", [0.7, "0.7", [70], [0], [-0.1], [True], ["0.7"], None])
def test_other_parts_are_refused(wrong: object) -> None:
    with pytest.raises(UsageArgumentError, match="for 70 %"):
        check_warn_at(wrong)


def test_parts_are_put_in_order() -> None:
    assert check_warn_at([0.9, 0.5, 1]) == (0.5, 0.9, 1.0)
    assert check_warn_at(()) == ()
