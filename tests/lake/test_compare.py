"""A day of an answer beside the stored one: what differs, and what the answer says nothing of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.lake.compare import ComparedDay, compare
from airflow_provider_ldusage.lake.parquet import DAMAGED
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.rows.coverage import Coverage

FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)
STORED = {1: {("p", "node"): 5, ("q", "go"): 0}}


def compared(place: Any, runs: Any, figures: Any, coverage: Any = None) -> ComparedDay:
    target = TableSlice(place.store, runs.table().opened(place.store), {})
    rows = runs.rows(figures, target.table.schema)
    (found,) = compare(target, {FIRST: rows.get(FIRST)}, {FIRST: coverage} if coverage else {})
    return found


@pytest.mark.parametrize(
    ("stored", "answer", "outcome", "emptied"),
    [
        (None, STORED, "written", False), (None, {}, "empty", False), ({}, {}, "empty", False),
        (STORED, STORED, "unchanged", False), (STORED, {1: {("p", "node"): 6}}, "restated", False),
        (STORED, {}, "restated", True), (STORED, {1: {("p", "node"): 0}}, "restated", True),
        ({1: {("p", "node"): 0}}, {}, "restated", False),
    ],
)  # fmt: skip
def test_the_outcome_follows_from_both_sides(
    disk: Any, runs: Any, stored: Any, answer: Any, outcome: str, emptied: bool
) -> None:
    if stored is not None:
        runs.load(disk.store, stored, days=1)
    found = compared(disk, runs, answer)
    rows = found.to_store()
    assert (found.outcome(rows), found.emptied) == (outcome, emptied)
    assert found.has(rows) == (outcome == "unchanged" or (outcome == "empty" and stored is not None))


def test_rows_of_which_the_answer_says_nothing_stay(place: Any, runs: Any) -> None:
    runs.load(place.store, STORED, days=1)
    found = compared(place, runs, {1: {("p", "node"): 6}}, Coverage("project_id", frozenset({"p"})))
    assert found.stored and found.stored.rest.column("project_id").to_pylist() == ["q"]
    table = found.to_store().table()
    assert list(zip(table["project_id"].to_pylist(), table["value"].to_pylist(), strict=True)) == [("p", 6), ("q", 0)]
    emptied = compared(place, runs, {}, Coverage("project_id", frozenset({"q"})))
    assert not emptied.emptied, "the covered rows had no usage"


@pytest.mark.parametrize("coverage", [None, Coverage("project_id", frozenset({"p"}))], ids=["footer", "whole file"])
def test_a_damaged_file_counts_as_usage(place: Any, runs: Any, coverage: Any) -> None:
    runs.load(place.store, STORED, days=1)
    (name,) = place.day_files()
    place.write(name, b"no parquet file")
    found = compared(place, runs, {}, coverage)
    assert found.stored and found.stored.footer == DAMAGED and found.emptied
