"""What was fetched says how much it is, and lets go of what it has set aside."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime, timezone

import pytest

from airflow_provider_ldusage.answers.lists import list_rows
from airflow_provider_ldusage.engine.fetched import Fetched
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Day
from tests.loading import decoded, every_day

ASKED_AT = datetime(2026, 11, 12, 3, tzinfo=timezone.utc)
TODAY = date(2026, 11, 12)


def days_of(count: int) -> dict[date, Day]:
    whole = every_day("2026-11-08", "2026-11-11")
    found = decoded({f"p{number}": whole for number in range(count)}, date(2026, 11, 7), date(2026, 11, 11))
    return {day: rows for day, rows in found.items() if rows is not None}


@pytest.mark.parametrize(
    ("series", "text"),
    [(0, "0 points of 0 series"), (3, "12 points of 3 series"), (1200, "4,800 points of 1,200 series")],
)
def test_series_are_counted_with_their_points(series: int, text: str) -> None:
    assert str(Fetched(ASKED_AT, days_of(series), series=series)) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 items"), (1, "1 item"), (1200, "1,200 items")])
def test_the_rows_of_a_list_are_items(count: int, text: str) -> None:
    query = UsageQuery.build("mau_sdks")
    rows = list_rows([f"sdk {number}" for number in range(count)], query, query.schema)
    assert str(Fetched(ASKED_AT, {TODAY: rows})) == text


def test_figures_that_were_set_aside_are_released_once() -> None:
    released: list[str] = []
    stack = ExitStack()
    stack.callback(released.append, "figures")
    fetched = Fetched(ASKED_AT, {}, set_aside=stack)
    assert released == []
    fetched.close()
    fetched.close()
    assert released == ["figures"]


def test_nothing_is_covered_or_forecast_unless_the_answers_say_so() -> None:
    fetched = Fetched(ASKED_AT, {})
    assert (dict(fetched.coverage), fetched.data_through, fetched.projection) == ({}, None, None)
    fetched.close()
