"""A scenario from a seed: the account, its DAGs, and every load in the order in which it begins."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.soak.account import ALWAYS, DAY, Account, Feed, Flag, Project, Trouble, midnight
from tests.soak.dags import GROUPS, Dag
from tests.soak.events import APART, HARMS, Drop, Event, Harm, Loss, Pair, Scenario, Step
from tests.soak.rules import Load
from tests.soak.schedules import Every, Schedule

STARTS = (date(2023, 12, 9), date(2024, 2, 3), date(2024, 1, 20), date(2025, 2, 11), date(2025, 10, 6),
          date(2026, 3, 12), date(2027, 12, 20), date(2028, 2, 14))  # fmt: skip
DOWN = ("503",) * 40
PASSING = (("503",), ("429",), ("cut",), ("503", "429"), ("cut", "503"), ("429", "429", "503"))


def scenario(seed: int, days: int = 60, groups: tuple[str, ...] | None = None) -> Scenario:
    """What happens in so many simulated days.

    :param groups: names of DAGs, whose groups are taken; None: some that the seed chooses
    """
    chance = random.Random(seed)
    start = chance.choice(STARTS)
    if groups is None:
        chosen = chance.sample(GROUPS, 5)
    else:
        chosen = [group for group in GROUPS if any(dag.name in groups for dag in group)]
    dags = tuple(dag for group in chosen for dag in group)
    made = _Maker(chance, random.Random(f"more of {seed}"), start, days)
    steps = [step for dag in dags for step in made.of(dag)]
    return Scenario(seed, start, made.account(), dags, tuple(made.arranged(steps, dags)))


class _Maker:
    def __init__(self, chance: random.Random, more: random.Random, start: date, days: int) -> None:
        self.chance, self.more = chance, more
        self.start, self.end = midnight(start), midnight(start + timedelta(days=days))
        self.troubles: list[Trouble] = []
        self.killed, self.retried = chance.choice((0.03, 0.05, 0.2)), chance.choice((0.1, 0.7, 0.9))

    # --- the account

    def account(self) -> Account:
        chance = self.chance
        projects = (
            Project("alpha"), Project("beta"), Project("gamma", since=self._moment()),
            self._deleted(Project("delta")), self._deleted(Project("epsilon")),
            Project("zeta", environments=("one", "two", "three", "four", "five", "six")),
        )  # fmt: skip
        flags = [Flag(f"flag-{n}", "alpha") for n in range(chance.randrange(2, 5))]
        flags = [self._deleted(flag) if chance.random() < 0.5 else flag for flag in flags]
        flags = [replace(flag, archived=self._moment()) if chance.random() < 0.2 else flag for flag in flags]
        flags += [Flag("steady", "alpha"), Flag("new", "alpha", since=self._moment())]
        # What a mapped task filters by has to be there from the start: asking for an unknown project is an error.
        projects = tuple(replace(one, since=ALWAYS[0]) if one.key == "gamma" else one for one in projects)
        frozen = []
        for _ in range(chance.randrange(1, 4)):
            since = self._moment()
            frozen.append((since, since + timedelta(hours=chance.choice((20, 50, 100, 200)))))
        return Account(projects, tuple(flags), tuple(self.troubles), tuple(frozen))

    def _deleted(self, one):  # type: ignore[no-untyped-def]
        gone = self._moment()
        return replace(one, gone=gone, unlisted=gone + timedelta(hours=self.chance.choice((0, 0, 30, 60))))

    def _moment(self) -> datetime:
        return self.start + (self.end - self.start) * self.chance.random()

    # --- the runs

    def of(self, dag: Dag) -> list[Step]:
        steps: list[Step] = []
        half = self.start + (self.end - self.start) / 2
        spans = [(self.start, self.end)] if len(dag.schedules) == 1 else [(self.start, half), (half, self.end)]
        pauses = self._pauses(dag)
        for schedule, (first, last) in zip(dag.schedules, spans, strict=True):
            for instant in schedule.between(first, last):
                for feed in dag.feeds:
                    delay = timedelta(seconds=self.chance.randrange(20, 2400))
                    steps += self._befallen(_load(dag, schedule, feed, instant, instant + delay))
        steps = self._paused(steps, pauses, dag)
        return steps + self._others(dag)

    def _pauses(self, dag: Dag) -> list[tuple[datetime, datetime]]:
        """Stretches in which no run of a DAG starts."""
        found, at = [], self.start + timedelta(days=self.chance.randrange(3, 12))
        lengths: tuple[int, ...] = (2, 4, 5, 6, 8, 17, 35, 50)
        if self.end - self.start > timedelta(days=420):
            lengths = (390,)  # more than loads go back to by themselves
        while at < self.end - timedelta(days=6):
            length = timedelta(days=self.chance.choice(lengths), hours=self.chance.randrange(20))
            if at + length < self.end - timedelta(days=4):
                found.append((at, at + length))
                if length > timedelta(days=15) and self.chance.random() < 0.7:
                    self.troubles.append(self._trouble(dag, at, at + length))
            at += length + timedelta(days=self.chance.randrange(4, 20))
        return found

    def _trouble(self, dag: Dag, since: datetime, until: datetime) -> Trouble:
        """The first days of a pause cannot be answered for a while, once the pause is over."""
        first = since.date() + DAY
        how = self.chance.choice(("400", "500", "shape", "empty"))
        return Trouble(
            dag.feeds[0].metric, first - timedelta(days=self.chance.choice((0, 60))),
            first + timedelta(days=self.chance.randrange(3)), until - DAY,
            until + timedelta(days=self.chance.choice((2, 5, 9, 400))), how,
        )  # fmt: skip

    def _paused(self, steps: list[Step], pauses: list[tuple[datetime, datetime]], dag: Dag) -> list[Step]:
        kept = [step for step in steps if not _within(step.moment, pauses)]
        for since, until in pauses:
            missed = [step for step in steps if since <= step.moment < until and step.kill is None]
            if not dag.catchup:
                last = max((step.load.at for step in missed), default=None)
                missed = [step for step in missed if step.load.at == last]
            elif (order := self.chance.choice(("in order", "shuffled", "backwards", "some"))) == "shuffled":
                self.chance.shuffle(missed)
            elif order == "backwards":
                missed.reverse()
            elif order == "some":
                missed = [step for step in missed if self.chance.random() < 0.5]
            for number, step in enumerate(missed):
                kept.append(_at(step, until + timedelta(seconds=60 + 30 * number)))
        return kept

    def _befallen(self, load: Load) -> list[Step]:
        """The run's load, and what comes of it: retries, and when it is cleared."""
        chance = self.chance
        step = Step(load, skew=chance.choice((0, 0, 0, -7200, -240, 37, 300, 5400, 86_400 * 2)))
        later = timedelta(minutes=5, seconds=chance.randrange(60))
        fate = chance.random()
        if chance.random() < self.killed:
            dead = replace(step, kill=chance.randrange(1, 10))
            return [dead, *([_at(step, load.moment + later)] if chance.random() < self.retried else [])]
        if fate < 0.03:
            return [replace(step, faults=chance.choice(PASSING))]
        if fate < 0.05 and not load.feed.kind.seen:
            down = replace(step, faults=DOWN, load=replace(load, answered=False))
            return [down, *([_at(step, load.moment + later)] if chance.random() < self.retried else [])]
        if fate < 0.09:
            return [step, _at(step, load.moment + timedelta(hours=chance.choice((1, 20, 49, 100, 400))))]
        return [step]

    def _others(self, dag: Dag) -> list[Step]:
        """Backfills, named windows and manual runs."""
        found: list[Step] = []
        for _ in range(self.chance.randrange(3)):
            moment = self._moment()
            day = (self.start - timedelta(days=self.chance.randrange(-20, 60))).date()
            length = self.chance.choice((1, 3, 12, 40))
            for feed in dag.feeds:
                base = Load(
                    dag.table, feed, "manual", moment, moment,
                    lookback=dag.lookback, include_open_day=dag.include_open_day, on_empty=dag.on_empty,
                )  # fmt: skip
                kind = self.chance.choice(("named", "backfill", "manual"))
                if kind == "manual":
                    found.append(Step(base))
                elif kind == "named":
                    found.append(Step(replace(base, kind=kind, days=(day, day + timedelta(days=length)))))
                else:
                    for number in range(min(length, 6)):
                        instant = midnight(day + timedelta(days=number + 1))
                        backfilled = replace(base, kind=kind, at=instant, previous=instant - DAY)
                        found.append(_at(Step(backfilled), moment + timedelta(minutes=number + 1)))
        return [step for step in found if step.load.moment < self.end]

    # --- what befalls the lake

    def mishaps(self, dags: tuple[Dag, ...]) -> Iterator[Event]:
        """A table that is deleted, day files that are, and what is recorded that becomes useless."""
        if self.chance.random() < 0.5:
            yield Drop(self._moment(), self.chance.choice(dags).table)
        for _ in range(self.more.randrange(5)):
            dag = self.more.choice(dags)
            feed = self.more.choice(dag.feeds)
            moment = self.start + (self.end - self.start) * self.more.random()
            if self.more.random() < 0.5:
                yield Harm(moment, dag.table, feed, self.more.choice(HARMS))
            else:
                ages = self.more.sample(range(14), 4) + self.more.sample(range(14, 90), 3)
                yield Loss(moment, dag.table, feed, tuple(moment.date() - age * DAY for age in ages))

    # --- in order

    def arranged(self, steps: list[Step], dags: tuple[Dag, ...]) -> Iterator[Event]:
        """All of it in the order of time, no two questions too close to each other, some loads at once."""
        events: list[Event] = sorted((step for step in steps if step.moment < self.end), key=lambda step: step.moment)
        events = sorted([*events, *self.mishaps(dags)], key=lambda event: event.moment)
        last = self.start
        for event in events:
            if not isinstance(event, Step):
                yield replace(event, moment=max(event.moment, last))  # type: ignore[type-var]
                continue
            event = _at(event, max(event.moment, last + APART))
            last = event.moment
            pair = self._pair(event, dags)
            # Within an hour, all that a load has to do is the same for both.
            if pair is not None and pair.resumed.hour == event.moment.hour:
                last = pair.resumed
                yield pair
            else:
                yield event

    def _pair(self, step: Step, dags: tuple[Dag, ...]) -> Pair | None:
        """The load with another at the same time: of the same DAG, or of another that shares the table."""
        chance, load = self.chance, step.load
        # Who loses usage and must not fails or not, as the other has stored or not.
        if step.kill is not None or step.faults or load.feed.kind.seen or load.on_empty == "fail":
            return None
        moment = step.moment + APART * chance.randrange(2, 20)
        if chance.random() < 0.04:
            other, order = replace(load, moment=moment), "older last" if chance.random() < 0.7 else "newer last"
        else:
            others = [dag for dag in dags if dag.table == load.table and load.feed in dag.feeds]
            if len(others) < 2 or self.more.random() > 0.15:
                return None
            dag = self.more.choice(others)
            schedule = dag.schedules[0]
            other = _load(dag, schedule, load.feed, schedule.previous(moment), moment)
            order = self.more.choice(("older last", "newer last", "race"))
        if self.more.random() < 0.3:
            order = "race"
        return Pair(step, Step(other, skew=-step.skew), order)


def _load(dag: Dag, schedule: Schedule | Every, feed: Feed, instant: datetime, moment: datetime) -> Load:
    return Load(
        dag.table, feed, dag.kind, instant, moment.replace(microsecond=0),
        previous=schedule.previous(instant) if dag.kind == "scheduled" else None,
        days=(instant.date() - DAY, instant.date()) if dag.kind == "partition" else None,
        lookback=dag.lookback, include_open_day=dag.include_open_day, on_empty=dag.on_empty,
        max_requests=dag.max_requests,
    )  # fmt: skip


def _at(step: Step, moment: datetime) -> Step:
    return replace(step, load=replace(step.load, moment=moment.replace(microsecond=0)))


def _within(moment: datetime, spans: list[tuple[datetime, datetime]]) -> bool:
    return any(since <= moment < until for since, until in spans)
