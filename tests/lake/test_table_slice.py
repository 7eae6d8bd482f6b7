"""A slice of a table: its files, and its rows as the table describes them."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow_provider_ldusage.lake.table_slice import TableSlice

FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)


def test_a_slice_knows_its_files(disk: Any, runs: Any) -> None:
    target = TableSlice(disk.store, runs.table(), {})
    assert target.uri == f"{disk.store.uri}/{runs.name}"
    assert target.day_file(FIRST) == f"{runs.name}/usage_date=2026-11-01/all.parquet"
    assert target.state_file().name == f"_ldusage/state/{runs.name}/all.json"
    sliced = TableSlice(disk.store, runs.table(), {"source": "server"})
    assert sliced.day_file(FIRST).startswith(f"{runs.name}/usage_date=2026-11-01/server-")


def test_a_stored_day_is_read_with_all_columns_or_some(place: Any, runs: Any) -> None:
    runs.load(place.store, {1: {("p", "node"): 5}}, days=1)
    target = TableSlice(place.store, runs.table(), {}).opened()
    whole = target.read(FIRST)
    assert whole is not None and whole.column_names == [column.name for column in target.table.schema]
    some = target.read(FIRST, ["value", "sdk_name"])
    assert some is not None and some.to_pylist() == [{"value": 5, "sdk_name": "node"}]
    assert target.read(SECOND) is None


def test_the_table_is_read_until_it_stands_and_no_more(disk: Any, runs: Any, monkeypatch: Any) -> None:
    target = TableSlice(disk.store, runs.table(), {})
    assert not target.opened().table.stands
    created = target.created()
    assert created.table.stands and created.table.id == target.table.id
    assert target.opened().table == created.table
    monkeypatch.setattr(disk.store, "read", None)
    assert created.opened() is created and created.created() == created
