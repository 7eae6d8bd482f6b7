"""What a load asks for: which days, in which requests, and what it leaves alone and why.

The plan follows from the query, the days that the run loads, the options, what the lake knows of its days, and the
time. The log, the limit on requests, the fetching and the freshness sensor all read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product

from airflow_provider_ldusage.checks.levels import check_levels
from airflow_provider_ldusage.chunks import Chunk, check_lookback, cut_open_day, plan_chunks, widen
from airflow_provider_ldusage.days import DAY, SETTLING_DAYS, Window, midnight, ranges_text, runs_of, utc_day
from airflow_provider_ldusage.engine.question import Question
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.commit import ON_EMPTY
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.log_text import MAX_RANGES, counted, shown
from airflow_provider_ldusage.metrics import Answer, History
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import RunWindow

DEFAULT_MAX_REQUESTS = 500
MAX_DAYS_BACK = 365
"""How far a load goes back by itself to days that are still open."""
MAX_DAYS_BACK_OF_LISTS = 31
"""The same for lists, which take a request for each day."""
CLOCKS = timedelta(minutes=2)
"""How far a worker's clock may be ahead, so that a run which is on time by it is on time by LaunchDarkly's."""


@dataclass(frozen=True)
class LoadOptions:
    """How days are loaded; see the operator's arguments of the same names."""

    lookback: int | None = None
    include_open_day: bool = False
    on_empty: str = "keep"
    max_requests: int = DEFAULT_MAX_REQUESTS
    checks: Mapping[str, str] | None = None
    compression: str | None = None

    def __post_init__(self) -> None:
        check_levels(self.checks)
        check_lookback(self.lookback)
        if self.on_empty not in ON_EMPTY:
            raise not_allowed("on_empty", self.on_empty, ON_EMPTY)
        if self.compression not in (None, *COMPRESSIONS):
            raise not_allowed("compression", self.compression, (*COMPRESSIONS, "None for what the table has"))
        if isinstance(self.max_requests, bool) or not isinstance(self.max_requests, int) or self.max_requests < 1:
            raise UsageArgumentError(
                f"max_requests={shown(self.max_requests)} is no limit.", "Give a whole number, 1 or more."
            )


