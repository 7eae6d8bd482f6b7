"""One load: a window of one metric from LaunchDarkly into one table. Plain Python; the operator adds Airflow."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage import summary
from airflow_provider_ldusage.api.errors import UsageArgumentError
from airflow_provider_ldusage.drift import told_once
from airflow_provider_ldusage.fetch import DEFAULT_MAX_REQUESTS, Fetched, check_requests, fetch, plan_chunks
from airflow_provider_ldusage.freshness import instant
from airflow_provider_ldusage.lake.layout import check_table_name, table_file
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.writer import ON_EMPTY, Commit, commit
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.quality import check_levels, check_quality
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows import Day
from airflow_provider_ldusage.windows import Window, check_lookback, cut_open_day, day_ranges, utc_day, widen

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)

Days = dict[date, Day | None]


@dataclass(frozen=True)
class LoadOptions:
    """How a window is loaded; see the operator's arguments of the same names."""

    lookback: int | None = None
    include_open_day: bool = False
    on_empty: str = "keep"
    max_requests: int = DEFAULT_MAX_REQUESTS
    checks: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        check_levels(self.checks)
        check_lookback(self.lookback)
        if self.on_empty not in ON_EMPTY:
            raise UsageArgumentError(f"on_empty={self.on_empty!r} is not allowed. Allowed: {', '.join(ON_EMPTY)}.")
        if isinstance(self.max_requests, bool) or not isinstance(self.max_requests, int) or self.max_requests < 1:
            raise UsageArgumentError(f"max_requests={self.max_requests!r}: give a whole number, 1 or more.")


@dataclass
class Report:
    """What a load did; ``to_xcom`` is small even for a year: days are given as ranges, both ends inclusive."""

    table: str
    uri: str
    window: Window
    rows: int = 0
    commit: Commit = field(default_factory=Commit)
    requests: int = 0
    data_through: str | None = None
    skipped: str | None = None

    def to_xcom(self) -> dict[str, Any]:
        days = {name: {"count": len(days), "ranges": day_ranges(days)} for name, days in self.commit.lists().items()}
        return {
            "table": self.table,
            "uri": self.uri,
            "rows": self.rows,
            "window": self.window.isoformat(),
            "days": days,
            "requests": self.requests,
            "data_through": self.data_through,
            "skipped": self.skipped,
        }


def load(
    client: UsageClient,
    query: UsageQuery,
    window: Window,
    store: Store,
    table_name: str | None = None,
    options: LoadOptions | None = None,
    *,
    now: datetime | None = None,
) -> Report:
    """Load ``window`` into its table.

    :param window: as the run resolved it; widened by the look-back and cut at the open day here
    :param now: the time by which days count as closed; a deferred task's is when it began
    :raises QualityError: a check at level ``fail`` found something in what is now stored
    :raises LaunchDarklyUsageError: another of its subclasses; what is in the lake stays as it was
    """
    options, now = options or LoadOptions(), now or datetime.now(timezone.utc)
    name = check_table_name(table_name or query.default_table)
    report = Report(name, f"{store.uri}/{name}", window)
    wanted = _days_to_load(query, window, options, now, report)
    if wanted is None:
        log.info("Skipped %s: %s", name, report.skipped)
        return report
    report.window = wanted
    if query.metric.history is not History.SNAPSHOT:
        check_requests(
            query, wanted, len(plan_chunks(query, wanted, now)), len(query.flags or ("",)), options.max_requests
        )
    store.check(table_file(name))
    account = client.account()
    table = Table.of(name, query, {"id": account.id, "host": account.host}).opened(store)
    log.info(
        "Asking for %s: %s, %s, into %s",
        summary.question(query), wanted, summary.planned(query, wanted, now), report.uri,
    )  # fmt: skip
    with closing(_fetched(client, query, wanted, table, options, now)) as fetched:
        report.requests, report.data_through = client.stats.requests, fetched.data_through
        if query.metric.history is History.SNAPSHOT:
            (seen,) = fetched.days
            report.window = wanted = Window(seen, seen + timedelta(days=1))
        days = _closed_days(query, wanted, fetched, options, report)
        forecast = _forecast_table(table, query, store, fetched, wanted, now)
        if days:
            report.rows = sum(len(rows) for rows in days.values() if rows)
            report.commit = _stored(store, table, query, days, fetched, options)
        if forecast:
            commit(store, forecast, query.slice, {utc_day(now): fetched.projection}, asked_at=fetched.asked_at)
            log.info("Stored the forecast of %s in %s/%s", utc_day(now), store.uri, forecast.name)
        if report.skipped:
            log.info("Stored no day of %s: %s", name, report.skipped)
        log.info("%s", summary.table(name, wanted, report.commit, report.rows, client.stats))
        check_quality(store, table, query, days, check_levels(options.checks), now)
    return report


