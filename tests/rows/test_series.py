"""What is derived of the series of rows is the same whether it was known before or is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import numbers
from airflow_provider_ldusage.rows.labels import Labels
from airflow_provider_ldusage.rows.series import RowSeries

SCHEMA = (Column("time", "timestamp[ms, UTC]"), Column("project_id", "string"), Column("extra", "string"))
LABELS = Labels(("project_id", "extra"), [(None, None), ("a", None), ("b", "x"), ("c", "x")])


def series(codes: Sequence[int], **known: Any) -> RowSeries:
    return RowSeries(SCHEMA, LABELS, numbers(codes, "i"), **known)


def facts(found: RowSeries) -> tuple[Any, ...]:
    columns = {name: (column.to_pylist(), column.type) for name, column in found.columns.items()}
    counts = dict(zip(*(each.to_pylist() for each in found.counts), strict=True))
    return found.codes.to_pylist(), found.present, counts, found.hash, found.content_hasher().hexdigest(), columns


def dictionary(found: RowSeries, name: str) -> list[str]:
    return found.columns[name].dictionary.to_pylist()


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.booleans())
def test_some_of_the_rows_are_as_if_made_by_themselves(mask: list[bool], unique: bool) -> None:
    kept, (other,) = series(range(4), unique=unique).filter(
        numbers(map(int, mask), "i").cast("bool"), numbers([5, 6, 7, 8], "q")
    )
    codes = [code for code, keep in enumerate(mask) if keep]
    assert facts(kept) == facts(series(codes))
    assert other.to_pylist() == [5 + code for code in codes]


@given(st.lists(st.integers(0, 3), max_size=8).map(sorted))
def test_bits_and_counts_tell_which_labels_have_rows(codes: list[int]) -> None:
    found = series(codes)
    assert found.present == sum(1 << code for code in set(codes))
    assert dict(zip(*(each.to_pylist() for each in found.counts), strict=True)) == {
        code: codes.count(code) for code in codes
    }


def test_dictionaries_have_the_strings_of_these_rows_alone() -> None:
    assert dictionary(series([1, 3]), "project_id") == ["a", "c"]
    assert dictionary(series([1, 3]), "extra") == ["x"]
    assert series([0, 1]).columns["extra"].to_pylist() == [None, None]
    assert series([0]).columns["project_id"].to_pylist() == [None]


def test_a_hash_is_of_the_labels_and_the_content_hash_of_their_rows_too() -> None:
    once, twice = series([1, 2]), series([1, 2, 2])
    assert once.hash == twice.hash != series([1]).hash
    assert once.content_hasher().digest() != twice.content_hasher().digest()


def test_a_hasher_is_everyones_own() -> None:
    found = series([1])
    hasher = found.content_hasher()
    hasher.update(b"figures")
    assert hasher.digest() != found.content_hasher().digest()


def test_another_name_or_type_of_a_column_is_another_hash() -> None:
    renamed = (SCHEMA[0], Column("project_key", "string"), SCHEMA[2])
    assert RowSeries(renamed, LABELS, numbers([1], "i")).hash != series([1]).hash


def test_codes_may_be_part_of_an_array() -> None:
    part = numbers([0, 1, 2], "i").slice(1)
    assert facts(RowSeries(SCHEMA, LABELS, part)) == facts(series([1, 2]))
