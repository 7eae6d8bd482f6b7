"""Whatever is killed, and whenever: each replaced series is told once, and nothing that did not happen."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.insight.loads.restated_lake import DAYS, Ending, RestatedLake, each

KILLS = st.one_of(st.none(), st.integers(0, 16))
CHANGES = st.dictionaries(
    st.sampled_from(DAYS), st.dictionaries(st.sampled_from("abc"), st.integers(1, 2), min_size=1), max_size=2
)
STEPS = st.lists(st.one_of(st.tuples(CHANGES, KILLS), KILLS), max_size=7)
"""A load, with what changes before it and when it is killed; or a report, and when it is."""


def run(lake: RestatedLake, step: Any) -> None:
    if isinstance(step, tuple):
        changes, killed_at = step
        lake.figures |= changes
        lake.load(Ending(killed_at))
    else:
        lake.report(ending=Ending(step))


def settled(lake: RestatedLake) -> bool:
    lake.load()
    lake.report()
    return lake.told() == lake.replaced


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_no_kill_loses_or_doubles_a_restatement(history: list[Any]) -> None:
    lake = RestatedLake()
    lake.load()
    for step in history:
        run(lake, step)
        assert not lake.told() - lake.replaced
    assert settled(lake)


@settings(max_examples=100, deadline=None)
@given(STEPS, STEPS, CHANGES, KILLS, st.integers(0, 16), st.booleans())
def test_no_task_beside_another_does(
    first: list[Any], meanwhile: list[Any], changes: Any, killed_at: int | None, at: int, loads: bool
) -> None:
    """Beside a load, only reports: of two loads at once, the state decides, and both compare again."""
    lake = RestatedLake()
    lake.load()
    for step in first:
        run(lake, step)

    def others() -> None:
        for step in meanwhile:
            if not (loads and isinstance(step, tuple)):
                run(lake, step)

    lake.figures |= changes
    ending = each(Ending(killed_at), at, others)
    lake.load(ending) if loads else lake.report(ending=ending)
    assert settled(lake)


MOMENTS = range(18)
"""More operations than a load or a report takes."""


def changed() -> RestatedLake:
    lake = RestatedLake()
    lake.load()
    lake.figures |= {DAYS[0]: {"a": 2, "c": 3}}
    return lake


def test_a_report_may_come_at_any_moment_of_a_load() -> None:
    for at in MOMENTS:
        lake = changed()
        lake.load(each(Ending(), at, lake.report))
        assert settled(lake), at


def test_the_next_try_may_come_at_any_moment_of_a_report() -> None:
    for killed_at in range(5, 12):
        for at in MOMENTS:
            lake = changed()
            lake.load(Ending(killed_at))
            lake.report(ending=each(Ending(), at, lake.load))
            assert settled(lake), (killed_at, at)


def test_another_report_may_come_at_any_moment_of_a_report() -> None:
    def both(lake: RestatedLake) -> None:
        lake.load()
        lake.report()

    for killed_at in range(5, 12):
        for at in MOMENTS:
            lake = changed()
            lake.load(Ending(killed_at))
            lake.report(ending=each(Ending(), at, partial(both, lake)))
            assert settled(lake), (killed_at, at)
