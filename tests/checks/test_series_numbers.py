"""Series have one number each, whichever answer or file their rows come from."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.rows.day import Rows
from tests.loading import decoded

DAY = date(2026, 11, 2)


def day_of(*names: str) -> Rows:
    rows = decoded({name: {str(DAY): 1} for name in names}, DAY, DAY)[DAY]
    assert rows is not None
    return rows


def names_in(bits: int, series: SeriesNumbers) -> set[str]:
    return {series.name(number) for number in range(bits.bit_length()) if bits >> number & 1}


@pytest.mark.parametrize("answers", [["ab", "ab"], ["bc", "abc"], ["c", "b", "a"], ["ab", "b", "ab"], ["b", "ab", "b"]])
def test_a_series_has_the_same_number_in_every_answer(answers: list[str]) -> None:
    series = SeriesNumbers()
    for names in answers:
        rows = day_of(*names)
        numbers = series.of_rows(rows).to_pylist()
        assert [series.name(number) for number in numbers] == [f"{{project_id={name}}}" for name in names]
        assert [series.find(series.label(number)) for number in numbers] == numbers
        assert names_in(series.present(rows), series) == {f"{{project_id={name}}}" for name in names}


def test_a_series_that_no_answer_had_has_no_number() -> None:
    series = SeriesNumbers()
    series.of_rows(day_of("a", "b"))
    assert series.find(("c", None)) is None


def test_numbers_are_named_in_the_order_of_labels() -> None:
    series = SeriesNumbers()
    for names in ("c", "a", "b"):
        series.of_rows(day_of(names))
    assert [series.name(number) for number in series.ordered([0, 1, 2])] == [
        "{project_id=a}", "{project_id=b}", "{project_id=c}",
    ]  # fmt: skip
