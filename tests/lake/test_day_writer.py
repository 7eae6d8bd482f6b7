"""Days that are stored by threads: only so many at a time, and none after a failure."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import day_writer
from airflow_provider_ldusage.lake.compare import compare
from airflow_provider_ldusage.lake.day_writer import DayWriter
from airflow_provider_ldusage.lake.table_slice import TableSlice

USAGE = {day: {("p", "node"): day} for day in range(1, 31)}


def test_no_more_days_are_made_than_the_store_takes(place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that has stopped answering must not fill the memory with days that wait for it."""
    made, goes_on, stored = 0, threading.Event(), []
    encoder, create = day_writer.encoder, place.store.create

    def count(*arguments: Any) -> Any:
        nonlocal made
        made += 1
        return encoder(*arguments)

    def wait(name: str, data: bytes) -> bool:
        if name.endswith(".parquet"):
            assert goes_on.wait(60)
        return bool(create(name, data))

    monkeypatch.setattr(day_writer, "encoder", count)
    monkeypatch.setattr(place.store, "create", wait)
    task = threading.Thread(target=lambda: stored.append(runs.load(place.store, {}, days=30)))
    task.start()
    maximum = place.store.parallel + day_writer.MAX_WAITING
    deadline = time.monotonic() + 60
    while made < maximum and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    assert made == maximum
    goes_on.set()
    task.join(60)
    assert len(stored[0].days("empty")) == 30


def test_no_day_is_begun_after_a_failure_and_the_stored_ones_outlast_a_power_cut(
    disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = TableSlice(disk.store, runs.table(), {}).created()
    days = compare(target, runs.rows(USAGE), {})
    create, persisted = disk.store.create, []

    def fail(name: str, data: bytes) -> bool:
        if name == target.day_file(days[1].day):
            raise StoreError("no space left")
        return bool(create(name, data))

    monkeypatch.setattr(disk.store, "create", fail)
    monkeypatch.setattr(disk.store, "persist", lambda names: persisted.extend(names))
    begun = 0
    with pytest.raises(StoreError, match="no space left"), DayWriter(target) as writer:
        for each in days:
            writer.write(each, each.to_store())
            begun += 1
    assert begun < len(days)
    assert sorted(persisted) == sorted(disk.day_files()) and len(persisted) == begun - 1
    with pytest.raises(StoreError, match="no space left"):
        writer.written()


def test_a_day_that_was_stored_before_is_persisted_too(disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task that stored it may have died before it could."""
    runs.load(disk.store, USAGE)
    target = TableSlice(disk.store, runs.table(), {}).opened()
    first, rows = next(iter(runs.rows(USAGE).items()))
    (compared,) = compare(target, {first: rows}, {})
    persisted: list[str] = []
    monkeypatch.setattr(disk.store, "persist", lambda names: persisted.extend(names))
    with DayWriter(target) as writer:
        writer.write(compared, rows)
    assert persisted == [target.day_file(first)] and writer.written() == []
