"""Rows of a day: sorted, hashed by their meaning, and written without a trace of the other days of their answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import arrow_schema, arrow_type
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Labels

SCHEMA = (
    Column("time", "timestamp[ms, UTC]"),
    Column("value", "int64"),
    Column("project_id", "string"),
    Column("extra", "string"),
)
T0 = 1_782_864_000_000
TEXTS = st.none() | st.text(st.characters(codec="utf-8"), max_size=4)


def rows(
    cells: Sequence[tuple[int, Any, tuple[str | None, str | None]]],
    also: Sequence[tuple[str | None, str | None]] = (),
    schema: tuple[Column, ...] = SCHEMA,
) -> Rows:
    """Rows from (time, value, label), in any order; ``also``: labels of other days of the same answer."""
    labels = Labels(("project_id", "extra"), {*(label for _, _, label in cells), *also})
    ranks = {label: rank for rank, label in enumerate(labels.rows)}
    cells = sorted(cells, key=lambda cell: (ranks[cell[2]], cell[0]))
    numbers = {
        "time": pa.array([time for time, _, _ in cells], pa.int64()),
        "value": pa.array([value for _, value, _ in cells], arrow_type(schema[1].type)),
    }
    return Rows.of(schema, labels, pa.array([ranks[label] for _, _, label in cells], pa.int32()), numbers)


CELLS = [(T0, 2, ("b", None)), (T0, 1, ("a", '{"x":1}')), (T0 + 1, 3, ("a", '{"x":1}')), (T0, 4, (None, None))]


def test_a_table_is_plain_arrow_of_the_schemas_types() -> None:
    table = rows(CELLS).table()
    assert table.schema == arrow_schema(SCHEMA)
    assert table.column("project_id").to_pylist() == [None, "a", "a", "b"]
    assert table.column("value").to_pylist() == [4, 1, 3, 2]
    assert rows(CELLS).encoded_table().cast(table.schema).equals(table)


def test_no_rows_are_a_table_too() -> None:
    assert rows([]).table().equals(arrow_schema(SCHEMA).empty_table())
    assert rows([]).content_hash == rows([], also=[("a", None)]).content_hash != rows(CELLS).content_hash


def test_a_hash_is_for_ever() -> None:
    """If this fails, every day of every lake counts as restated: do not change the expected value lightly."""
    assert rows(CELLS).content_hash == "775ce4e3631f4ed22a39f0b113342b570eaa1c34294397af9cc5d82476c96940"


@given(st.permutations(CELLS), st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_other_days_of_the_answer_leave_no_trace(cells: list[Any], also: list[Any]) -> None:
    assert rows(cells, also).content_hash == rows(CELLS).content_hash
    assert rows(cells, also).encoded_table().equals(rows(CELLS).encoded_table())
    encoded = rows(cells, also).encoded_table().column("project_id").combine_chunks()
    assert encoded.dictionary.to_pylist() == ["a", "b"], "just the strings of this day"


ANY_CELLS = st.dictionaries(
    st.tuples(st.integers(T0, T0 + 2), st.tuples(TEXTS, TEXTS)), st.integers(0, 2**63 - 1), max_size=5
).map(lambda found: [(time, value, label) for (time, label), value in found.items()])


@given(ANY_CELLS, ANY_CELLS)
def test_hashes_are_equal_exactly_where_the_rows_are(one: list[Any], two: list[Any]) -> None:
    assert (rows(one).content_hash == rows(two).content_hash) == (set(one) == set(two))


@pytest.mark.parametrize(
    "schema",
    [
        (*SCHEMA[:2], Column("project_key", "string"), SCHEMA[3]),
        (SCHEMA[0], Column("value", "double"), *SCHEMA[2:]),
    ],
)
def test_columns_of_another_name_or_type_are_another_content(schema: tuple[Column, ...]) -> None:
    other = rows(CELLS, schema=schema)
    assert other.content_hash != rows(CELLS).content_hash


def test_null_and_empty_text_are_two_labels_and_null_and_zero_two_figures() -> None:
    label = ("a", None)
    assert rows([(T0, 1, ("", None))]).content_hash != rows([(T0, 1, (None, None))]).content_hash
    assert rows([(T0, 0, label)]).content_hash != rows([(T0, None, label)]).content_hash
    assert rows([(T0, None, label)]).table().column("value").to_pylist() == [None]


def test_a_slice_of_an_array_is_hashed_as_itself() -> None:
    whole = rows([(T0, 1, ("a", None)), (T0 + 1, 2, ("a", None))])
    numbers = {name: array.slice(1) for name, array in whole.numbers.items()}
    part = Rows.of(whole.schema, whole.labels, whole.codes.slice(1), numbers)
    assert part.content_hash == rows([(T0 + 1, 2, ("a", None))]).content_hash
    assert part.table().equals(rows([(T0 + 1, 2, ("a", None))]).table())
