"""One load: the days of one metric from LaunchDarkly into one table. Plain Python; the operator adds Airflow."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING

from airflow_provider_ldusage import summary
from airflow_provider_ldusage.fetch import Fetcher
from airflow_provider_ldusage.going_back import go_back
from airflow_provider_ldusage.lake.layout import check_table_name, day_file, state_file, table_file
from airflow_provider_ldusage.lake.state import State, StateFile
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stored import named
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.writer import Commit
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.plan import LoadOptions, Plan, check_requests
from airflow_provider_ldusage.quality import check_levels, check_quality
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.report import Refusal, Report
from airflow_provider_ldusage.storing import StoredPart, Storing
from airflow_provider_ldusage.windows import CONF_KEY, RunWindow, Window, runs_of, utc_day

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)


def load(
    client: UsageClient,
    query: UsageQuery,
    run: RunWindow,
    store: Store,
    table_name: str | None = None,
    options: LoadOptions | None = None,
    *,
    now: datetime | None = None,
) -> Report:
    """Load the days of a run into their table, and older days that are still open.

    :param run: the days, as the run resolved them; the look-back and the open day are seen to here
    :param now: the time by which days count as closed; a deferred task's is when it began
    :raises QualityError: a check at level ``fail`` found something in what is now stored
    :raises LaunchDarklyUsageError: another of its subclasses; what is in the lake stays as it was, unless older days
        were gone back to: these are refused one by one, and told in the report
    """
    options, now = options or LoadOptions(), now or datetime.now(timezone.utc)
    name = check_table_name(table_name or query.default_table)
    uri = f"{store.uri}/{name}"
    plan = Plan.of(query, run, options, now)
    own_days = plan.own
    if own_days is None:
        log.info("Skipped %s, %s, chosen by %s: %s", name, run.window, run.rule, plan.skipped)
        return Report(name, uri, run.window, run.rule, skipped=plan.skipped)
    check_requests(query, own_days, len(query.flags or ("",)), options.max_requests)
    days = [day_file(name, day, query.slice) for day in own_days.window.days()]
    forecast = day_file(f"{name}_projected", utc_day(now), query.slice)
    store.check(table_file(name), [state_file(name, query.slice), *days, forecast])
    account = client.account()
    table = Table.of(name, query, {"id": account.id, "host": account.host}, compression=options.compression).opened(
        store
    )
    before, _ = StateFile(store, name, query.slice, table.id).read()
    plan = plan.going_back(before, client.now())
    fetcher = Fetcher(client, query, table.schema, now)
    log.info(
        "Asking for %s: %s, chosen by %s, %s, into %s",
        summary.question(query), own_days.window, run.rule, summary.planned(plan), uri,
    )  # fmt: skip
    check_requests(query, own_days, len(fetcher.flags()), options.max_requests)
    with Storing(client, fetcher, store, table, plan, options) as storing:
        own = storing.store(storing.ask(own_days))
        storing.store_forecast(own.answered)
        parts, refusals = _older(storing, fetcher, plan, options, own)
        tried = [day for refusal in refusals if refusal.tried for day in refusal.window.days()]
        state, (own, *others) = storing.note(parts, refused=tried, given_up=plan.given_up)
        report = _report(plan, name, uri, client, state, own, others)
        _tell(report, refusals, plan, client, table)
        levels = check_levels(options.checks)
        # A finding in older days must not fail a load whose own days are as they should be.
        check_quality(store, table, query, others, state, {name: _at_most_warn(levels[name]) for name in levels}, now)
        check_quality(store, table, query, (own,), state, levels, now, before)
    return report


def _older(
    storing: Storing, fetcher: Fetcher, plan: Plan, options: LoadOptions, own: StoredPart
) -> tuple[tuple[StoredPart, ...], list[Refusal]]:
    """The run's own part and the older ones that are stored now, and what was refused. Each part is noted before the
    next is begun: going back may take long, and a task that is killed is not to begin anew with the same days."""
    parts: tuple[StoredPart, ...] = (own,)
    refusals: list[Refusal] = []
    if plan.older or plan.refused:
        _, parts = storing.note(parts)
        for found in go_back(storing, fetcher, plan, options.max_requests):
            if isinstance(found, Refusal):
                refusals.append(found)
            else:
                _, noted = storing.note((found,))
                parts += noted
    return parts, refusals


def _at_most_warn(level: str) -> str:
    return "off" if level == "off" else "warn"


def _report(
    plan: Plan,
    name: str,
    uri: str,
    client: UsageClient,
    state: State,
    own: StoredPart,
    others: Sequence[StoredPart],
) -> Report:
    commit = Commit()
    for part in (own, *others):
        commit = commit.and_then(part.commit)
    window, through = own.answered.window, own.answered.fetched.data_through
    snapshot = plan.query.metric.history is History.SNAPSHOT
    first = min(state.scheduled_from or window.start, window.start)
    still_open = [] if snapshot else state.open_days(Window(first, window.end), plan.settles, client.now())
    skipped = None
    if set(commit.outcomes.values()) == {"left"}:
        skipped = f"LaunchDarkly has counted usage through {through} only: no day is complete."
    return Report(
        name,
        uri,
        window,
        plan.run.rule,
        sum(len(rows) for part in (own, *others) for rows in part.answered.days.values() if rows),
        commit,
        client.stats.requests,
        through,
        max(state.days, default=None) if snapshot else state.final_through(),
        tuple(still_open),
        tuple(day for day in still_open if state.refused_at(day)),
        tuple(state.given_up()),
        skipped,
    )


def _tell(report: Report, refusals: Sequence[Refusal], plan: Plan, client: UsageClient, table: Table) -> None:
    """The end of the log: what is wrong, then the table."""
    if report.skipped:
        log.info("Stored no day of %s: %s", report.table, report.skipped)
    for reason in dict.fromkeys(refusal.reason for refusal in refusals):
        days = [day for refusal in refusals if refusal.reason == reason for day in refusal.window.days()]
        head = f"Older days that are still open could not be loaded ({len(days)}): {summary.days_named(days)}: "
        log.warning("%s", summary.fitted(head, [reason], 1))
    for window in runs_of(plan.given_up):
        conf = json.dumps({CONF_KEY: {"start": str(window.start), "end": str(window.end)}})
        log.warning(
            "Given up: %s lies too far back to be tried again by itself. To load it, trigger a run with the conf %s.",
            window, conf,
        )  # fmt: skip
    told = report.commit
    if kept := told.days("kept"):
        log.warning("Kept as stored, as the answer has no usage for them: %s", summary.ranges(kept))
    if superseded := told.days("superseded"):
        log.info("Kept as stored, as a later question was answered meanwhile: %s", summary.ranges(superseded))
    columns = [column.name for column in table.schema if column.type == "string" and column.name != "extra"]
    if told.gone:
        which = (f"{named(columns, label)} on {summary.days_named(days)}" for label, days in told.gone.items())
        head = (
            f"{len(told.gone)} series were stored and are not in LaunchDarkly's answer any more, so they are gone from "
            f"{summary.table_named(report.table)}: "
        )
        log.warning("%s", summary.fitted(head, list(islice(which, summary.RANGES)), len(told.gone)))
    if told.spared:
        which = (f"{value!r} on {summary.days_named(days)}" for value, days in told.spared.items())
        head = (
            "LaunchDarkly does not list these any more or did not answer for them, so their rows stay as they are "
            f"stored ({len(told.spared)}): "
        )
        log.warning("%s", summary.fitted(head, list(islice(which, summary.RANGES)), len(told.spared)))
    log.info("%s", summary.table(report, client.stats))
