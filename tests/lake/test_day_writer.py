"""Days that are stored by threads: only so many at a time, and none after a failure."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import day_writer
from airflow_provider_ldusage.lake.compare import compare
from airflow_provider_ldusage.lake.day_writer import DayWriter
from airflow_provider_ldusage.lake.table_slice import TableSlice

USAGE = {day: {("p", "node"): day} for day in range(1, 31)}


def days_made_while_nothing_is_stored(place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, figures: Any) -> int:
    """How many days are in memory once a load waits for a store that has stopped answering."""
    made, goes_on, stored = 0, threading.Event(), []
    encoder, create, pause = day_writer.encoder, place.store.create, day_writer.wait

    def count(*arguments: Any) -> Any:
        nonlocal made
        made += 1
        return encoder(*arguments)

    def hold(name: str, data: bytes) -> bool:
        if name.endswith(".parquet"):
            assert goes_on.wait(60)
        return bool(create(name, data))

    def wait(*arguments: Any, **options: Any) -> Any:
        waiting.append(made)
        goes_on.set()
        return pause(*arguments, **options)

    waiting: list[int] = []
    monkeypatch.setattr(day_writer, "encoder", count)
    monkeypatch.setattr(day_writer, "wait", wait)
    monkeypatch.setattr(place.store, "create", hold)
    stored.append(runs.load(place.store, figures, days=50))
    assert len(stored[0].days("empty")) == 50 - len(figures)
    return waiting[0]


def test_no_more_days_are_made_than_the_store_takes(place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = days_made_while_nothing_is_stored(place, runs, monkeypatch, {})
    assert made == place.store.parallel + day_writer.MAX_WAITING


def test_large_days_are_made_one_for_each_encoder(place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store far away takes many days at a time, but not if they would fill the memory."""
    monkeypatch.setattr(day_writer, "MAX_BYTES", 1)
    made = days_made_while_nothing_is_stored(place, runs, monkeypatch, USAGE)
    assert made == day_writer.ENCODERS + day_writer.MAX_WAITING


def test_no_day_is_begun_after_a_failure_and_the_stored_ones_persist(
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


def test_what_is_under_way_is_awaited_after_a_failure(s3: Any, runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each day is whole, old or new, also those that were in flight; none begins once a failure is known."""
    target = TableSlice(s3.store, runs.table(), {}).created()
    days = compare(target, runs.rows(USAGE), {})
    create, all_in_flight, stored = s3.store.create, threading.Barrier(20), []

    def fail(name: str, data: bytes) -> bool:
        all_in_flight.wait(60)
        if name == target.day_file(days[7].day):
            raise StoreError("the store is down")
        stored.append(name)
        return bool(create(name, data))

    monkeypatch.setattr(s3.store, "create", fail)
    with pytest.raises(StoreError, match="the store is down"), DayWriter(target) as writer:
        for each in days[:20]:
            writer.write(each, each.to_store())
        assert writer._begun[7][1].exception(60)
        writer.write(days[20], days[20].to_store())
    assert sorted(stored) == sorted(s3.day_files()) and len(stored) == 19
    again = compare(target, runs.rows(USAGE), {})
    assert [each.has(each.rows.whole()) for each in again] == [n != 7 and n < 20 for n in range(30)]
