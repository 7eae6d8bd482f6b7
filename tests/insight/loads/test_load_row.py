"""A row of what a load has done."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.insight.loads.load_row import (
    LOADS_SCHEMA,
    LoadRow,
    LoadTask,
    days_text,
    ended,
    key_of,
    with_earlier_tries,
)

TASK = LoadTask("daily", "scheduled__1", "mau", -1)
SINCE = date(2026, 11, 12)
NONE: dict[str, Any] = {"count": 0, "ranges": []}
TOLD = {
    "table": "mau", "slice": {"source": "client"}, "uri": "file:///lake/mau", "rows": 12,
    "window": ["2026-11-08", "2026-11-12"],
    "days": {
        "written": {"count": 1, "ranges": [["2026-11-11", "2026-11-11"]]}, "unchanged": NONE,
        "restated": {"count": 3, "ranges": [["2026-11-08", "2026-11-08"], ["2026-11-09", "2026-11-10"]]},
        "empty": NONE, "kept": NONE, "superseded": NONE, "left": NONE,
    },
    "requests": 2, "skipped": None, "loaded_at": "2026-11-12T03:00:05.250Z", "map_index": -1, "try_number": 1,
}  # fmt: skip
BEGUN = {name: TOLD[name] for name in ("table", "slice", "uri", "window", "loaded_at", "map_index")}


def test_a_load_that_has_succeeded_tells_all() -> None:
    record = LoadRow.of(TASK, "success", SINCE, TOLD).to_record()
    assert record == {
        "table": "mau", "window_start": date(2026, 11, 8), "window_end": date(2026, 11, 12), "outcome": "success",
        "rows": 12, "requests": 2, "written": "2026-11-11", "restated": "2026-11-08, 2026-11-09..2026-11-10",
        "empty": None, "kept": None, "run_id": "scheduled__1", "task_id": "mau", "map_index": -1,
        "loaded_at": datetime(2026, 11, 12, 3, 0, 5, 250_000, tzinfo=timezone.utc), "dag_id": "daily",
        "try_number": 1, "slice": '{"source": "client"}', "skipped": None,
    }  # fmt: skip
    assert set(record) == {column.name for column in LOADS_SCHEMA}


def test_a_load_that_has_failed_has_no_figures() -> None:
    row = LoadRow.of(TASK, "failed", SINCE, {**BEGUN, "try_number": 3})
    record = row.to_record()
    assert (record["table"], record["window_start"], record["try_number"]) == ("mau", date(2026, 11, 8), 3)
    assert {record[name] for name in ("rows", "requests", "written", "restated", "empty", "kept")} == {None}


def test_of_earlier_tries_nothing_is_known_but_that_they_were() -> None:
    row = LoadRow.of(TASK, "success", SINCE, {**TOLD, "try_number": 3})
    first, second, last = with_earlier_tries([row])
    assert (first.outcome, first.try_number, second.try_number, last) == ("failed", 1, 2, row)
    assert (first.to_record()["table"], first.loaded_at, first.to_record()["window_start"]) == ("mau", None, None)


def test_a_load_that_told_nothing_has_a_row_too() -> None:
    row = LoadRow.of(TASK, "failed", SINCE, None)
    assert (row.key, row.to_record()["table"]) == ((TASK, None), None)
    assert with_earlier_tries([row]) == [row]


@pytest.mark.parametrize(
    ("state", "skipped", "outcome"),
    [("success", None, "success"), ("success", "Nothing.", "skipped"), ("failed", "Nothing.", "failed")],
)
def test_a_load_with_nothing_to_load_is_skipped(state: str, skipped: str | None, outcome: str) -> None:
    assert LoadRow.of(TASK, state, SINCE, {**TOLD, "skipped": skipped}).outcome == outcome


def test_reports_of_earlier_versions_tell_less() -> None:
    told = {name: value for name, value in TOLD.items() if name not in ("loaded_at", "try_number", "map_index")}
    row = LoadRow.of(TASK, "success", SINCE, told)
    assert (row.loaded_at, row.try_number, row.to_record()["rows"]) == (None, None, 12)


def test_rows_belong_to_the_utc_day_on_which_they_ended() -> None:
    known, unknown = LoadRow.of(TASK, "success", SINCE, TOLD), LoadRow.of(TASK, "failed", SINCE, None)
    assert ended([known, unknown], date(2026, 11, 13)) == {SINCE: [known], date(2026, 11, 13): [unknown]}


def test_the_key_of_a_stored_row_is_that_of_the_load() -> None:
    row = LoadRow.of(TASK, "success", SINCE, TOLD)
    assert key_of(row.to_record()) == row.key


@pytest.mark.parametrize(
    ("ranges", "text"),
    [([], None), ([["2026-11-01", "2026-11-03"], ["2026-11-05"] * 2], "2026-11-01..2026-11-03, 2026-11-05")],
)
def test_days_are_text(ranges: list[list[str]], text: str | None) -> None:
    assert days_text(ranges) == text
