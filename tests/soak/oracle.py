"""Which rows the lake must hold, worked out from the loads and the truth alone. Imports nothing of the package.

The rules, as the oracle reads them
===================================

**Which days a run loads.** Half-open windows of whole UTC days.

- A scheduled or backfill run of a schedule: every UTC day that ended after the schedule's previous instant and up to
  this one. If none did, the day before this one's.
- A manual or asset-triggered run: the day before its instant. A named window, and a partition: itself.
- Today is cut off. With ``include_open_day`` it is not, and a window that the run told and that ends today includes it.
  A run of which nothing is left succeeds and stores nothing.

**Look-back.** A window that the run told (no backfill, no named window) and that ended no more than three days ago is
widened: by ``lookback`` days where it is given, else by three; for month-to-date figures to the first of the month in
which it begins, and in a month's first three days to the first of the month before, whatever ``lookback`` adds. A named
window is widened only if ``lookback`` is given. The window and its look-back are the load's *own* days. They are asked
for and stored together: if any cannot be answered, or has lost its usage under ``on_empty="fail"``, none is stored, and
the load fails.

**Closed days.** A day is final once a load has asked for it after it had settled: ``lookback`` days (default three)
after its end, for month-to-date figures three days after its month's. Data export has to be counted as well, to the
day's end and to six hours before it settles. It does not matter what the answer was. What another DAG has asked for
counts for a load as far as it had settled by this load's own look-back. Days that were left or refused, and days that
were never asked for, are open.

**Going back.** A load whose window the run told goes back to the open days since the first day that a scheduled, asset
or partition run has loaded (its look-back and days that were left included), as far as 365 days before its own day, 31
for lists that are asked for day by day. These *older* days are stored after its own, and what is wrong with them never
harms its own. Open days beyond the limit are given up: they are closed. A punctual load asks no more questions than its
own days take.

**What cannot be loaded.** Each run of older days is asked for in one piece, the latest first. A range that is refused
(as a whole, whatever is the matter with one of its days) is halved, the later half first; of an odd number the earlier
half is the shorter. So only the day that is the matter is left out, and noted as refused. Later loads try it again by
itself and after the others, the one that waits longest first, until four are refused again. After sixteen refused
ranges the rest is left to the next load, and so it is once the older days that were stored have taken ``max_requests``
questions of their own; what is left over is not noted.

**What is stored.** The answer of the load's moment. Where the answer has no rows for a day that has rows stored, these
stay, unless ``on_empty="write"``. A day without usage and without a file gets a file without rows. Where a file is made
of several answers (flags; environments of projects), the stored rows of a part that was not listed or answered 404
stay as well, unless ``on_empty="write"``; a part that answered is replaced, also by nothing. Days of data export that
are not counted to their end are left alone, unless ``include_open_day`` and there is something to store: such days are
stored and stay open.

**The later question wins.** A day that was asked for later than this load's first question is left alone by it, also
where the later answer changed nothing, and not recorded by it. Older days are asked for, and so timed, by themselves.

**Lists of what is there now** are stored under the day they were seen. Backfills, named windows that are over, and
runs that begin more than a day after their instant, store nothing and succeed.

**What is recorded** of a table that was deleted and made anew counts for nothing, and so does what is absent, damaged
or of another table: then nothing is final, and no schedule has begun. A day file that was deleted is stored again by
the next load that asks for its day; nobody misses that of a final day.

Where the oracle is tolerant
============================

The rules leave these open. There, and nowhere else, the oracle allows several outcomes:

1. *Killed loads.* Each of its days may be stored or not, recorded or not; but never recorded and not stored.
2. *Beside what a killed load has recorded.* Where that is not certain, which older days are asked for is not either:
   nor what becomes of each if one of them cannot be answered, or if they take more questions than they may.
3. *Backfills of recent days* may have a look-back or not.
4. *Lists of what is there now*, of runs that begin between one day and two after their instant, or of named windows
   that end today, may be stored or not. Rows of projects that are not listed any more may stay or go.
5. *Races.* Of two loads that nobody holds back, each may find the lake with or without the other's days, and ask once
   more and store what it is told then. The later question wins all the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.soak.account import DAY, Feed, days
from tests.soak.answers import LIMIT, LIMIT_OF_LISTS, Answers, Truth, outcome_of
from tests.soak.expected import Expected
from tests.soak.ledger import Ledger, State
from tests.soak.older import Older, gone_back, runs
from tests.soak.rules import ANCHORING, TOLD, Load, own_start, own_window, settles


class Oracle:
    """Told of every load in the order in which they finish: ``expect`` when one begins, ``settle`` when it is over."""

    def __init__(self, truth: Truth) -> None:
        self.truth, self.answers = truth, Answers(truth)
        self.ledgers: dict[tuple[str, Feed], Ledger] = {}

    def ledger(self, table: str, feed: Feed) -> Ledger:
        return self.ledgers.setdefault((table, feed), Ledger())

    def forget(self, table: str) -> None:
        """The table was deleted."""
        for key in [key for key in self.ledgers if key[0] == table]:
            self.ledgers[key] = Ledger()

    def forget_recorded(self, table: str, feed: Feed) -> None:
        """What was recorded of the slice's days cannot be made use of any more."""
        self.ledgers[table, feed] = self.ledger(table, feed).forget()

    # --- before

    def expect(self, load: Load) -> Expected:
        if load.feed.kind.seen:
            return self._expect_seen(load)
        window = own_window(load)
        if window is None:
            return Expected(load, "skipped")
        own = days(own_start(load, window), window[1])
        widened = own_start(load, window, as_told=True) if load.kind == "backfill" else own[0]
        more = days(widened, own[0])
        if not load.answered or self.answers.refused(load, own):
            return Expected(load, "failed", window)
        questions = self.answers.questions(load, own)
        if questions > load.max_requests:
            return Expected(load, "failed", window)
        emptied = self._emptied(load, own)
        if emptied and all(emptied):
            return Expected(load, "failed", window)
        older = self._older(load, own[0])
        if emptied or (more and (self.answers.refused(load, [*more, *own]) or self._emptied(load, more))):
            perhaps = (*older.perhaps, *older.stored, *more, *own)
            gone = (*older.perhaps_given_up, *older.given_up)
            left = frozenset(day for day in perhaps if self.answers.is_left(load, day))
            return Expected(load, "either", window, perhaps=perhaps, left=left, perhaps_given_up=gone)
        asked = [*more, *older.perhaps, *older.stored, *own]
        return Expected(
            load, "stored", window, tuple(own), older.stored, older.refused, (*more, *older.perhaps),
            frozenset(day for day in asked if self.answers.is_left(load, day)), older.swept, older.given_up,
            older.perhaps_given_up, None if more or older.questions is None else questions + older.questions,
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

    def _older(self, load: Load, own: date) -> Older:
        """Days before the own ones."""
        ledger = self.ledger(load.table, load.feed)
        if load.kind not in TOLD or ledger.maybe_anchor is None or ledger.maybe_anchor >= own:
            return Older()
        nearest = load.moment.date() - timedelta(days=LIMIT_OF_LISTS if load.feed.kind.listed else LIMIT)
        candidates = days(ledger.maybe_anchor, own)
        certain = [day for day in candidates if ledger.anchor and day >= ledger.anchor]
        must = [day for day in certain if not self.closed(load, day, perhaps=True)]
        may = [day for day in candidates if not self.closed(load, day)]
        given_up = tuple(day for day in must if day < nearest)
        perhaps_given_up = tuple(day for day in may if day < nearest and day not in given_up)
        must, may = [day for day in must if day >= nearest], [day for day in may if day >= nearest]
        cost = sum(self.answers.questions(load, part) for part in runs(may))
        again = sorted((day for day in may if day in ledger.refused), key=lambda day: (ledger.refused[day], day))
        if must != may or ledger.unclear & set(may):
            troubled = may and (self.answers.refused(load, days(may[0], own)) or self._emptied(load, may))
            if troubled or again or cost + len(may) > load.max_requests:
                found = Older(perhaps=tuple(may), questions=None)
            else:
                rest = tuple(day for day in may if day not in must)
                swept = tuple(day for day in may if day in certain)
                found = Older(tuple(must), perhaps=rest, swept=swept, questions=None)
        elif any(not all(self._emptied(load, [day])) for day in may):
            found = Older(perhaps=tuple(may), questions=None)
        else:
            found = gone_back(
                [day for day in may if day not in again], again, load.max_requests,
                lambda part: self.answers.questions(load, part), lambda part: self.answers.refused(load, part),
                lambda part: bool(self._emptied(load, part)),
            )  # fmt: skip
        return replace(found, given_up=given_up, perhaps_given_up=perhaps_given_up)

    def _emptied(self, load: Load, wanted: list[date]) -> list[bool]:
        """For each of the days that have lost usage and must not: whether that is certain."""
        if load.on_empty != "fail":
            return []
        ledger, found = self.ledger(load.table, load.feed), []
        for day in wanted:
            states = ledger.of(day)
            if any(states) and not self.answers.is_left(load, day) and not self.truth.rows(load.feed, day, load.moment):
                found.append(all(states))
        return found

    def closed(self, load: Load, day: date, *, perhaps: bool = False) -> bool:
        """Whether the day is closed for a load, certainly or perhaps: final by its own look-back, or given up."""
        ledger = self.ledger(load.table, load.feed)
        if day not in (ledger.maybe_closed if perhaps else ledger.closed):
            return False
        asked = (ledger.maybe_asked if perhaps else ledger.asked).get(day)
        return day in ledger.perhaps_given_up or (asked is not None and asked >= settles(load, day))

    # --- after

    def settle(self, expected: Expected, *, killed: bool = False, resumed: datetime | None = None) -> dict[date, str]:
        """Take in what the load must have done; what it must report of the days of which that is certain.

        :param killed: it died on the way
        :param resumed: when it went on, if it had to wait for its first answer
        """
        load = expected.load
        ledger = self.ledger(load.table, load.feed)
        certain = expected.outcome == "stored" and not killed
        found: dict[date, str | None] = {}
        for day in expected.own:
            found[day] = self._store(ledger, load, day, expected, load.moment, certain=certain)
        for day in expected.older:
            found[day] = self._store(ledger, load, day, expected, resumed or load.moment, certain=certain)
        for day in expected.perhaps:
            self._store(ledger, load, day, expected, load.moment, certain=False)
        for day in expected.swept:
            if certain and self.answers.is_final(load, day, load.moment):
                ledger.close([day], certain=True)
                ledger.ask(day, settles(load, day), certain=True)
        ledger.refuse(expected.refused, resumed or load.moment, certain=certain)
        ledger.unclear |= {day for day in expected.perhaps if day not in expected.own and day not in ledger.closed}
        ledger.give_up((*expected.given_up, *expected.perhaps_given_up), certain=certain)
        ledger.learn((*expected.own, *expected.older, *expected.given_up), certain=certain)
        ledger.learn((*expected.perhaps, *expected.perhaps_given_up), certain=False)
        if load.kind in ANCHORING and expected.window:
            ledger.begin(own_start(load, expected.window), certain=certain)
        return {day: outcome for day, outcome in found.items() if outcome}

    def settle_race(self, older: Expected, newer: Expected, later: datetime) -> None:
        """Take in what two loads must have done that nobody held back once both had asked.

        :param later: when they went on, and asked for older days, or again
        """
        ledger = self.ledger(older.load.table, older.load.feed)
        stored = older.outcome == newer.outcome == "stored"
        both = (older.asked - older.left) & (newer.asked - newer.left) if stored else frozenset()
        before = {day: ledger.of(day) for day in both}
        open_before = both - ledger.closed
        self.settle(older, resumed=later)
        self.settle(newer, resumed=later)
        for day in both:
            # The one that asked later, over what there was or what the other has brought; and whoever asks again.
            loser, winner = (newer, older) if day in older.older and day in newer.own else (older, newer)
            between = before[day] | self._told(before[day], loser, day, later)
            found = self._told(between, winner, day, later)
            again = (self.answers.stored(found, one.load, day, later) for one in (older, newer))
            ledger.states[day] = found.union(*again)
        # The one that is overtaken may have recorded its days first, or not.
        ledger.closed -= {day for day in open_before if not self.answers.is_final(newer.load, day, newer.load.moment)}

    def _told(self, before: frozenset[State], expected: Expected, day: date, later: datetime) -> frozenset[State]:
        moment = later if day in expected.older else expected.load.moment
        return self.answers.stored(before, expected.load, day, moment)

    def _store(
        self,
        ledger: Ledger,
        load: Load,
        day: date,
        expected: Expected,
        moment: datetime,
        *,
        certain: bool,
    ) -> str | None:
        """Take in what becomes of a day, and say what must be reported of it, where that is certain."""
        ledger.answer(day, certain=certain)
        if day in expected.left:
            return "left"
        before, overtaken = ledger.of(day), ledger.asked.get(day, moment) > moment
        after = before if overtaken else self.answers.stored(before, load, day, moment)
        maybe_overtaken = ledger.maybe_asked.get(day, moment) > moment
        ledger.states[day] = after if certain and not maybe_overtaken else before | after
        ledger.ask(day, moment, certain=certain)
        if self.answers.is_final(load, day, moment) and not overtaken:
            if not certain and (day in ledger.pending or day not in ledger.maybe_closed):
                ledger.pending[day] = ledger.pending.get(day, frozenset()) | after
            ledger.close([day], certain=certain and not maybe_overtaken)
        if overtaken or maybe_overtaken:
            return "superseded" if overtaken else None
        answer = self.truth.rows(load.feed, day, moment)
        return (
            outcome_of(*before, *after, answer) if len(before) == len(after) == 1 and not load.feed.kind.parts else None
        )
