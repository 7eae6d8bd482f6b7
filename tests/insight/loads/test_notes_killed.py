"""Whatever is killed, and whenever: each replaced series is told once, and nothing that did not happen."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.insight.loads.world import DAYS, Ending, World, each

KILLS = st.one_of(st.none(), st.integers(0, 16))
CHANGES = st.dictionaries(
    st.sampled_from(DAYS), st.dictionaries(st.sampled_from("abc"), st.integers(1, 2), min_size=1), max_size=2
)
STEPS = st.lists(st.one_of(st.tuples(CHANGES, KILLS), KILLS), max_size=7)
"""A load, with what changes before it and when it is killed; or a report, and when it is."""


def run(world: World, step: Any) -> None:
    if isinstance(step, tuple):
        changes, killed_at = step
        world.figures |= changes
        world.load(Ending(killed_at))
    else:
        world.report(ending=Ending(step))


def settled(world: World) -> bool:
    world.load()
    world.report()
    return world.told() == world.replaced


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_no_kill_loses_or_doubles_a_restatement(history: list[Any]) -> None:
    world = World()
    world.load()
    for step in history:
        run(world, step)
        assert not world.told() - world.replaced
    assert settled(world)


@settings(max_examples=100, deadline=None)
@given(STEPS, STEPS, CHANGES, KILLS, st.integers(0, 16), st.booleans())
def test_no_task_beside_another_does(
    first: list[Any], meanwhile: list[Any], changes: Any, killed_at: int | None, at: int, loads: bool
) -> None:
    """Beside a load, only reports: of two loads at once, the state decides, and both compare again."""
    world = World()
    world.load()
    for step in first:
        run(world, step)

    def others() -> None:
        for step in meanwhile:
            if not (loads and isinstance(step, tuple)):
                run(world, step)

    world.figures |= changes
    ending = each(Ending(killed_at), at, others)
    world.load(ending) if loads else world.report(ending=ending)
    assert settled(world)


MOMENTS = range(18)
"""More operations than a load or a report takes."""


def changed() -> World:
    world = World()
    world.load()
    world.figures |= {DAYS[0]: {"a": 2, "c": 3}}
    return world


def test_a_report_may_come_at_any_moment_of_a_load() -> None:
    for at in MOMENTS:
        world = changed()
        world.load(each(Ending(), at, world.report))
        assert settled(world), at


def test_the_next_try_may_come_at_any_moment_of_a_report() -> None:
    for killed_at in range(5, 12):
        for at in MOMENTS:
            world = changed()
            world.load(Ending(killed_at))
            world.report(ending=each(Ending(), at, world.load))
            assert settled(world), (killed_at, at)


def test_another_report_may_come_at_any_moment_of_a_report() -> None:
    def both(world: World) -> None:
        world.load()
        world.report()

    for killed_at in range(5, 12):
        for at in MOMENTS:
            world = changed()
            world.load(Ending(killed_at))
            world.report(ending=each(Ending(), at, partial(both, world)))
            assert settled(world), (killed_at, at)
