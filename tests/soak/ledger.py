"""What the oracle knows of one slice of a table: which states each day's file may be in, and what is closed for good.

What certainly happened and what may have happened are kept apart: a killed load may have stored any of its days and
may have recorded any of them. Looking at the lake (``observe``) tells which, where it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from soak.account import Rows

State = Rows | None
"""The rows of a day's file; None: there is no file."""
NOTHING: frozenset[State] = frozenset([None])


@dataclass
class Ledger:
    """- ``states``: of each day, the states that its file may be in
    - ``closed``: days that are certainly final or given up, and are not gone back to; ``maybe_closed``: these, and
      those that may be
    - ``asked``: when each day was certainly asked for last; ``maybe_asked``: likewise, perhaps
    - ``anchor``: the first day that a scheduled load has certainly loaded; ``maybe_anchor``: perhaps, never later
    - ``pending``: days that are closed only if they are in one of these states
    """

    states: dict[date, frozenset[State]] = field(default_factory=dict)
    closed: set[date] = field(default_factory=set)
    maybe_closed: set[date] = field(default_factory=set)
    asked: dict[date, datetime] = field(default_factory=dict)
    maybe_asked: dict[date, datetime] = field(default_factory=dict)
    anchor: date | None = None
    maybe_anchor: date | None = None
    pending: dict[date, frozenset[State]] = field(default_factory=dict)

    def of(self, day: date) -> frozenset[State]:
        return self.states.get(day, NOTHING)

    def close(self, days: Iterable[date], *, certain: bool) -> None:
        for day in days:
            self.maybe_closed.add(day)
            if certain:
                self.closed.add(day)
                self.pending.pop(day, None)

    def ask(self, day: date, moment: datetime, *, certain: bool) -> None:
        self.maybe_asked[day] = max(moment, self.maybe_asked.get(day, moment))
        if certain:
            self.asked[day] = max(moment, self.asked.get(day, moment))

    def begin(self, day: date, *, certain: bool) -> None:
        """A scheduled load has loaded from this day on."""
        self.maybe_anchor = min(day, self.maybe_anchor or day)
        if certain:
            self.anchor = min(day, self.anchor or day)

    def observe(self, day: date, state: State) -> bool:
        """Whether a state that was found is one that may be; from now on it is the one."""
        fits = state in self.of(day)
        self.states[day] = frozenset([state])
        if day in self.pending and state not in self.pending.pop(day):
            self.maybe_closed.discard(day)  # it was not stored, so nothing may say that it is final
        return fits
