"""Days are recorded before they are stored, and what that costs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest

from airflow_provider_ldusage.engine.announcing import Announcing, Fate, OwnEvents, Silent
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.state import StateFile, parse
from tests.engine.announcing_world import ASSET, DAYS, Try, World
from tests.engine.memory import MemoryStore

ME = Announcer("dag", "load", "today")
OWN = OwnEvents((ASSET,), ME, lambda announcer: Fate.SUCCEEDED)
STATE = "_ldusage/state/t/"


def operations(world: World, announcing: Announcing) -> Counter[str]:
    """What a load asks of the store."""
    found: Counter[str] = Counter()
    world._load(MemoryStore(world.objects, lambda what, name: found.update([what])), announcing, "a")
    return found


def test_a_change_costs_one_read_and_one_write_more() -> None:
    plain, announced = operations(World(), Silent()), operations(World(), OWN)
    assert announced - plain == Counter(read=1, write=1)


def test_a_load_that_changes_nothing_costs_nothing_more() -> None:
    world, other = World(), World()
    operations(world, Silent())
    operations(other, Silent())
    assert operations(world, OWN) == operations(other, Silent())


def test_all_days_that_may_change_are_recorded_before_the_first() -> None:
    world = World()
    recorded: list[frozenset[date]] = []

    def before(what: str, name: str) -> None:
        if what == "write" and "usage_date=" in name:
            (data,) = [data for object_, data in world.objects.items() if object_.startswith(STATE)]
            table = parse(data, _table_id(world), "the state")
            recorded.append(frozenset(debt.day for debt in table.debts))

    world._load(MemoryStore(world.objects, before), OWN, "a")
    assert recorded == [frozenset(DAYS)] * len(DAYS)


def test_nothing_is_stored_that_cannot_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(StateFile, "swap", lambda *_: False)
    with pytest.raises(StoreError, match=r"Other tasks keep writing .*so nothing was stored"):
        world._load(MemoryStore(world.objects, lambda what, name: None), OWN, "a")
    assert not [name for name in world.objects if "usage_date=" in name]


def test_only_what_was_changed_stays_recorded() -> None:
    world = World()
    world.run([Try()])
    world.figures[DAYS[1]] = 9
    world.run([Try()])
    assert world.events[-1][1] == (DAYS[1],)


def _table_id(world: World) -> str:
    return str(json.loads(world.objects["_ldusage/t.json"])["id"])
