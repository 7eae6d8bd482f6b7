"""Times that are believed, and numbers in requests."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.testing.api.world import END_MS, believable, whole_number


def test_times_of_this_century_are_believed() -> None:
    first = 946_684_800_000
    assert [believable(time) for time in (first - 1, first, END_MS - 1, END_MS)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("1234", 1234), ("12345", None), ("", None), ("-1", None), ("1.0", None), ("٣", None)],
)
def test_numbers_are_ascii_digits_of_limited_length(text: str, number: int | None) -> None:
    assert whole_number(text, digits=4) == number
