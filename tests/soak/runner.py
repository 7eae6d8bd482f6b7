"""Plays a scenario against the package, and compares the lake with the oracle after every simulated day."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from tests.soak import loads, stores
from tests.soak.account import Feed, Rows
from tests.soak.events import Drop, Event, Harm, Loss, Pair, Scenario, Step
from tests.soak.expected import Expected
from tests.soak.lake import Broken, Lake
from tests.soak.loads import Done
from tests.soak.oracle import Oracle
from tests.soak.reports import misreported, needlessly_looked_up, skip_unreported
from tests.soak.rules import Load, window_of
from tests.soak.victim import Victims
from tests.soak.world import Caller, Ticket, World

ENOUGH = 10
"""Differences after which a scenario is given up: what follows is mostly their consequence."""
LONGEST = 60  # seconds that two loads at once wait for each other


@dataclass
class Outcome:
    """What a soak has seen. ``recorded``: the objects below ``_ldusage/`` when something differed first."""

    seed: int
    store: str
    days: int = 0
    loads: int = 0
    killed: int = 0
    at_once: int = 0
    raced: int = 0
    harmed: int = 0
    failed: int = 0
    compared: int = 0
    looked_up: int = 0
    differences: list[str] = field(default_factory=list)
    recorded: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"seed {self.seed} on {self.store}: {self.days} days, {self.loads} loads, {self.killed} killed, "
            f"{self.at_once} at once ({self.raced} of them races), {self.failed} failed as they had to, "
            f"{self.harmed} mishaps of files, {self.looked_up} looked the account up, {self.compared} days compared, "
            f"{len(self.differences)} differences"
        )


def play(scenario: Scenario, store: str, folder: Path, *, enough: int = ENOUGH) -> Outcome:
    """Everything that happens in a scenario, on a store of its own.

    :param store: one of :func:`soak.stores.names`
    :param folder: for a lake on local disk
    """
    with stores.place(store, folder) as place:
        return play_at(scenario, place, enough=enough)


def play_at(scenario: Scenario, place: stores.Place, *, enough: int = ENOUGH) -> Outcome:
    """Everything that happens in a scenario, in a lake that is empty."""
    with World(scenario.account) as world, Victims() as victims:
        return _Play(scenario, world, place, victims, Outcome(scenario.seed, place.name), enough).all()


class _Play:
    def __init__(
        self,
        scenario: Scenario,
        world: World,
        place: stores.Place,
        victims: Victims,
        outcome: Outcome,
        enough: int,
    ) -> None:
        self.scenario, self.world, self.place, self.victims = scenario, world, place, victims
        self.outcome, self.enough = outcome, enough
        self.oracle = Oracle(world.truth)
        self.lake = Lake(place.fs, place.root)
        self.feeds: dict[str, tuple[Feed, ...]] = {}
        for dag in scenario.dags:
            self.feeds[dag.table] = tuple(dict.fromkeys((*self.feeds.get(dag.table, ()), *dag.feeds)))

    def all(self) -> Outcome:
        for day, events in self.scenario.by_day():
            for event in events:
                self._happen(event)
                if len(self.outcome.differences) >= self.enough:
                    return self.outcome
            self.outcome.days += 1
            for table in self.feeds:
                self._compare(table, f"after {day}")
        return self.outcome

    def _happen(self, event: Event) -> None:
        if isinstance(event, Drop):
            self.lake.drop(event.table)
            self.oracle.forget(event.table)
        elif isinstance(event, Loss):
            ledger = self.oracle.ledger(event.table, event.feed)
            for day in self.lake.lose(event.table, event.feed, event.days):
                ledger.lose(day)
            self.outcome.harmed += 1
        elif isinstance(event, Harm):
            self.lake.harm_state(event.table, event.feed, event.how)
            self.oracle.forget_recorded(event.table, event.feed)
            self.outcome.harmed += 1
        elif isinstance(event, Pair):
            self._both(event)
        else:
            self._one(event)

    # --- loads

    def _one(self, step: Step) -> None:
        expected = self.oracle.expect(step.load)
        with self.world.admit(step.moment, faults=step.faults) as (ticket, caller):
            known = self._is_known(step, ticket)
            done = self._run(step, ticket, caller)
        outcomes = self.oracle.settle(expected, killed=done.killed)
        self._judge(step, expected, outcomes, done, caller)
        self._judge_look_up(step, expected, done, caller, known=known)
        self._loaded_by(step, ticket, done)
        if done.killed:
            self._compare(step.load.table, f"once it was killed: {_told(step)}")

    def _both(self, pair: Pair) -> None:
        steps = (pair.older, pair.newer)
        expected = [self.oracle.expect(step.load) for step in steps]
        how = self._order(pair, expected)
        # Time goes on with the first day that is stored, so not where all own days are left.
        resumed = None if how == "newer last" or _leaves_all(expected[0]) else pair.resumed
        order = (0, 1) if how == "newer last" else (1, 0)
        done: list[Done] = [Done(), Done()]

        def run(number: int, ticket: Ticket, caller: Caller) -> None:
            done[number] = self._run(steps[number], ticket, caller)

        with (
            self.world.admit(pair.older.moment, held=True) as (first, older),
            self.world.admit(pair.newer.moment, held=True) as (second, newer),
        ):
            callers, tickets = (older, newer), (first, second)
            known = [self._is_known(*each) for each in zip(steps, tickets, strict=True)]
            threads = [threading.Thread(target=run, args=args) for args in ((0, first, older), (1, second, newer))]
            for thread, caller in zip(threads, callers, strict=True):
                thread.start()
                _until_held(caller, thread)
            if how == "race":
                for caller in callers:
                    caller.let_go(pair.resumed)
            for number in order:
                if how != "race":
                    callers[number].let_go(steps[number].moment if number or resumed is None else resumed)
                threads[number].join(LONGEST)
        self.outcome.at_once += 1
        if how == "race":
            self.outcome.raced += 1
            self.oracle.settle_race(expected[0], expected[1], pair.resumed)
            for number in order:
                told = replace(expected[number], questions=None)
                self._judge(steps[number], told, {}, done[number], callers[number], raced=True)
        else:
            for number in order:
                outcomes = self.oracle.settle(expected[number], resumed=None if number else resumed)
                self._judge(steps[number], expected[number], outcomes, done[number], callers[number])
        for number in order:
            self._judge_look_up(steps[number], expected[number], done[number], callers[number], known=known[number])
            self._loaded_by(steps[number], tickets[number], done[number])
        self._compare(pair.older.load.table, f"two at once, {how}: {_told(pair.older)}; {_told(pair.newer)}")

    def _order(self, pair: Pair, expected: list[Expected]) -> str:
        """How the two come one after the other. Memory knows no writes on condition, and so no races."""
        if pair.order == "race" and (self.place.name == "memory" or any(map(_leaves_all, expected))):
            return "older last"
        return pair.order

    def _run(self, step: Step, ticket: Ticket, caller: Caller) -> Done:
        self.outcome.loads += 1
        try:
            if step.kill is not None and self.place.name == "disk":
                return self.victims.run(step, ticket, self.world.url, self.place.root)
            return loads.run(step, ticket, caller, self.world.url, self.place)
        except Exception as error:
            self._differs(f"{_told(step)} raised {error!r}")
            return Done()

    def _judge(
        self,
        step: Step,
        expected: Expected,
        outcomes: dict[date, str],
        done: Done,
        caller: Caller,
        *,
        raced: bool = False,
    ) -> None:
        """Whether the load ended as it had to, asked what it had to ask, and reported what it did."""
        if done.killed:
            self.outcome.killed += 1
            return
        if expected.outcome == "failed" and done.error is None:
            self._differs(f"{_told(step)} had to fail, and did not")
        elif expected.outcome in ("stored", "skipped") and done.error is not None:
            self._differs(f"{_told(step)} failed: {done.error}")
        self.outcome.failed += expected.outcome == "failed"
        if done.report is None or expected.outcome == "either":
            return
        xcom = done.report.to_xcom()
        if expected.outcome == "skipped":
            wrong = skip_unreported(xcom)
        elif expected.outcome == "stored":
            wrong = misreported(self.oracle, expected, outcomes, xcom, raced=raced)
            if not expected.load.feed.kind.seen and expected.questions not in (None, caller.questions):
                wrong.append(f"{caller.questions} questions, not {expected.questions}: {caller.asked}")
        else:
            wrong = []
        for each in wrong:
            self._differs(f"{_told(step)} reports {each}")

    # --- whose the token is

    def _is_known(self, step: Step, ticket: Ticket) -> bool:
        return ticket.token in self.oracle.ledger(step.load.table, step.load.feed).tokens

    def _loaded_by(self, step: Step, ticket: Ticket, done: Done) -> None:
        if done.report is not None and not done.report.skipped:
            self.oracle.ledger(step.load.table, step.load.feed).tokens.add(ticket.token)

    def _judge_look_up(self, step: Step, expected: Expected, done: Done, caller: Caller, *, known: bool) -> None:
        self.outcome.looked_up += caller.looked_up
        if wrong := needlessly_looked_up(expected, caller, behind=step.skew < 0, known=known):
            self._differs(f"{_told(step)} {wrong}")

    # --- the lake

    def _compare(self, table: str, when: str) -> None:
        try:
            found = self.lake.days(table, self.feeds[table])
        except Broken as broken:
            self._differs(f"{when}: {broken}")
            return
        for feed in self.feeds[table]:
            ledger = self.oracle.ledger(table, feed)
            for day in sorted({*ledger.states, *found[feed]}):
                self.outcome.compared += 1
                allowed, rows = ledger.of(day), found[feed].get(day)
                if not ledger.observe(day, rows):
                    self._differs(f"{when}: {table} {feed} {day}: {_difference(rows, allowed)}")

    def _differs(self, what: str) -> None:
        self.outcome.recorded = self.outcome.recorded or self.lake.state()
        self.outcome.differences.append(what)


def _leaves_all(expected: Expected) -> bool:
    return set(expected.own) <= expected.left


def _until_held(caller: Caller, thread: threading.Thread) -> None:
    """Until the load waits for its answer, or is over: it may have no question at all."""
    for _ in range(LONGEST * 100):
        if caller.reached.wait(0.01) or not thread.is_alive():
            return


def _told(step: Step) -> str:
    load: Load = step.load
    first, end = window_of(load)
    what = f"{load.kind} load of {load.table} {load.feed} at {load.moment:%Y-%m-%d %H:%M:%S} for {first} to {end}"
    return f"{what} (run of {load.at:%Y-%m-%d %H:%M}, kill={step.kill}, faults={step.faults[:3]}, skew={step.skew})"


def _difference(found: Rows | None, allowed: frozenset[Rows | None]) -> str:
    return f"found {_shown(found)}, allowed: {'; or '.join(map(_shown, allowed))}"


def _shown(rows: Rows | None) -> str:
    if rows is None:
        return "no file"
    return "{" + ", ".join(sorted(_shown_row(dict(row)) for row in rows)) + "}"


def _shown_row(row: dict[str, Any]) -> str:
    return "/".join(str(value) for name, value in row.items() if name not in ("time", "project_key", "environment_key"))
