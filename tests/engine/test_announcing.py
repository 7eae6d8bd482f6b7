"""What a task announces, given what is recorded and what became of the others."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.engine.announcing import Fate, HandedOn, OwnAndHandedOn, OwnEvents, Settled, Silent
from airflow_provider_ldusage.lake.announcements import Announcer, Debt

ME = Announcer("dag", "load", "today", -1, 2)
BEFORE = ME._replace(try_number=1)
THEM = Announcer("dag", "load", "yesterday")
FIRST, SECOND, THIRD = date(2026, 11, 8), date(2026, 11, 9), date(2026, 11, 10)
NOBODY: frozenset[Debt] = frozenset()


def own(fate: Fate = Fate.LOST, most: int | None = None) -> OwnEvents:
    return OwnEvents(("a",), ME, lambda announcer: fate, most)


def debts(*days: date, by: Announcer = THEM, handed_on: bool = False, asset: str = "a") -> frozenset[Debt]:
    return frozenset(Debt(asset, day, by, handed_on) for day in days)


def test_what_was_changed_is_announced_and_stays_recorded() -> None:
    recorded = debts(FIRST, SECOND, THIRD, by=ME)
    found = own().settle(recorded, {SECOND}, NOBODY)
    assert found == Settled(debts(SECOND, by=ME), (SECOND,))


def test_an_earlier_try_and_one_before_a_deferral_are_announced() -> None:
    left = debts(FIRST, by=BEFORE) | debts(SECOND, by=ME)
    found = own().settle(left | debts(THIRD, by=ME), set(), own().inherited(left))
    assert found == Settled(debts(FIRST, SECOND, by=ME), (FIRST, SECOND), again=2)


@pytest.mark.parametrize(
    ("fate", "handed_on", "announced", "kept"),
    [
        (Fate.LOST, False, True, NOBODY),
        (Fate.LOST, True, True, NOBODY),
        (Fate.PENDING, False, False, debts(FIRST)),
        (Fate.PENDING, True, False, debts(FIRST, handed_on=True)),
        (Fate.SUCCEEDED, False, False, NOBODY),
        (Fate.SUCCEEDED, True, True, NOBODY),
    ],
)
def test_what_another_task_owes(fate: Fate, handed_on: bool, announced: bool, kept: frozenset[Debt]) -> None:
    found = own(fate).settle(debts(FIRST, handed_on=handed_on), set(), NOBODY)
    assert found.days == ((FIRST,) if announced else ())
    assert found.debts == (debts(FIRST, by=ME) if announced else kept)


def test_other_assets_are_left_alone() -> None:
    others = debts(FIRST, asset="b") | debts(SECOND, asset="b", by=BEFORE)
    assert own().settle(others, set(), NOBODY) == Settled(others)
    assert Silent().settle(others, {FIRST}, NOBODY) == Settled(others)


def test_more_days_than_it_may_announce_are_handed_on() -> None:
    found = own(most=2).settle(debts(THIRD), {FIRST, SECOND}, NOBODY)
    assert (found.days, found.owed) == ((FIRST, SECOND), (THIRD,))
    assert found.debts == debts(FIRST, SECOND, by=ME) | debts(THIRD, by=ME, handed_on=True)
    assert own(Fate.SUCCEEDED, 2).settle(debts(THIRD, handed_on=True), set(), NOBODY).days == (THIRD,)


def test_a_load_that_is_closed_announces_nothing_and_keeps_all_debts() -> None:
    load = HandedOn(("a",), ME, lambda announcer: Fate.SUCCEEDED)
    recorded = load.debts_of([FIRST, SECOND]) | debts(THIRD, by=BEFORE) | debts(FIRST, handed_on=True)
    found = load.settle(recorded, {FIRST}, load.inherited(debts(THIRD, by=BEFORE)))
    assert found == Settled(debts(FIRST, THIRD, by=ME, handed_on=True) | debts(FIRST, handed_on=True))


def test_a_load_that_is_closed_crosses_out_what_was_announced() -> None:
    closing = debts(FIRST, by=THEM._replace(task_id="closing"))
    for fate, left in ((Fate.SUCCEEDED, NOBODY), (Fate.PENDING, closing), (Fate.LOST, closing)):
        load = HandedOn(("a",), ME, lambda announcer, fate=fate: fate)  # type: ignore[misc]
        assert load.settle(closing, set(), NOBODY).debts == left


def test_its_own_assets_hear_and_others_are_left_to_the_closing_task() -> None:
    fate = Fate.LOST
    both = OwnAndHandedOn(own(fate), HandedOn(("b",), ME, lambda announcer: fate))
    assert both.assets == ("a", "b")
    recorded = both.debts_of(iter([FIRST, SECOND]))
    assert recorded == debts(FIRST, SECOND, by=ME) | debts(FIRST, SECOND, by=ME, handed_on=True, asset="b")
    left = debts(THIRD, by=BEFORE) | debts(THIRD, by=BEFORE, asset="b", handed_on=True)
    assert both.inherited(left) == left
    found = both.settle(recorded | left, {FIRST}, left)
    kept = debts(FIRST, THIRD, by=ME) | debts(FIRST, THIRD, by=ME, asset="b", handed_on=True)
    assert found == Settled(kept, (FIRST, THIRD), again=1)
