"""What the oracle knows of one slice of a table: which states each day's file may be in, and what is closed for good.

What certainly happened and what may have happened are kept apart: a killed load may have stored any of its days and
may have recorded any of them. Looking at the lake (``observe``) tells which, where it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.soak.account import DAY, Rows

State = Rows | None
"""The rows of a day's file; None: there is no file."""
NOTHING: frozenset[State] = frozenset([None])


@dataclass
class Ledger:
    """- ``states``: of each day, the states that its file may be in
    - ``closed``: days that are certainly final or given up, and are not gone back to; ``maybe_closed``: these, and
      those that may be
    - ``given_up``: days of ``closed`` that are certainly not final; ``perhaps_given_up``: these, and those that may
      have been given up
    - ``refused``: when days could not be loaded, if that was the last that was tried; ``unclear``: days of which that
      is not certain
    - ``asked``: when each day was certainly asked for last; ``maybe_asked``: likewise, perhaps
    - ``known``: days that were certainly asked about, those that were left included; ``maybe_known``: likewise, perhaps
    - ``anchor``: the first day that a scheduled load has certainly loaded; ``maybe_anchor``: perhaps, never later
    - ``pending``: days that are closed only if they are in one of these states
    - ``tokens``: those with which it was certainly loaded
    """

    states: dict[date, frozenset[State]] = field(default_factory=dict)
    closed: set[date] = field(default_factory=set)
    maybe_closed: set[date] = field(default_factory=set)
    given_up: set[date] = field(default_factory=set)
    perhaps_given_up: set[date] = field(default_factory=set)
    refused: dict[date, datetime] = field(default_factory=dict)
    unclear: set[date] = field(default_factory=set)
    asked: dict[date, datetime] = field(default_factory=dict)
    maybe_asked: dict[date, datetime] = field(default_factory=dict)
    known: set[date] = field(default_factory=set)
    maybe_known: set[date] = field(default_factory=set)
    anchor: date | None = None
    maybe_anchor: date | None = None
    pending: dict[date, frozenset[State]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def of(self, day: date) -> frozenset[State]:
        return self.states.get(day, NOTHING)

    # --- what loads do

    def close(self, days: Iterable[date], *, certain: bool) -> None:
        """Days that were asked for after they had settled."""
        for day in days:
            self.maybe_closed.add(day)
            self.given_up.discard(day)
            if certain:
                self.closed.add(day)
                self.perhaps_given_up.discard(day)
                self.pending.pop(day, None)

    def give_up(self, days: Iterable[date], *, certain: bool) -> None:
        """Days that are too old; those that are final stay so."""
        for day in days:
            if day in self.closed:
                continue
            if certain and day not in self.maybe_closed:
                self.given_up.add(day)
            self.perhaps_given_up.add(day)
            self.maybe_closed.add(day)
            self.refused.pop(day, None)
            self.unclear.discard(day)
            if certain:
                self.closed.add(day)
                self.pending.pop(day, None)

    def refuse(self, days: Iterable[date], moment: datetime, *, certain: bool) -> None:
        """Days that could not be loaded; of final ones that is not noted."""
        for day in days:
            if not certain or (day in self.maybe_closed and day not in self.closed):
                self.unclear.add(day)
            elif day not in self.closed:
                self.refused[day] = moment
                self.unclear.discard(day)

    def ask(self, day: date, moment: datetime, *, certain: bool) -> None:
        self.maybe_asked[day] = max(moment, self.maybe_asked.get(day, moment))
        if certain:
            self.asked[day] = max(moment, self.asked.get(day, moment))

    def answer(self, day: date, *, certain: bool) -> None:
        """A day that was refused before has been answered."""
        if certain:
            self.refused.pop(day, None)
            self.unclear.discard(day)
        elif day in self.refused:
            self.unclear.add(day)

    def learn(self, days: Iterable[date], *, certain: bool) -> None:
        """Days that were asked about, whatever came of it."""
        self.maybe_known.update(days)
        if certain:
            self.known.update(days)

    def begin(self, day: date, *, certain: bool) -> None:
        """A scheduled load has loaded from this day on."""
        self.maybe_anchor = min(day, self.maybe_anchor or day)
        if certain:
            self.anchor = min(day, self.anchor or day)

    # --- what befalls the lake

    def observe(self, day: date, state: State) -> bool:
        """Whether a state that was found is one that may be; from now on it is the one."""
        fits = state in self.of(day)
        self.states[day] = frozenset([state])
        if day in self.pending and state not in self.pending.pop(day):
            self.maybe_closed.discard(day)  # it was not stored, so nothing may say that it is final
        return fits

    def forget(self) -> Ledger:
        """What is left when nothing is recorded any more: the files themselves."""
        return Ledger(states=self.states)

    def lose(self, day: date) -> None:
        """The day's file was deleted."""
        self.states[day] = NOTHING

    # --- what is known of the days

    def final_through(self) -> tuple[date | None, date | None]:
        """At least, and at most: the last day up to which all days are final, from the first that a schedule has loaded
        on, or from the first that was ever asked about. Both None: not even the first is."""
        least = _through(self.anchor or min(self.known, default=None), self.closed - self.perhaps_given_up)
        first = self.maybe_anchor or min(self.maybe_known, default=None)
        return least, _through(first, self.maybe_closed - self.given_up)

    @property
    def is_clear(self) -> bool:
        """Whether it is certain where the run of final days begins."""
        if self.anchor or self.maybe_anchor:
            return self.anchor == self.maybe_anchor
        return min(self.known, default=None) == min(self.maybe_known, default=None)


def _through(day: date | None, final: Set[date]) -> date | None:
    found = None
    while day is not None and day in final:
        found, day = day, day + DAY
    return found
