"""Which notes count, and which are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.insight.loads.notes import GIVEN_UP_AFTER, gather, judge, remove
from airflow_provider_ldusage.lake.restatement import Restatement
from airflow_provider_ldusage.rows.arrow import arrow_schema
from tests.engine.memory import MemoryStore
from tests.insight.loads.restated_lake import DAYS, NOW, Ending, RestatedLake
from tests.lake.test_restatement import BY, CHANGES


def note(before: str, after: str, minute: int = 0, try_number: int = 1) -> Restatement:
    seen_at = NOW + timedelta(minutes=minute)
    changes = arrow_schema(CHANGES).empty_table()
    return Restatement("t", {}, DAYS[0], BY._replace(try_number=try_number), seen_at, before, after, changes)


@pytest.mark.parametrize(
    ("stored", "happened", "over"),
    [("B", True, True), ("A", False, False), ("C", True, True), (None, True, True)],
    ids=["replaced", "not replaced yet", "replaced once more, unrecorded", "the table is gone"],
)
def test_the_stored_day_tells_of_the_last_note(stored: str | None, happened: bool, over: bool) -> None:
    only = note("A", "B")
    assert judge([only], stored, NOW) == ([only] if happened else [], [only] if over else [])


def test_a_note_of_the_same_before_was_never_carried_out() -> None:
    killed, second = note("A", "B"), note("A", "B", 1)
    assert judge([killed, second], "B", NOW) == ([second], [killed, second])


def test_there_and_back_again_is_told_each_time() -> None:
    notes = [note("A", "B"), note("B", "A", 1), note("A", "B", 2)]
    assert judge(notes, "B", NOW) == (notes, notes)


def test_a_task_that_died_is_waited_for_a_week() -> None:
    only = note("A", "B")
    assert judge([only], "A", NOW + GIVEN_UP_AFTER)[1] == []
    assert judge([only], "A", NOW + GIVEN_UP_AFTER + timedelta(seconds=1)) == ([], [only])


def test_without_notes_it_takes_one_listing() -> None:
    seen: list[str] = []
    found = gather(MemoryStore({}, lambda what, name: seen.append(what)), NOW)
    assert (found.happened, found.over, seen) == ((), (), ["list"])


def test_notes_are_removed_once_their_file_stands_and_oldest_first() -> None:
    lake = RestatedLake()
    for figure in (1, 2, 3):
        lake.figures |= {DAYS[0]: {"a": figure}}
        lake.load()
    assert len(lake.notes()) == 2
    found = gather(MemoryStore(lake.objects, lambda what, name: None), NOW)
    assert list(found.over) == [tuple(each.name for each in found.happened)]
    assert [each.seen_at for each in found.happened] == sorted(each.seen_at for each in found.happened)
    assert lake.report()
    assert lake.notes() == []


def test_a_store_that_removes_nothing_tells_nothing_twice(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(store: MemoryStore, name: str) -> None:
        raise StoreError("Cannot remove it.", about=name)

    lake = RestatedLake()
    lake.load()
    lake.figures |= {DAYS[0]: {"a": 9, "b": 1}}
    lake.load()
    monkeypatch.setattr(MemoryStore, "remove", refuse)
    assert lake.report() and lake.report()
    assert (lake.told(), len(lake.notes())) == (lake.replaced, 1)
    assert "are read again by each report: Cannot remove it." in caplog.text


def test_a_note_that_is_damaged_is_left_and_said(caplog: pytest.LogCaptureFixture) -> None:
    lake = RestatedLake(objects={"_ldusage/restatements/t/2026-11-10-x.parquet": b"PAR1"})
    assert lake.report()
    assert "cannot be read" in caplog.text
    remove(MemoryStore({}, lambda what, name: None), [("gone",)])


def test_a_killed_load_and_its_retry_are_told_once() -> None:
    for killed_at in range(12):
        lake = RestatedLake()
        lake.load()
        lake.figures |= {DAYS[0]: {"a": 2, "b": 1}}
        lake.load(Ending(killed_at))
        lake.load()
        lake.report()
        assert lake.told() == lake.replaced and lake.replaced


def test_another_slice_is_another_day_file() -> None:
    one, other = note("A", "B"), replace(note("A", "B"), slice={"source": "client"})
    assert one.name != other.name
