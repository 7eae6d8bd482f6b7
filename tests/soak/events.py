"""A scenario as data: loads and what befalls them, two at once, and what befalls the lake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.soak.account import Account, Feed
from tests.soak.dags import Dag
from tests.soak.rules import Load

APART = timedelta(seconds=10)
"""Between two questions: clocks are corrected to a second or two."""


@dataclass(frozen=True)
class Step:
    """One load, and what befalls it.

    - ``kill``: it dies at its n-th write; None: it lives
    - ``faults``: what its first questions about usage meet
    - ``skew``: seconds by which its worker's clock is ahead
    """

    load: Load
    kill: int | None = None
    faults: tuple[str, ...] = ()
    skew: int = 0

    @property
    def moment(self) -> datetime:
        return self.load.moment


@dataclass(frozen=True)
class Pair:
    """Two loads of one slice at once, of one DAG or of two. Both have asked before either stores.

    - ``order``: ``older last``: the first to ask stores last; ``newer last``; ``race``: nobody holds them back
    """

    older: Step
    newer: Step
    order: str

    @property
    def moment(self) -> datetime:
        return self.older.moment

    @property
    def resumed(self) -> datetime:
        """When those go on that were held back, and both of a race."""
        return self.newer.moment + APART


@dataclass(frozen=True)
class Drop:
    """A table is deleted, with its description."""

    moment: datetime
    table: str


@dataclass(frozen=True)
class Loss:
    """Day files of a slice are deleted by hand, where there are any."""

    moment: datetime
    table: str
    feed: Feed
    days: tuple[date, ...]


@dataclass(frozen=True)
class Harm:
    """What is recorded of a slice becomes useless; ``how``: see :meth:`soak.lake.Lake.harm_state`."""

    moment: datetime
    table: str
    feed: Feed
    how: str


HARMS = ("deleted", "foreign", "cut", "empty", "garbage", "shape")
Event = Step | Pair | Drop | Loss | Harm


@dataclass(frozen=True)
class Scenario:
    seed: int
    start: date
    account: Account
    dags: tuple[Dag, ...]
    events: tuple[Event, ...]

    @property
    def days(self) -> int:
        """Simulated days on which anything happened."""
        return len({event.moment.date() for event in self.events})

    def by_day(self) -> Iterator[tuple[date, list[Event]]]:
        found: dict[date, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.moment.date(), []).append(event)
        yield from sorted(found.items())
