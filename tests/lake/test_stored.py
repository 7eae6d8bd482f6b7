"""What is read from a day's file, and what becomes of its rows beside those of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.lake import stored
from airflow_provider_ldusage.lake.parquet import DAMAGED, encoder, footer_of
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.coverage import Coverage

NAME = "t/usage_date=2026-11-01/all.parquet"
FIGURES = {1: {("p", "node"): 5, ("q", "go"): 0, (None, "go"): 7}}


@pytest.fixture
def rows(runs: Any) -> Any:
    (found,) = runs.rows(FIGURES).values()
    return found


@pytest.fixture
def data(rows: Any) -> bytes:
    return encoder(rows, {})()


@pytest.mark.parametrize("guess", [8, 100, 1 << 20])
def test_a_footer_is_read_however_long_it_is(
    place: Any, data: bytes, guess: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "FOOTER_GUESS", guess)
    assert stored.read_footer(place.store, NAME) is None
    place.write(NAME, data)
    found = stored.read_footer(place.store, NAME)
    assert (found == DAMAGED) if guess == 8 else (found == footer_of(data))


def test_a_footer_that_claims_to_be_longer_than_its_file_is_damaged(place: Any, data: bytes) -> None:
    place.write(NAME, data[:-8] + b"\xff\xff\xff\x7fPAR1")
    assert stored.read_footer(place.store, NAME) == DAMAGED


def test_rows_are_read_back_sorted_whatever_their_order(runs: Any, rows: Any, data: bytes) -> None:
    table = stored.rows_in(data, runs.query.schema, NAME)
    assert table is not None
    shuffled = table.take([2, 0, 1])
    assert stored.rows_of(shuffled, runs.query.schema).content_hash == rows.content_hash


def test_a_file_that_cannot_be_read_or_has_other_columns_is_reported(
    runs: Any, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert stored.rows_in(b"no parquet", runs.query.schema, NAME) is None
    assert stored.rows_in(data, (*runs.query.schema, Column("new", "string")), NAME) is None
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2 and all(text.startswith(f"The file {NAME} cannot be read") for text in messages)


def test_rows_of_an_answer_are_merged_with_those_it_says_nothing_of(runs: Any, rows: Any, data: bytes) -> None:
    table = stored.rows_in(data, runs.query.schema, NAME)
    assert table is not None
    rest, covered = stored.split(table, Coverage("project_id", frozenset({"p"})))
    assert (len(rest), len(covered)) == (2, 1)
    assert stored.has_usage(rest) and stored.has_usage(covered) and not stored.has_usage(rest.slice(0, 0))
    assert stored.values_in(rest, "project_id") == {"q", ""} and stored.values_in(None, "project_id") == set()
    (answer,) = runs.rows({1: {("p", "node"): 6}}).values()
    merged = stored.merged(answer, rest)
    (expected,) = runs.rows({1: {**FIGURES[1], ("p", "node"): 6}}).values()
    assert merged.content_hash == expected.content_hash
    assert stored.merged(answer, None) is answer


def test_series_that_had_usage_and_have_no_row_any_more_are_gone(runs: Any, data: bytes) -> None:
    table = stored.rows_in(data, runs.query.schema, NAME)
    assert table is not None
    (answer,) = runs.rows({1: {("p", "node"): 6}}).values()
    assert stored.gone_from(table, answer) == [(None, "go")], "('q', 'go') had no usage"


def test_a_series_is_named_by_its_columns_that_are_not_null() -> None:
    columns = ("project_id", "sdk_name", "extra")
    assert stored.named(columns, ("p", None, "x" * 70)) == "{project_id=p, extra=" + "x" * 60 + "...}"
    assert stored.named(columns, ("a\nb", None, None)) == "{project_id='a\\nb'}"
