"""Whatever is killed, and whenever: each day that was changed is in an event, once a later task has succeeded."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.announcing_world import DAYS, FINISHED, Try, World

OPERATIONS = st.one_of(st.none(), st.integers(0, 24), st.just(FINISHED))
TRIES = st.lists(st.builds(Try, OPERATIONS), min_size=1, max_size=3)
RESTATED = st.dictionaries(st.sampled_from(DAYS), st.integers(1, 3), max_size=3)


def settle(world: World) -> None:
    """Runs without any trouble, until all that is owed is announced."""
    for _ in range(len(DAYS) + 1):
        assert world.run([Try()])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(RESTATED, TRIES), min_size=1, max_size=4), st.sampled_from([None, 1]))
def test_no_kill_loses_an_announcement(history: list, most: int | None) -> None:
    world = World(most=most)
    for restated, tries in history:
        world.figures |= restated
        world.run(tries)
    settle(world)
    assert world.unheard() == []


@settings(max_examples=100, deadline=None)
@given(RESTATED, TRIES, RESTATED, st.lists(OPERATIONS, min_size=1, max_size=2), st.integers(0, 24))
def test_no_task_beside_another_loses_one(first, theirs, second, mine, at) -> None:  # type: ignore[no-untyped-def]
    world = World()
    world.figures |= first

    def another() -> None:
        world.figures |= second
        world.run(theirs, load="another")

    begun = Try(mine[0], at, another)
    world.run([begun, *(Try(killed) for killed in mine[1:])])
    settle(world)
    assert world.unheard() == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(RESTATED, TRIES, TRIES, TRIES), min_size=1, max_size=3), st.sampled_from([None, 1]))
def test_no_kill_of_closed_loads_loses_one(history: list, most: int | None) -> None:
    world = World(most=most)
    for restated, first, second, closing in history:
        world.figures |= restated
        world.run_closed({"a": first, "b": second}, closing)
    for _ in range(len(DAYS) + 1):
        assert world.run_closed({"a": [Try()], "b": [Try()]}, [Try()])
    assert world.unheard() == []


@settings(max_examples=25, deadline=None)
@given(st.lists(RESTATED, min_size=1, max_size=4))
def test_without_trouble_a_day_is_announced_once_each_time(history: list) -> None:
    world = World()
    for restated in history:
        world.figures |= restated
        assert world.run([Try()])
    announced = [day for _, days in world.events for day in days]
    assert sorted(announced) == sorted(day for _, day in world.changes)
