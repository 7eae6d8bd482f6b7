"""What a check is given, and what it may count on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.checks.check import Check, LoadedDays
from airflow_provider_ldusage.checks.run import Checks
from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.stored import rows_of
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.arrow import arrow_schema
from airflow_provider_ldusage.rows.day import Rows
from tests.loading import decoded, every_day

QUERY = UsageQuery.build("ai_runs", group_by=["projectId"])
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 6)
NOW = datetime(2026, 11, 12, tzinfo=timezone.utc)


class Counting(Check[int]):
    """Notes how many rows a day has, and reports each day that has some."""

    name = "counting"

    def __init__(self, query: UsageQuery, series: SeriesNumbers, target: TableSlice) -> None:
        super().__init__(query, series, target)
        self.given: list[LoadedDays[int]] = []

    def applies(self) -> bool:
        return True

    def note(self, rows: Rows) -> int | None:
        return len(rows) or None

    def run(self, days: LoadedDays[int]) -> list[str] | None:
        self.given.append(days)
        return [f"{count} on {day}" for day, count in days.notes.items() if count]


@pytest.fixture
def target(tmp_path: Path) -> TableSlice:
    store = open_store(LocalFileSystem(), str(tmp_path), tmp_path.as_uri())
    return TableSlice(store, Table.of("t", QUERY, {"id": "a", "host": "h"}), {})


def empty_rows(query: UsageQuery) -> Rows:
    return rows_of(arrow_schema(query.schema).empty_table(), query.schema)


def test_a_check_sees_each_day_once_and_judges_what_it_kept(
    target: TableSlice, caplog: pytest.LogCaptureFixture
) -> None:
    check = Counting(QUERY, SeriesNumbers(), target)
    checks = Checks([check], {"counting": "warn"})
    whole = every_day("2026-11-02", "2026-11-06")
    days = decoded({"a": whole, "b": {**whole, "2026-11-07": 1}}, FIRST, LAST)
    notes = {day: checks.note(rows) for day, rows in days.items() if rows}
    own, state, before = Commit(dict.fromkeys(days, "written"), notes=notes), State("id"), State("before")
    checks.run(target, own, [], state, before, NOW)
    (given,) = check.given
    assert given.notes == dict.fromkeys(days, 2)
    assert given.first == FIRST
    assert (given.target, given.state, given.before) == (target, state, before)
    assert [record.getMessage() for record in caplog.records] == [f"Check counting: 2 on {day}" for day in days]


def test_the_first_day_is_the_earliest_whatever_their_order(target: TableSlice) -> None:
    days = LoadedDays({LAST: 1, FIRST: None}, target, State("id"), None)
    assert days.first == FIRST


def test_a_check_keeps_the_query_and_the_numbers_of_its_series(target: TableSlice) -> None:
    series = SeriesNumbers()
    for kind in CHECKS.values():
        check = kind(QUERY, series, target)
        assert (check.query, check.series, check.target) == (QUERY, series, target)


def test_a_check_without_all_its_steps_cannot_be_made(target: TableSlice) -> None:
    class Half(Check[int]):
        name = "half"

        def note(self, rows: Rows) -> int | None:
            return None

    with pytest.raises(TypeError, match=r"abstract.*applies.*run"):
        Half(QUERY, SeriesNumbers(), target)  # type: ignore[abstract]


def test_each_check_is_found_by_its_own_name() -> None:
    assert {name: check.name for name, check in CHECKS.items()} == {name: name for name in CHECKS}


@pytest.mark.parametrize("arguments", [{}, {"aggregation_type": "month_to_date"}], ids=["daily", "month to date"])
@pytest.mark.parametrize("name", CHECKS)
def test_no_check_notes_anything_of_a_day_without_rows(
    name: str, arguments: dict[str, Any], target: TableSlice
) -> None:
    query = UsageQuery.build("ai_runs", group_by=["projectId"], **arguments)
    assert CHECKS[name](query, SeriesNumbers(), target).note(empty_rows(query)) is None


def test_groups_keep_nothing_where_there_is_no_total_to_compare_them_with(target: TableSlice) -> None:
    rows = next(iter(decoded({"a": every_day("2026-11-02", "2026-11-06")}, FIRST, LAST).values()))
    assert rows is not None
    assert CHECKS["groups"](QUERY, SeriesNumbers(), target).note(rows) is None
    total = replace(QUERY, group_by=())
    Table.of(total.default_table, total, {"id": "a", "host": "h"}).create(target.store)
    assert CHECKS["groups"](QUERY, SeriesNumbers(), target).note(rows) is not None
