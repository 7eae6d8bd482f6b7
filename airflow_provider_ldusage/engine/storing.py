"""Bring parts of one load into one table: ask, check how far LaunchDarkly has counted, compare, store.

Several tasks may load the same days at once, and the later question must win, whichever task is faster. So the state
is read before days are stored, and days for which a later question has been answered are left alone. :mod:`.noting`
does the same afterwards.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers.drift import warn_once
from airflow_provider_ldusage.answers.envelope import instant
from airflow_provider_ldusage.days import DAY, Window, midnight, ranges_text, utc_day
from airflow_provider_ldusage.engine.announcing import Announcing, Silent
from airflow_provider_ldusage.engine.fetched import Fetched
from airflow_provider_ldusage.engine.plan import LoadOptions, Part
from airflow_provider_ldusage.engine.recording import record
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.commit import CHANGED, Commit, commit
from airflow_provider_ldusage.lake.restatement import Recorded, unrecorded
from airflow_provider_ldusage.lake.store import MAX_ROUNDS
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.log_text import MAX_RANGES, counted, table_named
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.rows.day import Day, Rows

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.engine.fetch import Fetcher

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """A part's answers, ready to be stored.

    :param window: the days that the answers are about; of lists without history, the day they were seen
    :param days: every day to store, with its rows or None
    :param left: days that LaunchDarkly has not counted to their end, and of which nothing is stored
    :param through: up to when the answers are counted, where they say so
    """

    part: Part
    fetched: Fetched
    window: Window
    days: Mapping[date, Day | None]
    left: tuple[date, ...] = ()
    through: datetime | None = None


@dataclass(frozen=True)
class StoredForecast:
    """A forecast that is in the lake.

    :param asked_at: when it was asked for
    :param table: the table of forecasts
    """

    asked_at: datetime
    table: Table
    commit: Commit


@dataclass(frozen=True)
class StoredPart:
    """A part that is in the lake.

    :param seen: when each day was last asked for, as the state had it before the part was stored
    :param forecast: what was stored with it
    """

    answered: Answered
    commit: Commit
    seen: Mapping[date, datetime | None]
    forecast: StoredForecast | None = None

    @property
    def asked_at(self) -> datetime:
        """When the first question of the part was sent."""
        return self.answered.fetched.asked_at

    @property
    def forecast_asked_at(self) -> datetime | None:
        """When the forecast that was stored with the part was asked for."""
        return self.forecast.asked_at if self.forecast else None

    def without(self, days: Collection[date]) -> StoredPart:
        """The part but for days that were asked for again."""
        outcomes = {day: outcome for day, outcome in self.commit.outcomes.items() if day not in days}
        seen = {day: moment for day, moment in self.seen.items() if day not in days}
        return replace(self, commit=replace(self.commit, outcomes=outcomes), seen=seen)


class Storing:
    """Loads parts into a slice of a table. A context manager: at its end, what answers have set aside is released.

    :param target: the slice, with its table as it was opened
    :param note: what the checks need of the rows of each day
    :param now: the time by which days count as closed
    :param announcing: who is to hear of days that are changed
    :param restated_by: the try of the task for which restatements are recorded; None: they are not

    :ivar changed: days that were changed, or may have been where storing them failed
    """

    def __init__(
        self,
        client: UsageClient,
        fetcher: Fetcher,
        target: TableSlice,
        options: LoadOptions,
        note: Callable[[Rows], Any],
        now: datetime,
        announcing: Announcing | None = None,
        restated_by: Announcer | None = None,
    ) -> None:
        self.target = target
        self._creates = not target.table.stands  # a new table has no days, but for those of tasks at the same time
        self.announcing = announcing or Silent()
        self.changed: frozenset[date] = frozenset()
        self._client, self._fetcher = client, fetcher
        self._options, self._note, self._now = options, note, now
        self._replacing = Recorded(restated_by, client.now) if restated_by else unrecorded
        self._set_aside = ExitStack()

    def __enter__(self) -> Storing:
        return self

    def __exit__(self, *_: object) -> None:
        self._set_aside.close()

    def flags(self) -> tuple[str | None, ...]:
        """The flags that each range is asked for, see :meth:`.engine.fetch.Fetcher.flags`."""
        return self._fetcher.flags()

    def load_own(self, part: Part) -> StoredPart:
        """Load the run's own days, and the forecast if the answers have one.

        :raises LaunchDarklyUsageError: any of its subclasses
        """
        stored = self.load(part)
        return replace(stored, forecast=self._store_forecast(stored.answered))

    def load(self, part: Part) -> StoredPart:
        """Ask for a part, check its answers and store them. A forecast is left out: the latest is that of the run's own
        days.

        :raises LaunchDarklyUsageError: any of its subclasses
        """
        return self.store(self.ask(part))

    def ask(self, part: Part) -> Answered:
        """Ask for a part and check its answers.

        :raises LaunchDarklyUsageError: any of its subclasses; nothing was stored
        """
        began, before = time.monotonic(), self._client.stats.bytes
        with warn_once():
            fetched = self._fetcher.fetch(part)
        self._set_aside.callback(fetched.close)
        received, seconds = self._client.stats.bytes - before, time.monotonic() - began
        log.info("Answered: %s, %s in %.1f s", fetched, counted(received, "byte"), seconds)
        if part.query.metric.history is History.SNAPSHOT:
            (seen,) = fetched.days
            return Answered(part, fetched, Window(seen, seen + DAY), fetched.days)
        return self._as_far_as_counted(part, fetched)

    def _as_far_as_counted(self, part: Part, fetched: Fetched) -> Answered:
        days: dict[date, Day | None] = {day: fetched.days.get(day) for day in part.window.days()}
        if not fetched.data_through:
            return Answered(part, fetched, part.window, days)
        through = instant(fetched.data_through)
        # A figure that is counted so far may be wanted; no figure so far means nothing.
        wanted = {day for day in days if self._options.include_open_day and days[day]}
        left = tuple(day for day in days if midnight(day + DAY) > through and day not in wanted)
        if left:
            ranges = ranges_text(left, MAX_RANGES)
            log.warning("Left for a later run, as usage is counted through %s only: %s", through, ranges)
        counted = {day: days[day] for day in days if day not in left}
        return Answered(part, fetched, part.window, counted, left, through)

    def store(self, answered: Answered) -> StoredPart:
        """Store the days that differ from what is stored, but for those for which a later question was answered.

        :raises LakeError: as :func:`.lake.commit.commit` does
        """
        done = StoredPart(answered, Commit(dict.fromkeys(answered.left, "left")), {})
        days: Collection[date] = tuple(answered.days)
        for _ in range(MAX_ROUNDS):
            if not days:
                return done
            done = self.store_again(done, days)
            days = done.commit.raced
        raise StoreError(
            f"Other tasks keep creating days of table {table_named(self.target.table.name)}.",
            about=self.target.store.uri,
        )

    def store_again(self, done: StoredPart, days: Collection[date]) -> StoredPart:
        """Compare days of a part with what is stored now, and store those that differ.

        :return: the part with what became of these days
        """
        answered, began = done.answered, time.monotonic()
        self.target = self.target.opened()  # another task may have created the table since
        state, _ = self.target.state_file().read()
        unknown = {day for day in days if self._creates and state.status(day) is None}
        changed = self.changed
        result = commit(
            self.target,
            {day: answered.days[day] for day in sorted(days)},
            on_empty=self._options.on_empty,
            superseded=state.overtaken(days, done.asked_at, self._client.now(), self._client.doubt),
            new=unknown.difference(done.commit.raced),
            coverage=answered.fetched.coverage,
            note=self._note,
            before_change=self._record,
            replacing=self._replacing,
        )
        unchanged = {day for day, outcome in result.outcomes.items() if outcome not in CHANGED}
        self.changed -= unchanged.union(result.raced) - changed
        size, seconds = counted(result.bytes, "byte"), time.monotonic() - began
        log.info("Stored %d files, %s, in %.1f s", result.files, size, seconds)
        seen = {**done.seen, **{day: state.asked_at(day) for day in days}}
        return replace(done, commit=done.commit.and_then(result), seen=seen)

    def _record(self, target: TableSlice, days: Sequence[date]) -> None:
        """Record that days are to be announced, before any of them is stored.

        :raises StoreError: the state cannot be read or written
        """
        self.changed |= set(days)
        record(target, days, self.announcing, self._client.now())

    def _store_forecast(self, answered: Answered) -> StoredForecast | None:
        """Store the answer's forecast under the day it was seen, in a table of its own.

        A forecast for an old window is left out, since it would replace today's.

        :return: None if there is none
        """
        fetched, today = answered.fetched, utc_day(self._now)
        if fetched.projection is None or answered.window.end < today:
            return None
        self.target = self.target.opened()  # it exists by now; another task may have created it otherwise
        actual, store = self.target.table, self.target.store
        table = Table.of(f"{actual.name}_projected", answered.part.query, actual.account, projected=True)
        table = replace(table, schema=actual.schema).opened(store)
        if not table.stands:
            table = replace(table, compression=actual.compression)
        stored = commit(TableSlice(store, table, self.target.values), {today: fetched.projection})
        log.info("Stored the forecast of %s in %s/%s", today, store.uri, table.name)
        return StoredForecast(fetched.asked_at, table, stored)

    def create_table(self) -> None:
        """Create the table, where nothing was stored but something has to be noted."""
        self.target = self.target.created()
