"""Adding to a day's file to which others add."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.insight.loads.adding import add
from airflow_provider_ldusage.insight.report_table import Reporting, ReportTable
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.records import rows_from
from tests.engine.memory import MemoryStore
from tests.insight.loads.restated_lake import NOW

SCHEMA = (Column("name", "string"),)
DAY = date(2026, 11, 12)


def table(store: MemoryStore) -> ReportTable:
    return Reporting(store, {"id": "a"}, Silent(), NOW).open("t", SCHEMA, "")


def with_name(name: str) -> Any:
    def union(stored: pa.Table | None) -> Rows:
        names = {name} if stored is None else {name, *stored.column("name").to_pylist()}
        return rows_from(SCHEMA, [{"name": each} for each in names])

    return union


def quiet(objects: dict[str, bytes]) -> MemoryStore:
    return MemoryStore(objects, lambda what, name: None)


def test_what_was_added_stays_and_the_same_is_not_written_again() -> None:
    objects: dict[str, bytes] = {}
    outcomes = [add(table(quiet(objects)), DAY, with_name(name)).commit for name in "aba"]
    assert [each.outcomes[DAY] for each in outcomes] == ["written", "restated", "unchanged"]
    assert [(each.files, each.rows) for each in outcomes] == [(1, 1), (1, 2), (0, 0)]
    stored = table(quiet(objects)).target.read(DAY)
    assert stored is not None and stored.column("name").to_pylist() == ["a", "b"]


def test_a_report_that_comes_between_is_not_overwritten() -> None:
    objects: dict[str, bytes] = {}
    add(table(quiet(objects)), DAY, with_name("a"))
    others = iter("bc")

    def between(what: str, name: str) -> None:
        if what == "write" and (other := next(others, None)):
            add(table(quiet(objects)), DAY, with_name(other))

    found = add(table(MemoryStore(objects, between)), DAY, with_name("d"))
    stored = table(quiet(objects)).target.read(DAY)
    assert stored is not None and stored.column("name").to_pylist() == ["a", "b", "c", "d"]
    assert found.commit.outcomes == {DAY: "restated"}


def test_a_day_that_never_stands_still_is_an_error() -> None:
    objects: dict[str, bytes] = {}
    numbers = iter(range(100))

    def between(what: str, name: str) -> None:
        if what == "write" and name.endswith(".parquet"):
            add(table(quiet(objects)), DAY, with_name(f"other {next(numbers)}"))

    with pytest.raises(StoreError, match="Other tasks keep writing this day"):
        add(table(MemoryStore(objects, between)), DAY, with_name("mine"))