@dataclass(frozen=True)
class Part:
    """Days that are asked for, checked and stored together.

    :param now: where the open day ends
    :param chunks: the ranges to ask for, none for lists without history. Each takes a request; for some metrics one for
        each flag, or more for pages
    """

    query: UsageQuery
    window: Window
    now: datetime
    chunks: tuple[Chunk, ...]

    @classmethod
    def of(cls, query: UsageQuery, window: Window, now: datetime) -> Part:
        """A window, with the requests that it takes."""
        return cls(query, window, now, tuple(plan_chunks(query, window, now)))

    def over(self, window: Window) -> Part:
        """The same query about other days."""
        return Part.of(self.query, window, self.now)

    def halves(self) -> tuple[Part, ...]:
        """The earlier and the later days, each as a part of its own; nothing for a single day."""
        if len(self.window) < 2:
            return ()
        middle = self.window.start + timedelta(days=len(self.window) // 2)
        return self.over(Window(self.window.start, middle)), self.over(Window(middle, self.window.end))

    def questions(self, flags: Iterable[str | None] = (None,)) -> Iterator[Question]:
        """The requests, range by range.

        :param flags: the flags that each range is asked for; a single None where the metric has no flags
        """
        return (Question(self.query, chunk, self.now, flag) for chunk, flag in product(self.chunks, tuple(flags)))

    def requests(self, flags: int) -> int:
        """How many usage requests the part takes, before retries and pages.

        :param flags: how many flags each range is asked for; 1 where the metric has no flags
        """
        return len(self.chunks) * flags

    def check_requests(self, flags: int, max_requests: int) -> None:
        """Refuse more requests than the author may have meant.

        :raises UsageArgumentError: saying how many requests it would take
        """
        count = self.requests(flags)
        if count > max_requests:
            raise UsageArgumentError(
                f"Loading {self.query.metric.name!r} for {self.window} takes {counted(count, 'request')} "
                f"({counted(flags, 'flag')} x {counted(len(self.chunks), 'range')}), "
                f"more than max_requests={max_requests}.",
                "Load fewer flags or days, or raise max_requests.",
            )


@dataclass(frozen=True)
class Plan:
    """What a load will do.

    :param own: the run's own days with their look-back; None if there is nothing to load, which ``skipped`` explains
    :param older: days before them that are still open, the latest first
    :param refused: those of them that could not be loaded when they were last tried, the one that waits longest first
    :param given_up: open days too old to be tried again
    :param scheduled_from: the first day that a schedule has loaded, this load included
    :param settling_days: days from the end of a day (for month-to-date figures: of its month) until its figure counts
        as settled
    """

    query: UsageQuery
    run: RunWindow
    now: datetime
    own: Part | None
    skipped: str | None = None
    older: tuple[Part, ...] = ()
    refused: tuple[Part, ...] = ()
    given_up: tuple[date, ...] = ()
    scheduled_from: date | None = None
    settling_days: int = SETTLING_DAYS

    @classmethod
    def of(cls, query: UsageQuery, run: RunWindow, options: LoadOptions, now: datetime) -> Plan:
        """The plan for the run's own days, which depends on nothing that the lake knows.

        :param now: days that are over by then count as closed
        """
        settling = SETTLING_DAYS if query.cumulative or options.lookback is None else options.lookback
        window, skipped = _own_days(query, run, options, now)
        own = Part.of(query, window, now) if window else None
        return cls(query, run, now, own, skipped, settling_days=settling)

    def going_back(self, state: State, now: datetime) -> Plan:
        """This plan with the older days that are still open, by what the lake knows.

        Only a load whose days the run chose goes back, and never beyond the first day that a schedule has loaded: a
        backfill of one old month must not make the next run load everything since.

        :param now: by LaunchDarkly's clock; a worker whose clock is wrong must not give days up
        """
        if self.own is None:
            return self
        begin, first = self.own.window.start, state.scheduled_from
        earliest = min(begin, first or begin) if self.run.scheduled else first
        plan = replace(self, scheduled_from=earliest)
        if self.query.metric.history is History.SNAPSHOT or not self.run.chosen_by_run or not first or first >= begin:
            return plan
        daily = self.query.metric.history is History.DAILY_LIST
        horizon = utc_day(now) - timedelta(days=MAX_DAYS_BACK_OF_LISTS if daily else MAX_DAYS_BACK)
        days = state.open_days(Window(first, begin), self.settles, now)
        within = [day for day in days if day >= horizon]
        refused = {day: at for day in within if (at := state.refused_at(day))}
        others = self._parts(runs_of(day for day in within if day not in refused))
        again = self._parts(Window(day, day + DAY) for day in sorted(refused, key=lambda day: refused[day]))
        given_up = tuple(day for day in days if day < horizon)
        return replace(plan, older=tuple(reversed(others)), refused=again, given_up=given_up)

    def __str__(self) -> str:
        """How many requests are planned: usage requests, before retries and a second look in the other unit of time."""
        if self.own is None:
            return "no request planned"
        if self.query.metric.history is History.SNAPSHOT:
            paged = self.query.metric.answer in (Answer.PROJECTS, Answer.ENVIRONMENTS)
            return "as many requests as there are pages" if paged else "1 request planned"
        every_flag = self.query.flags == ()
        count = self.own.requests(1 if every_flag else len(self.query.flags or ("",)))
        text = f"{counted(count, 'request')} planned" + (" for each flag of the project" if every_flag else "")
        if back := (*self.refused, *self.older):
            days = sorted(day for part in back for day in part.window.days())
            more = counted(sum(len(part.chunks) for part in back), "request")
            text += f"; then {counted(len(days), 'older day')} still open, {ranges_text(days, MAX_RANGES)}, {more} more"
            text += " for each flag" if every_flag else ""
        return text

    def _parts(self, windows: Iterable[Window]) -> tuple[Part, ...]:
        return tuple(Part.of(self.query, each, self.now) for each in windows)

    def settles(self, day: date) -> datetime:
        """When the day's figure counts as settled, UTC: a question asked from then on makes it final."""
        end = _next_month(day) if self.query.cumulative else day + DAY
        settled = midnight(end + timedelta(days=self.settling_days))
        return settled - CLOCKS if self.settling_days else settled


def _own_days(
    query: UsageQuery, run: RunWindow, options: LoadOptions, now: datetime
) -> tuple[Window | None, str | None]:
    """The run's own days with their look-back; or None, and why there is nothing to load."""
    today = utc_day(now)
    if query.metric.history is History.SNAPSHOT:
        if _about_the_past(run, now):
            return None, (
                f"{query.metric.name} has no history: it tells what is there now, and this run is about {run.window}. "
                "It is loaded by runs that are not backfills and begin within a day of their time."
            )
        return Window(today, today + DAY), None
    window = run.window
    if options.include_open_day and run.chosen_by_run and window.end == today:
        window = Window(window.start, today + DAY)
    closed = cut_open_day(window, now, include_open_day=options.include_open_day)
    if closed is None:
        return None, f"No day of {window} is over yet ({today} is today, UTC)."
    if run.named and options.lookback is None:
        return closed, None
    wide = widen(closed, now, lookback=options.lookback, cumulative=query.cumulative)
    if query.cumulative and run.chosen_by_run:  # the whole month is asked for in any case
        month = widen(closed, now, lookback=None, cumulative=True)
        wide = Window(min(wide.start, month.start), wide.end)
    return wide, None


def _about_the_past(run: RunWindow, now: datetime) -> bool:
    """Whether what is there now is not what the run is for. A run that is late, or tried again, is still about now."""
    if run.backfill:
        return True
    if run.chosen_by_run and run.at is not None:
        return now - run.at > DAY
    return run.window.end < utc_day(now)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
