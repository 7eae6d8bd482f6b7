"""Texts for people: counts, and warnings that stay short whatever they name."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.log_text import MAX_TABLE_NAME, MAX_WARNING, counted, fitted, table_named


@pytest.mark.parametrize(("count", "text"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (12_345, "12,345 days")])
def test_a_count_has_the_plural_but_for_one(count: int, text: str) -> None:
    assert counted(count, "day") == text


@pytest.mark.parametrize("count", [1, 5, 12_345])
@pytest.mark.parametrize("long", [1, 40, 150, 1000])
def test_a_warning_is_short_and_says_how_many_there_are(count: int, long: int) -> None:
    texts = [f"{number}{'x' * long}" for number in range(min(count, 5))]
    line = f"Check {fitted('a head: ', texts, count)}"
    assert len(line) <= MAX_WARNING
    named = sum(f"{number}x" in line for number in range(5))
    assert named >= 1
    assert line.endswith(f"; and {count - named:,} more") or count == named


def test_a_warning_whose_texts_all_fit_names_them_all() -> None:
    assert fitted("Gone: ", ["a", "b"], 2) == "Gone: a; b"
    assert fitted("Nothing is named") == "Nothing is named"


def test_a_head_that_is_too_long_is_cut() -> None:
    line = fitted("h" * 1000)
    assert len(f"Check {line}") == MAX_WARNING and line.endswith("h...")


@pytest.mark.parametrize("spare", [0, 6, 100])
def test_spare_characters_are_left_free(spare: int) -> None:
    assert len(fitted("h" * 1000, spare=spare)) == MAX_WARNING - len("Check ") - spare


def test_a_long_table_name_loses_its_middle_only() -> None:
    assert table_named("t" * MAX_TABLE_NAME) == "t" * MAX_TABLE_NAME
    long = table_named("first_" + "m" * 100 + "_last")
    assert len(long) == MAX_TABLE_NAME and long.startswith("first_") and long.endswith("_last") and "..." in long
