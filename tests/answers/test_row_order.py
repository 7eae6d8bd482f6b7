"""Cells of points become rows sorted by label, then time; days of the same series share one order."""

from __future__ import annotations

from array import array

import pytest

from airflow_provider_ldusage.answers.points import Point
from airflow_provider_ldusage.answers.row_order import RowOrders, repeated
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import as_arrow, numbers
from airflow_provider_ldusage.rows.labels import Labels

SCHEMA = (Column("time", "timestamp[ms, UTC]"), Column("value", "int64"), Column("project_id", "string"))
LABELS = Labels(("project_id",), [("a",), ("b",), ("c",)])
ALL = array("i", [0, 1, 2])  # numbers of the labels c, a, b
DAY = 86_400_000


def orders() -> RowOrders:
    return RowOrders(SCHEMA, LABELS, [2, 0, 1])


def points(*times: int, labels: array[int] = ALL) -> list[Point]:
    return [Point(time, labels, 0, len(labels), 0) for time in times]


def test_rows_are_sorted_by_label_then_time() -> None:
    order = orders().of(points(5, 8))
    rows = order.rows(numbers([1, 2, 3, 4, 5, 6], "q"), 5, absent=False)
    assert order.unique
    assert rows.codes.to_pylist() == [0, 0, 1, 1, 2, 2]
    assert rows.numbers["time"].to_pylist() == [5, 8, 5, 8, 5, 8]
    assert rows.numbers["value"].to_pylist() == [2, 5, 3, 6, 1, 4]


@pytest.mark.parametrize("times", [(5,), (5, 8)])
def test_absent_figures_are_no_rows(times: tuple[int, ...]) -> None:
    order = orders().of(points(*times))
    rows = order.rows(as_arrow(array("q", [7, -1, 9] * len(times))), 5, absent=True)
    assert set(rows.codes.to_pylist()) == {1, 2}
    assert rows.numbers["value"].to_pylist() == [9] * len(times) + [7] * len(times)
    assert rows.numbers["time"].to_pylist() == [*times, *times]
    assert rows.present == 0b110


def test_a_day_of_the_same_series_has_the_same_order() -> None:
    found = orders()
    first = found.of(points(5, 8))
    assert found.of(points(5 + DAY, 8 + DAY)) is first
    assert found.of(points(5, 9)) is not first
    assert found.of(points(5, 8, labels=array("i", [1, 2]))) is not first


def test_a_label_twice_at_a_time_is_not_unique() -> None:
    assert orders().of(points(5, 6)).unique
    assert not orders().of(points(5, 5)).unique
    assert not orders().of(points(5, labels=array("i", [1, 1]))).unique


def test_the_first_row_that_is_repeated_is_found() -> None:
    times = numbers([1, 1, 2, 2], "q")
    assert repeated(numbers([0, 0, 0, 0], "i"), times) == 0
    assert repeated(numbers([0, 1, 1, 1], "i"), times) == 2
    assert repeated(numbers([0, 1, 1, 2], "i"), times) is None
    assert repeated(numbers([0], "i"), times[:1]) is None
