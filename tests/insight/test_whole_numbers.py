"""Whole numbers within bounds, and what is said of anything else."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.whole_numbers import whole_number

HINT = "Give 1 to 3."


@pytest.mark.parametrize("value", [1, 2, 3])
def test_a_number_within_its_bounds_is_returned(value: int) -> None:
    assert whole_number("count", value, range(1, 4), HINT) == value


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [(0, "0"), (4, "4"), (2.0, "2.0"), (True, "True"), ("2", "'2'"), (None, "None"), ([2], "[2]")],
)
def test_anything_else_is_refused(wrong: object, shown: str) -> None:
    with pytest.raises(UsageArgumentError) as refused:
        whole_number("count", wrong, range(1, 4), HINT)
    assert str(refused.value) == f"count={shown} is not allowed. {HINT}"


def test_an_argument_may_have_words_of_its_own() -> None:
    with pytest.raises(UsageArgumentError, match=r"^day=9 is no day\. Give 1 to 3\.$"):
        whole_number("day", 9, range(1, 4), HINT, fault="is no day")