def _stored(
    store: Store, table: Table, query: UsageQuery, days: Days, fetched: Fetched, options: LoadOptions
) -> Commit:
    began = time.monotonic()
    done = commit(store, table, query.slice, days, asked_at=fetched.asked_at, on_empty=options.on_empty)
    log.info("Stored %d files, %s, in %.1f s", done.files, summary.size(done.bytes), time.monotonic() - began)
    return done


def _fetched(
    client: UsageClient, query: UsageQuery, wanted: Window, table: Table, options: LoadOptions, now: datetime
) -> Fetched:
    began, before = time.monotonic(), client.stats.bytes
    with told_once():
        fetched = fetch(client, query, wanted, table.schema, now=now, max_requests=options.max_requests)
    received, seconds = client.stats.bytes - before, time.monotonic() - began
    log.info("Answered: %s, %s in %.1f s", summary.answered(fetched), summary.size(received), seconds)
    return fetched


def _days_to_load(
    query: UsageQuery, window: Window, options: LoadOptions, now: datetime, report: Report
) -> Window | None:
    """The window after the open day is cut off and the look-back added; None, with the reason, if nothing is left."""
    today = utc_day(now)
    if query.metric.history is History.SNAPSHOT:
        if window.end < today:
            report.skipped = (
                f"{query.metric.name} has no history: it tells what is there now, and {window} is over. "
                "It is loaded by runs whose window ends today or later."
            )
            return None
        return Window(today, today + timedelta(days=1))
    closed = cut_open_day(window, now, include_open_day=options.include_open_day)
    if closed is None:
        report.skipped = f"No day of {window} is over yet ({today} is today, UTC)."
        return None
    return widen(closed, now, lookback=options.lookback, cumulative=query.cumulative)


def _closed_days(query: UsageQuery, wanted: Window, fetched: Fetched, options: LoadOptions, report: Report) -> Days:
    """Every day to commit, with its rows or None; days that LaunchDarkly is still counting are left for later."""
    days: Days = {day: fetched.days.get(day) for day in wanted.days()}
    if fetched.data_through:
        through = instant(fetched.data_through)
        open_days = [day for day in days if _midnight(day + timedelta(days=1)) > through]
        if options.include_open_day:  # what is counted so far is wanted; that nothing is, says nothing
            open_days = [day for day in open_days if not days[day]]
        days = {day: rows for day, rows in days.items() if day not in open_days}
        if open_days:
            log.warning("Left for a later run, as usage is counted through %s only: %s", through, day_ranges(open_days))
        if not days:
            report.skipped = f"LaunchDarkly has counted usage through {fetched.data_through} only: no day is complete."
    return days


def _forecast_table(
    table: Table, query: UsageQuery, store: Store, fetched: Fetched, wanted: Window, now: datetime
) -> Table | None:
    """The table that keeps a forecast by the day it was seen; None where there is none to keep. What comes along
    with an old window is left out: it would replace today's."""
    if fetched.projection is None or wanted.end < utc_day(now):
        return None
    projected = Table.of(f"{table.name}_projected", query, table.account, projected=True)
    return replace(projected, schema=table.schema).opened(store)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
