"""Arrow arrays made of Python's own memory say what Python's said, and pandas is never imported for them."""

from __future__ import annotations

from array import array
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows import arrow

LONG = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("string", pa.string()),
        ("int64", pa.int64()),
        ("double", pa.float64()),
        ("timestamp[ms, UTC]", pa.timestamp("ms", tz="UTC")),
    ],
)
def test_columns_types_are_arrows(name: str, kind: pa.DataType) -> None:
    assert arrow.arrow_type(name) == kind
    assert arrow.arrow_schema([Column("a", name)]) == pa.schema([("a", kind)])


@pytest.mark.parametrize(("kind", "code"), [(pa.int32(), "i"), (pa.int64(), "q"), (pa.float64(), "d")])
def test_each_type_of_numbers_has_one_code(kind: pa.DataType, code: str) -> None:
    values = arrow.as_arrow(array(code, [3, 1]))
    assert (values.type, values.to_pylist(), arrow.code_of(values)) == (kind, [3, 1], code)
    assert arrow.from_bytes(array(code, [3, 1]).tobytes(), code).equals(values)
    assert list(arrow.view(values, code)) == [3, 1]
    assert list(arrow.view(values.slice(1), code)) == [1]
    assert arrow.scalar(3, code) == pa.scalar(3, kind)


@given(st.lists(st.none() | LONG, max_size=20))
def test_numbers_may_be_null(values: list[int | None]) -> None:
    assert arrow.numbers(values, "q").equals(pa.array(values, pa.int64()))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3), max_size=5))
def test_texts_are_strings(values: list[str]) -> None:
    assert arrow.texts(values).equals(pa.array(values, pa.string()))


@given(st.lists(st.booleans(), max_size=20), st.integers(0, 20))
def test_bits_of_a_mask_begin_with_the_lowest(mask: list[bool], start: int) -> None:
    part = mask[start:]
    found = arrow.bits(pa.array([*mask, True], pa.bool_()).slice(min(start, len(mask)), len(part)))
    assert found == sum(flag << place for place, flag in enumerate(part))


@given(st.lists(st.none() | LONG, min_size=1, max_size=9), st.lists(st.none() | LONG, min_size=1, max_size=9))
def test_hashable_bytes_are_equal_where_the_numbers_are(one: list[Any], two: list[Any]) -> None:
    found = [arrow.hashable(pa.array(each, pa.int64())) for each in (one, two, [None, *one])]
    assert (found[0] == found[1]) == (one == two)
    assert arrow.hashable(pa.array([None, *one], pa.int64()).slice(1)) == found[0] != found[2]
