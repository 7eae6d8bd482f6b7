"""Which rows the lake must hold, worked out from the loads and the truth alone. Imports nothing of the package.

The rules, as the oracle reads them
===================================

**Which days a run loads.** Half-open windows of whole UTC days.

- A scheduled or backfill run of a schedule: every UTC day that ended after the schedule's previous instant and up to
  this one. If none did, the day before this one's.
- A manual or asset-triggered run: the day before its instant. A named window, and a partition: itself.
- Today is cut off. A run of which nothing is left succeeds and stores nothing.

**Look-back.** A window that the run told (no backfill, no named window) and that ended no more than three days ago is
widened: by ``lookback`` days where it is given, else by three; for month-to-date figures to the first of the month in
which it begins, and in a month's first three days to the first of the month before. A named window is widened only if
``lookback`` is given. The window and its look-back are the load's *own* days. They are asked for and stored together:
if any cannot be answered, none is stored, and the load fails.

**Closed days.** A day is final once a load has asked for it after it had settled: ``lookback`` days (default three)
after its end, for month-to-date figures three days after its month's, for data export only once it is counted as well.
It does not matter what the answer was. Days that were left or refused, and days that were never asked for, are open.

**Going back.** A load whose window the run told goes back to the first open day since the first day that a scheduled,
asset or partition run has loaded (its look-back and days that were left included), at most 365 days, 31 for lists that
are asked for day by day. These *older* days are stored after its own, and what is wrong with them never harms its own.
Open days beyond the limit are given up: they are closed. A punctual load asks no more questions than its own days take.

**What is stored.** The answer of the load's moment. Where the answer has no rows for a day that has rows stored, these
stay, unless ``on_empty="write"``. A day without usage and without a file gets a file without rows. Where a file is made
of several answers (flags; environments of projects), the stored rows of a part that was not listed or answered 404
stay as well, unless ``on_empty="write"``; a part that answered is replaced, also by nothing. Days of data export that
are not counted to their end are left alone.

**The later question wins.** A day that was asked for later than this load's first question is left alone by it, also
where the later answer changed nothing.

**Lists of what is there now** are stored under the day they were seen. Backfills, named windows that are over, and
runs that begin more than a day after their instant, store nothing and succeed.

**A table that was deleted and made anew** starts afresh, whatever was recorded of it.

Where the oracle is tolerant
============================

The rules leave these open. There, and nowhere else, the oracle allows several outcomes:

1. *Killed loads.* Each of its days may be stored or not, recorded or not; but never recorded and not stored.
2. *Between open days.* Going back to the first open day may ask again for closed days on the way.
3. *Beside what is refused.* If some older day cannot be answered, or the older days would exceed ``max_requests``, the
   other older days may be stored or not.
4. *The limit.* Whether 365 and 31 days count from today or from the first of the own days.
5. *Backfills of recent days* may have a look-back or not.
6. *Lists of what is there now*, of runs that begin between one day and two after their instant, or of named windows
   that end today, may be stored or not. Rows of projects that are not listed any more may stay or go.
7. *Overtaken loads.* One that goes on after a later one is done may ask once more, and store what it is told then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from soak.account import DAY, Feed, Rows, days, midnight
from soak.ledger import Ledger, State

SETTLING = timedelta(days=3)
LIMIT, LIMIT_OF_LISTS = 365, 31
TOLD = ("scheduled", "asset", "partition", "manual")
ANCHORING = ("scheduled", "asset", "partition")

Window = tuple[date, date]


class Truth(Protocol):
    """What the oracle asks of the world; see :class:`soak.truth.Truth`."""

    def rows(self, feed: Feed, day: date, moment: datetime) -> Rows: ...
    def answering(self, feed: Feed, moment: datetime) -> frozenset[str]: ...
    def listed(self, feed: Feed, moment: datetime) -> list[str]: ...
    def through(self, moment: datetime) -> datetime: ...
    def trouble(self, feed: Feed, first: date, last: date, moment: datetime) -> str | None: ...


@dataclass(frozen=True)
class Load:
    """What the oracle is told of a load.

    - ``kind``: ``scheduled``, ``asset``, ``partition``, ``manual``, ``backfill`` or ``named``
    - ``at``: the run's own instant; ``previous``: the schedule's instant before it
    - ``days``: of a partition or a named window
    - ``moment``: of its first question; ``answered``: false where LaunchDarkly is down for all of it
    """

    table: str
    feed: Feed
    kind: str
    at: datetime
    moment: datetime
    previous: datetime | None = None
    days: Window | None = None
    lookback: int | None = None
    on_empty: str = "keep"
    max_requests: int = 500
    answered: bool = True


@dataclass(frozen=True)
class Expected:
    """What a load must do, as things stood when it began.

    - ``outcome``: ``stored``, ``skipped``, ``failed``, or ``either``: stored or not
    - ``own`` and ``older``: days that it must ask for; ``perhaps``: further ones that it may
    - ``left``: those of them that are not counted to their end
    - ``given_up``, ``perhaps_given_up``: open days beyond the limit
    - ``questions``: about usage, exactly; None: that depends
    """

    load: Load
    outcome: str
    window: Window | None = None
    own: tuple[date, ...] = ()
    older: tuple[date, ...] = ()
    perhaps: tuple[date, ...] = ()
    left: frozenset[date] = frozenset()
    given_up: tuple[date, ...] = ()
    perhaps_given_up: tuple[date, ...] = ()
    questions: int | None = None


class Oracle:
    """Told of every load in the order in which they finish: ``expect`` when one begins, ``settle`` when it is over."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.ledgers: dict[tuple[str, Feed], Ledger] = {}

    def ledger(self, table: str, feed: Feed) -> Ledger:
        return self.ledgers.setdefault((table, feed), Ledger())

    def forget(self, table: str) -> None:
        """The table was deleted."""
        for key in [key for key in self.ledgers if key[0] == table]:
            self.ledgers[key] = Ledger()

    # --- before

    def expect(self, load: Load) -> Expected:
        if load.feed.kind.seen:
            return self._expect_seen(load)
        window = window_of(load)
        window = window[0], min(window[1], load.moment.date())
        if window[0] >= window[1]:
            return Expected(load, "skipped")
        own = days(_own_start(load, window), window[1])
        widened = _own_start(load, window, as_told=True) if load.kind == "backfill" else own[0]
        more = days(widened, own[0])
        if not load.answered or self._refused(load, own[0], own[-1]):
            return Expected(load, "failed", window)
        questions = self._questions(load, own)
        if questions > load.max_requests:
            return Expected(load, "failed", window)
        older, between, given_up, perhaps_given_up = self._older(load, own[0])
        if more and self._refused(load, widened, own[-1]):
            return Expected(load, "either", window, perhaps=(*more, *own))
        exact = questions if not (older or between or more) else None
        asked = [*more, *between, *older, *own]
        if between or older:
            first = min([*between, *older])
            if self._refused(load, first, own[0] - DAY) or self._exceeds(load, own, first):
                between, older = [*between, *older], []
        left = frozenset(day for day in asked if self._is_left(load, day))
        return Expected(
            load, "stored", window, tuple(own), tuple(older), (*more, *between), left,
            tuple(given_up), tuple(perhaps_given_up), exact,
        )  # fmt: skip

    def _expect_seen(self, load: Load) -> Expected:
        age, today = load.moment - load.at, load.moment.date()
        named = load.days if load.kind == "named" else None
        if load.kind == "backfill" or (named and named[1] < today) or (not named and age > 2 * DAY):
            return Expected(load, "skipped")
        if not load.answered:
            return Expected(load, "failed")
        if (named and named[1] == today) or (not named and age > DAY):
            return Expected(load, "either", perhaps=(today,))
        return Expected(load, "stored", own=(today,))

    def _older(self, load: Load, own: date) -> tuple[list[date], list[date], list[date], list[date]]:
        """Days before the own ones: those that must be asked for, those that may, and those that are given up."""
        ledger = self.ledger(load.table, load.feed)
        if load.kind not in TOLD or ledger.maybe_anchor is None or ledger.maybe_anchor >= own:
            return [], [], [], []
        limit = LIMIT_OF_LISTS if load.feed.kind.listed else LIMIT
        nearest = load.moment.date() - timedelta(days=limit - 1)
        farthest = own - timedelta(days=limit + 1)
        candidates = days(ledger.maybe_anchor, own)
        certain = [day for day in candidates if ledger.anchor is not None and day >= ledger.anchor]
        must = [day for day in certain if day not in ledger.maybe_closed and day >= nearest]
        opened = [day for day in candidates if day not in ledger.closed and day >= farthest]
        between = [day for day in days(opened[0], own) if day not in must] if opened else []
        given_up = [day for day in certain if day not in ledger.maybe_closed and day < farthest]
        perhaps = [day for day in candidates if day < nearest and day not in ledger.closed and day not in given_up]
        return must, between, given_up, perhaps

    def _refused(self, load: Load, first: date, last: date) -> bool:
        feed = load.feed
        if feed.kind.cumulative:
            first = first.replace(day=1)
        if feed.metric == "evaluations":  # asked for ranges that are long enough to get days
            oldest = load.moment.date() - SETTLING
            first = min(first, last - DAY, oldest if last >= oldest else first)
            if not self.truth.answering(feed, load.moment) and self.truth.listed(feed, load.moment):
                return True
        return self.truth.trouble(feed, first, last, load.moment) is not None

    def _questions(self, load: Load, own: list[date]) -> int:
        if load.feed.kind.listed:
            return len(own)
        first = own[0].replace(day=1) if load.feed.kind.cumulative else own[0]
        ranges = -(-(own[-1] - first + DAY).days // LIMIT)
        return ranges * (len(self.truth.listed(load.feed, load.moment)) if load.feed.metric == "evaluations" else 1)

    def _exceeds(self, load: Load, own: list[date], first: date) -> bool:
        """Whether the older days may take more requests than are allowed; two ranges are counted as two."""
        older = self._questions(load, days(first, own[0]))
        return self._questions(load, own) + older > load.max_requests

    def _is_left(self, load: Load, day: date) -> bool:
        return load.feed.kind.counted and midnight(day + DAY) > self.truth.through(load.moment)

    # --- after

    def settle(self, expected: Expected, *, killed: bool = False, resumed: datetime | None = None) -> None:
        """Take in what the load must have done.

        :param killed: it died on the way
        :param resumed: when it went on, once another that began later was done
        """
        load = expected.load
        ledger = self.ledger(load.table, load.feed)
        certain = expected.outcome == "stored" and not killed
        for day in (*expected.own, *expected.older):
            self._store(ledger, load, day, expected, certain=certain, resumed=resumed)
        for day in expected.perhaps:
            self._store(ledger, load, day, expected, certain=False, resumed=resumed)
        ledger.close(expected.given_up, certain=certain)
        ledger.close(expected.perhaps_given_up, certain=False)
        if load.kind in ANCHORING and expected.window:
            ledger.begin(_own_start(load, expected.window), certain=certain)

    def _store(
        self,
        ledger: Ledger,
        load: Load,
        day: date,
        expected: Expected,
        *,
        certain: bool,
        resumed: datetime | None,
    ) -> None:
        if day in expected.left:
            return
        before, overtaken = ledger.of(day), ledger.asked.get(day, load.moment) > load.moment
        after = before if overtaken else self._stored(before, load, day, load.moment)
        if resumed is not None:
            after |= self._stored(before, load, day, resumed)
        maybe_overtaken = ledger.maybe_asked.get(day, load.moment) > load.moment
        ledger.states[day] = after if certain and not maybe_overtaken else before | after
        ledger.ask(day, load.moment, certain=certain)
        if load.feed.kind.seen or not is_settled(load, day):
            return
        if not certain and (day in ledger.pending or day not in ledger.maybe_closed):
            ledger.pending[day] = ledger.pending.get(day, frozenset()) | after
        ledger.close([day], certain=certain)

    def _stored(self, before: frozenset[State], load: Load, day: date, moment: datetime) -> frozenset[State]:
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


# --- windows


def window_of(load: Load) -> Window:
    """The days that a run's own instant tells, before the open day is cut off."""
    if load.days is not None:
        return load.days
    today = load.at.date()
    if load.previous is not None and load.previous.date() < today:
        return load.previous.date(), today
    return today - DAY, today


def is_settled(load: Load, day: date) -> bool:
    """Whether the load asked for the day after it had settled."""
    if load.feed.kind.cumulative:
        return load.moment >= midnight(_next_month(day)) + SETTLING
    lookback = SETTLING if load.lookback is None else timedelta(days=load.lookback)
    return load.moment >= midnight(day + DAY) + lookback


def _own_start(load: Load, window: Window, *, as_told: bool = False) -> date:
    told = as_told or load.kind in TOLD or (load.kind == "named" and load.lookback is not None)
    if not told or not _is_recent(window, load.moment):
        return window[0]
    if load.lookback is not None:
        return window[0] - timedelta(days=load.lookback)
    if not load.feed.kind.cumulative:
        return window[0] - SETTLING
    start, today = window[0].replace(day=1), load.moment.date()
    return min(start, (today.replace(day=1) - DAY).replace(day=1)) if today.day <= SETTLING.days else start


def _is_recent(window: Window, moment: datetime) -> bool:
    return midnight(window[1]) >= moment - SETTLING


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
