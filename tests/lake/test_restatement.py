"""What a load notes of a day before it replaces it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.commit import commit
from airflow_provider_ldusage.lake.restatement import CHANGES, Recorded, changes_of, parse
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.records import rows_from
from tests.engine.memory import MemoryStore
from tests.loading import decoded

DAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 12, 3, 4, 5, 6789, tzinfo=timezone.utc)
BY = Announcer("dag", "load", "run", 2, 3)
QUERY = UsageQuery.build("ai_runs", group_by=["projectId"])
MIDNIGHT = datetime(2026, 11, 10, tzinfo=timezone.utc)


class Lake:
    """A lake in memory, and what was asked of it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.seen: list[tuple[str, str]] = []
        self.store = MemoryStore(self.objects, lambda what, name: self.seen.append((what, name)))

    def load(self, figures: dict[str, int], recorded: bool = True) -> None:
        target = TableSlice(self.store, Table.of("t", QUERY, {"id": "a", "host": "h"}).opened(self.store), {})
        days = decoded({project: {DAY.isoformat(): figure} for project, figure in figures.items()}, DAY, DAY)
        self.seen.clear()
        if recorded:
            commit(target, days, replacing=Recorded(BY, lambda: NOW))
        else:
            commit(target, days)

    @property
    def notes(self) -> dict[str, bytes]:
        return {name: data for name, data in self.objects.items() if name.startswith("_ldusage/restatements/t/")}


@pytest.fixture
def lake() -> Iterator[Lake]:
    lake = Lake()
    lake.load({"a": 1, "b": 2, "c": 3})
    assert lake.notes == {}
    yield lake


def changes(*rows: tuple[str, float | None, float | None]) -> list[dict[str, Any]]:
    return [
        {"dimensions": json.dumps({"project_id": project}), "time": MIDNIGHT, "value_before": old, "value_after": new}
        for project, old, new in rows
    ]


def test_it_has_the_series_that_differ_and_says_of_what_it_is(lake: Lake) -> None:
    lake.load({"a": 1, "b": 5, "d": 7})
    ((name, data),) = lake.notes.items()
    note = parse(data, name)
    assert note is not None and note.name == name
    assert note.changes.to_pylist() == changes(("b", 2, 5), ("c", 3, None), ("d", None, 7))
    assert (note.table, note.slice, note.day, note.by) == ("t", {}, DAY, BY)
    assert note.seen_at == NOW.replace(microsecond=6000)
    assert note.before != note.after


def test_it_is_stored_before_the_day_and_takes_one_read_more(lake: Lake) -> None:
    lake.load({"a": 1, "b": 2, "c": 4}, recorded=False)
    plain = list(lake.seen)
    lake.load({"a": 1, "b": 2, "c": 5})
    day, (note,) = f"t/usage_date={DAY}/all.parquet", lake.notes
    assert lake.seen[-2:] == [("write", note), ("write", day)]
    assert len(lake.seen) == len(plain) + 2
    assert lake.seen.count(("read", day)) == plain.count(("read", day)) + 1


def test_a_day_that_is_unchanged_or_new_costs_nothing(lake: Lake) -> None:
    lake.load({"a": 1, "b": 2, "c": 3}, recorded=False)
    plain = list(lake.seen)
    lake.load({"a": 1, "b": 2, "c": 3})
    assert (lake.seen, lake.notes) == (plain, {})


def test_the_same_try_notes_the_same_under_the_same_name(lake: Lake) -> None:
    before = lake.objects[f"t/usage_date={DAY}/all.parquet"]
    lake.load({"a": 9})
    lake.objects[f"t/usage_date={DAY}/all.parquet"] = before
    lake.load({"a": 9})
    assert len(lake.notes) == 1


def test_nothing_is_known_of_a_file_that_is_damaged(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    lake.objects[f"t/usage_date={DAY}/all.parquet"] = b"no Parquet"
    lake.load({"a": 9})
    assert lake.notes == {}
    assert "before it is replaced is not known" in caplog.text


def test_lists_have_no_values_and_so_no_restatements(lake: Lake) -> None:
    rows = rows_from((CHANGES[0],), [{"dimensions": "{}"}])
    Recorded(BY, lambda: NOW)(TableSlice(lake.store, Table.derived("t", {}, (CHANGES[0],), ""), {}), DAY, rows)
    assert lake.notes == {}


def table(rows: list[tuple[str | None, str | None, int]], hours: int = 0) -> pa.Table:
    moment = MIDNIGHT.replace(hour=hours)
    columns = {"time": [moment] * len(rows), "value": [row[2] for row in rows]}
    texts = {"project_id": [row[0] for row in rows], "extra": [row[1] for row in rows]}
    kinds = [("time", pa.timestamp("ms", "UTC")), ("value", pa.int64()), ("project_id", pa.string())]
    return pa.table({**columns, **texts}, schema=pa.schema([*kinds, ("extra", pa.string())]))


def test_metadata_that_is_new_does_not_make_another_series() -> None:
    found = changes_of(table([("a", None, 1)]), table([("a", '{"new": 1}', 2)]))
    assert [(each["value_before"], each["value_after"]) for each in found] == [(1, 2)]
    assert changes_of(table([("a", None, 1)]), table([("a", '{"new": 1}', 1)])) == []


def test_metadata_tells_series_apart_that_are_alike_otherwise() -> None:
    found = changes_of(table([("a", "1", 1), ("a", "2", 1)]), table([("a", "1", 1), ("a", "2", 5)]))
    assert [json.loads(each["dimensions"]) for each in found] == [{"extra": "2", "project_id": "a"}]


def test_every_hour_is_a_row_and_absent_dimensions_are_left_out() -> None:
    before = pa.concat_tables([table([(None, None, 1)], hour) for hour in (0, 1)])
    after = pa.concat_tables([table([(None, None, figure)], hour) for hour, figure in ((0, 1), (1, 3))])
    (found,) = changes_of(before, after)
    assert (found["dimensions"], found["time"].hour) == ("{}", 1)


def test_a_note_of_a_later_version_is_left(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    lake.load({"a": 9})
    ((name, data),) = lake.notes.items()
    assert parse(data.replace(b'{"after', b'{"AFTER'), name) is None
    assert parse(data.replace(b'"format": 1', b'"format": 2'), name) is None
    assert "cannot be read (KeyError)" in caplog.text and "of a later version" in caplog.text
