"""The view of health: what is there of each table, and the last loads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.insight import report_table
from airflow_provider_ldusage.insight.health.health_rows import HEALTH_TABLE
from airflow_provider_ldusage.insight.loads.load_row import LOADS_TABLE
from airflow_provider_ldusage.insight.views import health_view as module
from airflow_provider_ldusage.insight.views.health_view import AGAIN, LOADS, health_view
from airflow_provider_ldusage.insight.views.stored_view import read_view, store_view
from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stores import open_store
from tests.insight.views.tables import day, write
from tests.loading import NOW
from tests.memory import folder_in_memory

COLUMNS = "table state restated_times"
LOAD_COLUMNS = (
    "table window_start window_end outcome rows requests written restated empty kept run_id task_id map_index loaded_at"
)
Rows = dict[date, list[tuple[str, str, int]]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(report_table, "utc_now", lambda: NOW + timedelta(days=30))
    return open_store(LocalFileSystem(), str(tmp_path / "lake"), (tmp_path / "lake").as_uri())


def calendar(store: Store, rows: Rows, began: datetime = NOW) -> WrittenDays:
    return write(store, HEALTH_TABLE, COLUMNS, rows, began)


def test_ranges_tell_every_day_and_counts_the_rest(store: Store) -> None:
    health = calendar(
        store,
        {
            day(1): [("events", "written", 0), ("mau", "empty", 0)],
            day(2): [("events", "written", 2), ("mau", "missing", 0)],
            day(3): [("events", "late", 0), ("mau", "written", 0)],
        },
    )
    found = health_view(health, None, None, NOW)
    assert found is not None
    assert found["tables"] == [
        {"table": "events", "first_day": day(1), "last_day": day(2), "missing": 0, "late": 1, "restated": 1},
        {"table": "mau", "first_day": day(1), "last_day": day(3), "missing": 1, "late": 0, "restated": 0},
    ]
    assert found["days"][0] == {
        "table": "events",
        "ranges": [[day(1), day(2), "written"], [day(3), day(3), "late"]],
        "restated": {day(2): 2},
    }
    assert (found["through"], found["late"], found["loads"]) == (day(3), "Late on 2026-11-03: events.", None)


LAST_VIEW = {"version": 1, "written_at": "2026-11-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    "before",
    [{"days": days} for days in ("x", [None], [{}], [{"table": "a", "ranges": [["x", "y", "written"]]}],
                                 [{"table": "a", "ranges": [["9999-12-30", "9999-12-31", "written"]]}],
                                 [{"table": "a", "ranges": [["2026-11-01", "2026-11-01", "late"]],
                                   "restated": {"2026-11-01": "x"}}])]
    + [{"days": [], "written_at": "2999-01-01T00:00:00.000Z"}],
)  # fmt: skip
def test_a_damaged_view_or_one_from_ahead_is_made_anew(store: Store, before: dict[str, Any]) -> None:
    health = calendar(store, {day(1): [("events", "written", 0)]})
    assert health_view(health, None, {**LAST_VIEW, **before}, NOW) == health_view(health, None, None, NOW)


STATES = st.sampled_from(["written", "empty", "missing", "late"])
REPORTS = st.lists(
    st.dictionaries(
        st.integers(1, 12), st.dictionaries(st.sampled_from("abc"), st.tuples(STATES, st.integers(0, 2)), min_size=1),
        min_size=1,
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(reports=REPORTS)
def test_reading_what_is_new_shows_the_same_as_reading_all(reports: list[dict[int, Any]]) -> None:
    with folder_in_memory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_table, "utc_now", lambda: NOW + timedelta(days=30))
        store = open_store(LocalFileSystem(), str(folder), folder.as_uri())
        for number, days in enumerate(reports):
            began = NOW + timedelta(days=number)
            rows = {day(n): [(table, *found) for table, found in tables.items()] for n, tables in days.items()}
            health = calendar(store, rows, began)
            found = health_view(health, None, read_view(store, "health"), began)
            assert found == health_view(health, None, None, began)
            assert found is not None
            store_view(store, "health", found, began)


def test_only_days_that_were_written_since_are_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    health = calendar(store, {day(n): [("events", "written", 0)] for n in range(1, 10)}, NOW - 2 * AGAIN)
    store_view(store, "health", health_view(health, None, None, NOW) or {}, NOW)
    later = NOW + timedelta(days=1)
    health = calendar(store, {day(n): [("events", "late", 0)] for n in (9, 10)}, later)
    read: list[date] = []
    records = WrittenDays.records

    def reading(self: WrittenDays, days: Iterable[date], columns: Any = None) -> Any:
        read.extend(days := list(days))
        return records(self, days, columns)

    monkeypatch.setattr(WrittenDays, "records", reading)
    found = health_view(health, None, read_view(store, "health"), later)
    assert read == [day(9), day(10)]
    assert found is not None
    assert found["days"][0]["ranges"] == [[day(1), day(8), "written"], [day(9), day(10), "late"]]


def test_the_calendar_forgets_what_is_too_old(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DAYS", 3)
    health = calendar(store, {day(n): [("a" if n < 3 else "b", "written", 0)] for n in range(1, 6)})
    found = health_view(health, None, None, NOW)
    assert found is not None
    assert [table["table"] for table in found["tables"]] == ["b"]


def loads(store: Store, rows: dict[date, list[tuple[str, datetime]]]) -> WrittenDays:
    def row(run: str, at: datetime) -> tuple[Any, ...]:
        days = "2026-11-01..2026-11-02"
        return "events", day(1), day(3), "success", 5, 1, days, "", "", "", run, "load", -1, at

    found = {each: [row(*load) for load in of_day] for each, of_day in rows.items()}
    return write(store, LOADS_TABLE, LOAD_COLUMNS, found)


def test_the_last_loads_come_first_with_null_for_what_is_not_known(store: Store) -> None:
    found = health_view(
        None, loads(store, {day(11): [("a", NOW - timedelta(days=1))], day(12): [("b", NOW)]}), None, NOW
    )
    assert found is not None
    assert [load["run_id"] for load in found["loads"]] == ["b", "a"]
    assert found["loads"][0] == {
        "table": "events", "window_start": day(1), "window_end": day(3), "outcome": "success", "rows": 5, "requests": 1,
        "written": "2026-11-01..2026-11-02", "restated": "", "empty": "", "kept": "", "dag_id": None, "run_id": "b",
        "task_id": "load", "map_index": -1, "try_number": None, "loaded_at": NOW,
    }  # fmt: skip
    assert (found["tables"], found["days"], found["through"]) == (None, None, None)


def test_no_more_days_of_loads_are_read_than_it_takes(store: Store) -> None:
    many = [(f"r{number:03}", NOW) for number in range(LOADS + 1)]
    found = health_view(None, loads(store, {day(12): many, day(4): [("old", NOW)]}), None, NOW)
    assert found is not None
    assert len(found["loads"]) == LOADS and "old" not in {load["run_id"] for load in found["loads"]}
    assert found["loads"][0]["run_id"] == "r200"


def test_loads_of_unknown_time_come_after_the_others_of_their_day(store: Store) -> None:
    unknown: Any = None
    found = health_view(
        None,
        loads(
            store,
            {
                day(11): [("old", NOW - timedelta(days=1)), ("old, unknown", unknown)],
                day(12): [("new, unknown", unknown), ("new", NOW)],
                day(13): [("by a clock that is ahead", NOW + timedelta(hours=20))],
            },
        ),
        None,
        NOW,
    )
    assert found is not None
    assert [load["run_id"] for load in found["loads"]] == [
        "by a clock that is ahead", "new", "new, unknown", "old", "old, unknown",
    ]  # fmt: skip


def test_without_either_table_there_is_no_view() -> None:
    assert health_view(None, None, None, NOW) is None


def test_what_it_shows_is_read_back_as_it_was(store: Store) -> None:
    health = calendar(store, {day(1): [("a", "written", 1)], day(3): [("a", "late", 0)]})
    found = health_view(health, None, None, NOW) or {}
    store_view(store, "health", found, NOW)
    shown = json.loads(store.read("_ldusage/report/health.json") or b"")["days"]
    assert module._parsed(shown) == {"a": {day(1): ("written", 1), day(3): ("late", 0)}}
