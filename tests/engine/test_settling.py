"""Tasks that store nothing and announce what the states have recorded."""

from __future__ import annotations

import logging

import pytest

from airflow_provider_ldusage.engine.announcing import Fate, OwnEvents, Silent
from airflow_provider_ldusage.engine.settling import Loaded, settle_state, settle_tables
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.state import StateFile
from tests.engine.announcing_world import ASSET, DAYS, Try, World, query
from tests.engine.memory import MemoryStore
from tests.engine.tasks import NOW

ME = Announcer("dag", "closing", "tomorrow")


def closing(fate: Fate = Fate.SUCCEEDED, most: int | None = None) -> OwnEvents:
    return OwnEvents((ASSET,), ME, lambda announcer: fate, most)


def loaded(*projects: str) -> list[Loaded]:
    return [Loaded("t", query(project).slice) for project in projects]


@pytest.fixture
def world() -> World:
    """Two slices are loaded, and nothing is announced: the task that closes them has failed."""
    world = World()
    world.run_closed({"a": [Try()], "b": [Try()]}, [Try(0)])
    assert world.unheard()
    return world


def store_of(world: World) -> MemoryStore:
    return MemoryStore(world.objects, lambda what, name: None)


def test_one_slice_is_settled_without_a_load(world: World) -> None:
    store = store_of(world)
    found = settle_state(store, "t", query("a").slice, closing(), NOW)
    assert found.days == DAYS
    assert settle_state(store, "t", query("a").slice, Silent(), NOW).days == ()
    assert settle_state(store, "nothing", {}, closing(), NOW).days == ()


def test_slices_without_a_report_are_found(world: World) -> None:
    found = settle_tables(store_of(world), loaded("a"), frozenset(), closing(), NOW)
    assert (found.days, found.again) == (DAYS, len(DAYS))
    assert all(debt.by == ME for debt in settle_tables(store_of(world), [], frozenset(), closing(), NOW).debts)


def test_days_beyond_the_limit_are_left_to_the_next(world: World) -> None:
    store = store_of(world)
    found = settle_tables(store, loaded("a", "b"), frozenset(), closing(most=3), NOW)
    assert (found.days, found.owed) == (DAYS[:3], DAYS[3:])
    later = OwnEvents((ASSET,), ME._replace(run_id="later"), lambda announcer: Fate.SUCCEEDED, 3)
    assert settle_tables(store, loaded("a", "b"), frozenset(), later, NOW).days == DAYS[3:]


def test_a_store_that_lists_nothing_leaves_it_to_the_reports(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(what: str, name: str) -> None:
        if what == "list":
            raise StoreError("Cannot list")

    store = MemoryStore(world.objects, refuse)
    with caplog.at_level(logging.WARNING):
        assert settle_tables(store, loaded("a"), {DAYS[0]}, closing(), NOW).days == DAYS
        assert settle_tables(store, [], frozenset(), closing(), NOW).days == ()
    assert "The states of t cannot be listed" in caplog.text and "The states of the lake cannot" in caplog.text


def test_other_objects_among_the_states_are_passed_over(world: World) -> None:
    world.objects |= {"_ldusage/state/t/x.json": b"{", "_ldusage/state/t/y.json": b'{"slice": {}}'}
    assert settle_tables(store_of(world), loaded("a"), frozenset(), closing(), NOW).days == DAYS


def test_a_state_that_others_keep_writing_is_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StateFile, "swap", lambda *_: False)
    with pytest.raises(StoreError, match="so nothing is announced"):
        settle_tables(store_of(world), loaded("a"), frozenset(), closing(), NOW)


def test_a_killed_load_of_a_closed_table_is_announced_by_the_next() -> None:
    world = World()
    assert not world.run_closed({"a": [Try()], "b": [Try(10)]}, [Try()])
    assert world.run_closed({"a": [Try()], "b": [Try()]}, [Try()])
    assert world.unheard() == []
