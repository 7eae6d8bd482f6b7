"""Tables, pairs, JSON, and errors in two lines."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone

import pytest

from airflow_provider_ldusage.cli.output import cell_text, error_text, json_text, pairs_text, size_text, table_text
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError

MOMENT = datetime(2026, 11, 12, 9, 30, 1, 7000, tzinfo=timezone.utc)


def test_numbers_stand_right_and_texts_left() -> None:
    assert table_text(["table", "rows"], [["a", 1234], ["longer", 5]]).splitlines() == [
        "table    rows",
        "a       1,234",
        "longer      5",
    ]


def test_a_table_without_rows_has_its_headings() -> None:
    assert table_text(["table", "rows"], []) == "table  rows"


def test_the_widest_texts_are_cut_in_their_middle_to_fit() -> None:
    rows = [["clientside_mau_month_to_date_daily_by_project_id", 12, "short"]]
    heading, line = table_text(["table", "rows", "note"], rows, width=40).splitlines()
    assert (len(heading), line) == (39, "clientside_m...y_project_id    12  short")
    assert "clientside_mau_month_to_date_daily_by_project_id" in table_text(["table", "rows", "note"], rows)


def test_numbers_and_days_are_never_cut() -> None:
    (_, line) = table_text(["a", "b", "c"], [["x" * 30, date(2026, 11, 12), MOMENT]], width=20).splitlines()
    assert line == "xxxxx...xxxx  2026-11-12  2026-11-12 09:30"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), ("", "-"), (0, "0"), (1234567, "1,234,567"), (True, "yes"), (False, "no"),
        (date(2026, 11, 12), "2026-11-12"), (MOMENT, "2026-11-12 09:30"), ("x", "x"),
    ],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12345, "12.3 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"),
     (3 * 10**9, "3.0 GB"), (5 * 10**15, "5,000.0 TB")],
)  # fmt: skip
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_several_lines_of_a_value_stand_below_each_other() -> None:
    assert pairs_text({"name": "x", "filters": "a\nb", "nothing": ""}).splitlines() == [
        "name     x",
        "filters  a",
        "         b",
        "nothing  -",
    ]


def test_json_has_days_and_instants_as_text() -> None:
    found = json.loads(json_text({"day": date(2026, 11, 12), "at": MOMENT, "é": None}))
    assert found == {"day": "2026-11-12", "at": "2026-11-12T09:30:01.007Z", "é": None}


def test_a_long_error_is_two_lines_and_a_short_one_is_one() -> None:
    short = LaunchDarklyUsageError("Wrong.", "Do\n  that.", about="GET /x")
    assert error_text(short) == "Wrong. Do that. (GET /x)"
    long = LaunchDarklyUsageError("Wrong. And that.", "Do that. " * 20, about="GET /x")
    assert error_text(long).splitlines() == ["Wrong. And that.", f"{'Do that. ' * 20}(GET /x)"]
    assert error_text(LaunchDarklyUsageError("x. " * 100, about="/x")) == f"{'x. ' * 100}(/x)"
