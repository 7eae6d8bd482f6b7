"""What a load's answers mean for its days: what is refused, final, left or stored. Imports nothing of the package.

This follows from the truth and the rules alone. What earlier loads have done is the ledger's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Protocol

from tests.soak.account import DAY, Feed, Rows, midnight
from tests.soak.ledger import State
from tests.soak.rules import SETTLING, Load, settles

LIMIT, LIMIT_OF_LISTS = 365, 31
PIPELINE = timedelta(hours=6)


class Truth(Protocol):
    """What the oracle asks of the world; see :class:`soak.truth.Truth`."""

    def rows(self, feed: Feed, day: date, moment: datetime) -> Rows: ...
    def answering(self, feed: Feed, moment: datetime) -> frozenset[str]: ...
    def listed(self, feed: Feed, moment: datetime) -> list[str]: ...
    def through(self, moment: datetime) -> datetime: ...
    def trouble(self, feed: Feed, first: date, last: date, moment: datetime) -> str | None: ...


class Answers:
    """What the answers of a moment mean."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth

    def refused(self, load: Load, wanted: list[date]) -> bool:
        """Whether a range of days cannot be answered."""
        feed, first, last = load.feed, wanted[0], wanted[-1]
        if feed.kind.cumulative:
            first = first.replace(day=1)
        if feed.metric == "evaluations":  # asked for ranges that are long enough to get days
            oldest = load.moment.date() - SETTLING
            first = min(first, last - DAY, oldest if last >= oldest else first)
            if not self.truth.answering(feed, load.moment) and self.truth.listed(feed, load.moment):
                return True
        return self.truth.trouble(feed, first, last, load.moment) is not None

    def questions(self, load: Load, wanted: list[date]) -> int:
        """How many questions a range of days takes."""
        if load.feed.kind.listed:
            return len(wanted)
        first = wanted[0].replace(day=1) if load.feed.kind.cumulative else wanted[0]
        return -(-(wanted[-1] - first + DAY).days // LIMIT) * self._least(load)

    def _least(self, load: Load) -> int:
        """How many questions any range takes at least."""
        return len(self.truth.listed(load.feed, load.moment)) if load.feed.metric == "evaluations" else 1

    def is_final(self, load: Load, day: date, moment: datetime) -> bool:
        """Whether a question of the load makes the day final."""
        through = max(midnight(day + DAY), settles(load, day) - PIPELINE)
        counted = not load.feed.kind.counted or self.truth.through(moment) >= through
        return not load.feed.kind.seen and moment >= settles(load, day) and counted

    def _is_counted(self, load: Load, day: date) -> bool:
        return not load.feed.kind.counted or midnight(day + DAY) <= self.truth.through(load.moment)

    def is_left(self, load: Load, day: date) -> bool:
        if self._is_counted(load, day):
            return False
        return not (load.include_open_day and self.truth.rows(load.feed, day, load.moment))

    def stored(self, before: frozenset[State], load: Load, day: date, moment: datetime) -> frozenset[State]:
        """The states that a day's file may be in, once the answer of a moment is stored over those before."""
        answer = self.truth.rows(load.feed, day, moment)
        return frozenset(state for one in before for state in self._merged(load, one, answer))

    def _merged(self, load: Load, stored: State, answer: Rows) -> Iterable[State]:
        """The states that a day's file may be in, once this answer is stored over that state."""
        if stored is None or load.on_empty == "write":
            return [answer]
        if not load.feed.kind.parts:
            return [answer or stored]
        if not answer:
            return [stored]
        column, answering = load.feed.kind.parts, self.truth.answering(load.feed, load.moment)
        kept = frozenset(row for row in stored if dict(row)[column] not in answering)
        return [answer | kept, answer] if load.feed.kind.seen else [answer | kept]


def outcome_of(before: State, after: State, answer: Rows) -> str:
    """What a load must report of a day."""
    if before is None:
        return "written" if after else "empty"
    if before and not answer and after:
        return "kept"
    if before == after:
        return "unchanged" if after else "empty"
    return "restated"
