"""A part of a load on its way into the lake: asked for, checked, stored, and noted in the state of its table.

Several tasks may load the same days at once, and the later question is to win, whichever task is faster. So the state
is read before days are stored, to leave alone what a later question has brought; and it is written afterwards, on
condition that nobody else has written it. Who finds that it has changed meanwhile looks again: at days that an earlier
question has brought in between, and once more to LaunchDarkly for days that it may have replaced with an older answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from airflow_provider_ldusage import summary
from airflow_provider_ldusage.answers.drift import warn_once
from airflow_provider_ldusage.days import Window, midnight, runs_of, utc_day
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.fetch import Fetched, Fetcher
from airflow_provider_ldusage.freshness import instant
from airflow_provider_ldusage.lake.commit import STORED, Commit, commit
from airflow_provider_ldusage.lake.state import Known, State, StateFile, Status, whole_ms
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.plan import LoadOptions, Part, Plan
from airflow_provider_ldusage.rows.day import Day

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)

PIPELINE = timedelta(hours=6)
"""How far LaunchDarkly's counting may lie behind when a day of data export settles. Beyond that, what came late has not
been counted yet, though the day itself has."""
ROUNDS = 20
"""How often a load looks again where others write the state at the same time."""

Days = Mapping[date, Day | None]


@dataclass(frozen=True)
class Answered:
    """A part's answers, as they are to be stored.

    - ``window``: the days that the answers are about; of lists without history, the day they were seen
    - ``days``: every day to store, with its rows or None
    - ``left``: days that LaunchDarkly has not counted to their end, and of which nothing is stored
    - ``through``: up to when the answers are counted, where they say so
    """

    fetched: Fetched
    window: Window
    days: Days
    left: tuple[date, ...] = ()
    through: datetime | None = None


@dataclass(frozen=True)
class StoredPart:
    """A part that is in the lake, and may not be noted in the state yet.

    - ``seen``: when each day was last asked for, as the state had it before the part was stored
    """

    answered: Answered
    commit: Commit
    seen: Mapping[date, datetime | None]

    @property
    def asked_at(self) -> datetime:
        """When the first question of the part went out."""
        return self.answered.fetched.asked_at

    def noted(self, state: State) -> StoredPart:
        """The part, once it is noted in the state."""
        return replace(self, seen={day: state.asked_at(day) for day in self.seen})

    def without(self, days: Collection[date]) -> StoredPart:
        """The part but for days that were asked for again."""
        outcomes = {day: outcome for day, outcome in self.commit.outcomes.items() if day not in days}
        seen = {day: moment for day, moment in self.seen.items() if day not in days}
        return replace(self, commit=replace(self.commit, outcomes=outcomes), seen=seen)


class Storing:
    """Brings parts of one load into one table. A context manager: answers that were set aside are let go at its end.

    :param table: as it was opened
    """

    def __init__(
        self,
        client: UsageClient,
        fetcher: Fetcher,
        store: Store,
        table: Table,
        plan: Plan,
        options: LoadOptions,
    ) -> None:
        self._client, self._fetcher, self._store, self._table = client, fetcher, store, table
        self._plan, self._options, self._query = plan, options, plan.query
        self._set_aside = ExitStack()
        self._forecast_asked_at: datetime | None = None

    def __enter__(self) -> Storing:
        return self

    def __exit__(self, *_: object) -> None:
        self._set_aside.close()

    def state_file(self) -> StateFile:
        """Where the state of this load's slice lives."""
        return StateFile(self._store, self._table.name, self._query.slice, self._table.id)

    def ask(self, part: Part) -> Answered:
        """Ask for a part and check its answers.

        :raises LaunchDarklyUsageError: any of its subclasses; nothing was stored
        """
        began, before = time.monotonic(), self._client.stats.bytes
        with warn_once():
            fetched = self._fetcher.fetch(part)
        self._set_aside.callback(fetched.close)
        received, seconds = self._client.stats.bytes - before, time.monotonic() - began
        log.info("Answered: %s, %s in %.1f s", summary.answered(fetched), summary.size(received), seconds)
        if self._query.metric.history is History.SNAPSHOT:
            (seen,) = fetched.days
            return Answered(fetched, Window(seen, seen + timedelta(days=1)), fetched.days)
        return self._counted(part.window, fetched)

    def _counted(self, window: Window, fetched: Fetched) -> Answered:
        days: dict[date, Day | None] = {day: fetched.days.get(day) for day in window.days()}
        if not fetched.data_through:
            return Answered(fetched, window, days)
        through = instant(fetched.data_through)
        # What is counted so far may be wanted; that nothing is, says nothing.
        wanted = {day for day in days if self._options.include_open_day and days[day]}
        left = tuple(day for day in days if midnight(day + timedelta(days=1)) > through and day not in wanted)
        if left:
            log.warning("Left for a later run, as usage is counted through %s only: %s", through, summary.ranges(left))
        return Answered(fetched, window, {day: days[day] for day in days if day not in left}, left, through)

    def store(self, answered: Answered) -> StoredPart:
        """Store what differs from what is stored, but for days of which a later question has been answered.

        :raises LakeError: as :func:`.lake.commit.commit` does
        """
        days = set(answered.days)
        done = StoredPart(answered, Commit(dict.fromkeys(answered.left, "left")), {})
        for _ in range(ROUNDS):
            if not days:
                return done
            done = self._store_once(done, days)
            days = set(done.commit.raced)
        raise StoreError(f"Other tasks keep creating days of table {self._table.name!r} at {self._store.uri}.")

    def _store_once(self, done: StoredPart, days: set[date]) -> StoredPart:
        answered, began = done.answered, time.monotonic()
        if not self._table.stands:  # another task may have created it since
            self._table = self._table.opened(self._store)
        state, _ = self.state_file().read()
        overtaken = state.overtaken(days, done.asked_at, self._client.now(), self._client.doubt)
        result = commit(
            TableSlice(self._store, self._table, self._query.slice),
            {day: answered.days[day] for day in sorted(days)},
            on_empty=self._options.on_empty,
            superseded=overtaken,
            coverage=answered.fetched.coverage,
        )
        log.info("Stored %d files, %s, in %.1f s", result.files, summary.size(result.bytes), time.monotonic() - began)
        seen = {**done.seen, **{day: state.asked_at(day) for day in days}}
        return replace(done, commit=done.commit.and_then(result), seen=seen)

    def store_forecast(self, answered: Answered) -> None:
        """Store the forecast that came along, by the day it was seen, in a table of its own. One that comes with an old
        window is left out: it would replace today's."""
        fetched, today = answered.fetched, utc_day(self._plan.now)
        if fetched.projection is None or answered.window.end < today:
            return
        if not self._table.stands:  # it does by now; another task may have created it, with another compression
            self._table = self._table.opened(self._store)
        table = Table.of(f"{self._table.name}_projected", self._query, self._table.account, projected=True)
        table = replace(table, schema=self._table.schema).opened(self._store)
        if not table.stands:
            table = replace(table, compression=self._table.compression)
        commit(TableSlice(self._store, table, self._query.slice), {today: fetched.projection})
        self._forecast_asked_at = fetched.asked_at
        log.info("Stored the forecast of %s in %s/%s", today, self._store.uri, table.name)

    def note(
        self, parts: Iterable[StoredPart], refused: Collection[date] = (), given_up: Collection[date] = ()
    ) -> tuple[State, tuple[StoredPart, ...]]:
        """Write into the state what was asked for, and put right what other tasks have stored meanwhile.

        :param refused: days that could not be loaded
        :param given_up: days that are not to be tried again
        :return: the state as it stands, and the parts, of which days may have been stored again
        :raises StoreError: the state cannot be read or written
        """
        done = tuple(parts)
        if not self._table.stands:  # nothing was stored, but there is something to note: that days were left
            self._table = self._table.create(self._store)
        file = self.state_file()
        for _ in range(ROUNDS):
            state, before = file.read()
            now = self._client.now()
            done, again = self._put_right(done, state, now)
            if again:
                continue
            new = self._noted(state, done, now).refusing(refused, now).giving_up(given_up)
            if new == state or not state.readable or file.swap(new, before, now):
                return new, tuple(part.noted(new) for part in done)
        log.warning(
            "Other tasks keep writing %s/%s: this load is not noted there, and its days are asked for again.",
            self._store.uri, file.name,
        )  # fmt: skip
        return state, done

    def _put_right(
        self, parts: tuple[StoredPart, ...], state: State, now: datetime
    ) -> tuple[tuple[StoredPart, ...], bool]:
        """The parts, and whether days had to be asked for again, so that the state is to be read anew."""
        found: list[StoredPart] = []
        asked_again: list[StoredPart] = []
        for part in parts:
            later = set(state.overtaken(part.seen, part.asked_at, now, self._client.doubt))
            between = {day for day in part.seen if state.asked_at(day) != part.seen[day]} - later
            if between:
                log.info("Another task has stored %s meanwhile: compared again.", summary.ranges(between))
                part = self._store_once(part, between)
            mine = sorted(day for day in later if part.commit.outcomes.get(day) in STORED)
            for window in runs_of(mine):
                log.info("Another task has asked for %s later: asked for again.", window)
                asked_again.append(self.store(self.ask(Part.of(self._query, window, self._plan.now))))
            found.append(part.without(mine))
        if self._forecast_overtaken(state, now) and self._plan.own:
            log.info("Another task has asked for the forecast later: asked for again.")
            answered = self.ask(self._plan.own)
            self.store_forecast(answered)
            asked_again.append(self.store(answered))
        return (*found, *asked_again), bool(asked_again)

    def _forecast_overtaken(self, state: State, now: datetime) -> bool:
        asked_at = self._forecast_asked_at
        return asked_at is not None and state.forecast_overtaken(asked_at, now, self._client.doubt)

    def _noted(self, state: State, parts: tuple[StoredPart, ...], now: datetime) -> State:
        for part in parts:
            state = state.with_days(self._known(part), now)
        scheduled = [day for day in (state.scheduled_from, self._plan.scheduled_from) if day]
        forecast = self._forecast_asked_at and whole_ms(self._forecast_asked_at)
        return replace(
            state,
            scheduled_from=min(scheduled, default=None),
            forecast_asked_at=forecast or state.forecast_asked_at,
        )

    def _known(self, part: StoredPart) -> dict[date, Known]:
        found = {}
        for day, outcome in part.commit.outcomes.items():
            if outcome != "superseded":
                found[day] = Known(self._status(day, outcome, part), whole_ms(part.asked_at))
        return found

    def _status(self, day: date, outcome: str, part: StoredPart) -> Status:
        if outcome == "left":
            return Status.LEFT
        return Status.FINAL if self._is_final(day, part) else Status.OPEN

    def _is_final(self, day: date, part: StoredPart) -> bool:
        """Whether the whole day was asked for after it had settled, and was counted by then."""
        if self._query.metric.history is History.SNAPSHOT:
            return True
        if self._fetcher.flags() == ():  # nothing was asked
            return False
        end, settled, through = midnight(day + timedelta(days=1)), self._plan.settles(day), part.answered.through
        counted = through is None or through >= max(end, settled - PIPELINE)
        return counted and end <= self._plan.now and part.asked_at >= settled
