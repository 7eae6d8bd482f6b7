"""Both readers of points have one interface, and read the same from the same points."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.answers.exact_reader import ExactReader
from airflow_provider_ldusage.answers.fast_reader import FastReader
from airflow_provider_ldusage.answers.points import Point, PointContext, PointReader
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.rows.arrow import from_bytes

Cells = list[tuple[int, dict[int, Any]]]
KEEP = range(1, 3)
READERS: dict[str, Callable[[PointContext], PointReader]] = {
    "fast": lambda context: FastReader(context, ExactReader(context)),
    "exact": ExactReader,
}
each_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)


def read(
    make: Callable[[PointContext], PointReader], code: str, blocks: Sequence[list[dict[str, Any]]], keys: int = 4
) -> tuple[Cells, set[int]]:
    """Time and figures by label number of each point, and the labels that were seen."""
    with Scratch() as figures:
        context = PointContext(code, {str(key): 10 * key for key in range(keys)}, figures, KEEP)
        reader = make(context)
        points = [point for block in blocks for point in reader.read(json.dumps(block).encode())]
        return [cells(point, code, figures) for point in points], reader.seen


def cells(point: Point, code: str, figures: Scratch) -> tuple[int, dict[int, Any]]:
    values = from_bytes(figures.read(point.place, 8 * len(point.labels)), code).to_pylist()
    present = {label: value for label, value in zip(point.labels, values, strict=True) if value >= 0}
    assert (point.count, point.usage) == (len(present), sum(map(bool, present.values())))
    return point.time, present


POINTS = st.fixed_dictionaries({"time": st.integers(0, 5)}).flatmap(
    lambda point: st.dictionaries(st.sampled_from("0123"), st.integers(0, 3) | st.just(2**53), max_size=4).map(
        lambda figures: {**point, **dict(sorted(figures.items()))}
    )
)


@given(st.lists(st.lists(POINTS, max_size=5), max_size=3), st.sampled_from("qd"))
def test_both_readers_read_the_same(blocks: list[list[dict[str, Any]]], code: str) -> None:
    assert read(READERS["fast"], code, blocks) == read(READERS["exact"], code, blocks)


@each_reader
def test_labels_are_seen_at_times_to_keep_alone(reader: Any) -> None:
    found, seen = read(reader, "q", [[{"time": 0, "0": 1}, {"time": 1, "1": 0}, {"time": 2, "2": 5}]])
    assert found == [(0, {0: 1}), (1, {10: 0}), (2, {20: 5})]
    assert seen == {10, 20}


@each_reader
@pytest.mark.parametrize("point", [{"time": 1, "0": -1}, {"time": 1, "9": 1}, {"time": 1, "0": "x"}, {"0": 1}])
def test_what_does_not_fit_is_refused(reader: Any, point: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        read(reader, "q", [[{"time": 1, "0": 1, "1": 1}, point]])


@each_reader
def test_what_is_no_list_of_points_is_refused(reader: Any) -> None:
    with pytest.raises(AnswerError, match="no list of points"):
        read(reader, "q", [{"time": 1}])  # type: ignore[list-item]


@each_reader
def test_no_points_are_none(reader: Any) -> None:
    assert read(reader, "q", [[], [{"time": 1, "0": 1}], []]) == ([(1, {0: 1})], {0})
