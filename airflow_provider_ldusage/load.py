"""One load: the days of one metric from LaunchDarkly into one table. Plain Python; the operator adds Airflow."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_ldusage import summary
from airflow_provider_ldusage.api.errors import LaunchDarklyUsageError
from airflow_provider_ldusage.fetch import Fetcher
from airflow_provider_ldusage.going_back import go_back
from airflow_provider_ldusage.lake.layout import check_table_name, table_file
from airflow_provider_ldusage.lake.state import State, StateFile
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stored import named
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.writer import Commit
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.plan import LoadOptions, Plan, check_requests, runs_of
from airflow_provider_ldusage.quality import check_levels, check_quality
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.report import Refusal, Report
from airflow_provider_ldusage.storing import Stored, Storing
from airflow_provider_ldusage.windows import CONF_KEY, RunWindow, Window

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
    store.check(table_file(name))
    account = client.account()
    table = Table.of(name, query, {"id": account.id, "host": account.host}).opened(store)
    state, _ = StateFile(store, name, query.slice, table.id).read()
    plan = plan.going_back(state)
    fetcher = Fetcher(client, query, table.schema, now)
    log.info(
        "Asking for %s: %s, chosen by %s, %s, into %s",
        summary.question(query), own_days.window, run.rule, summary.planned(plan), uri,
    )  # fmt: skip
    check_requests(query, own_days, len(fetcher.flags()), options.max_requests)
    with Storing(client, fetcher, store, table, plan, options) as storing:
        own = storing.store(storing.ask(own_days))
        storing.store_forecast(own.answered)
        older, refused = _older(storing, fetcher, plan, options, own)
        state, parts = storing.note((own, *older))
        report = _report(plan, name, uri, client, state, parts, refused)
        _tell(report, plan, client, table)
        check_quality(store, table, query, parts, state, check_levels(options.checks), now)
    return report


def _older(
    storing: Storing, fetcher: Fetcher, plan: Plan, options: LoadOptions, own: Stored
) -> tuple[list[Stored], list[Refusal]]:
    """Older days that are stored now, and those that were refused."""
    stored: list[Stored] = []
    refused: list[Refusal] = []
    try:
        for found in go_back(storing, fetcher, plan, options):
            if isinstance(found, Refusal):
                refused.append(found)
            else:
                stored.append(found)
    except LaunchDarklyUsageError:
        storing.note((own, *stored))
        raise
    return stored, refused


def _report(
    plan: Plan,
    name: str,
    uri: str,
    client: UsageClient,
    state: State,
    parts: Sequence[Stored],
    refused: Sequence[Refusal],
) -> Report:
    commit = Commit()
    for part in parts:
        commit = commit.and_then(part.commit)
    own = parts[0].answered
    snapshot = plan.query.metric.history is History.SNAPSHOT
    first = min(state.scheduled_from or own.window.start, own.window.start)
    skipped = None
    if not own.days:
        skipped = f"LaunchDarkly has counted usage through {own.fetched.data_through} only: no day is complete."
    return Report(
        name,
        uri,
        own.window,
        plan.run.rule,
        sum(len(rows) for part in parts for rows in part.answered.days.values() if rows),
        commit,
        client.stats.requests,
        own.fetched.data_through,
        max(state.days, default=None) if snapshot else state.final_through(),
        () if snapshot else tuple(state.open_days(Window(first, own.window.end))),
        tuple(refused),
        plan.given_up,
        skipped,
    )


def _tell(report: Report, plan: Plan, client: UsageClient, table: Table) -> None:
    """The end of the log: what is wrong, then the table."""
    if report.skipped:
        log.info("Stored no day of %s: %s", report.table, report.skipped)
    for refusal in report.refused:
        head = f"Older days that are still open could not be loaded ({len(refusal.window)}): {refusal.window}: "
        log.warning("%s", summary.fitted(head, [refusal.reason], 1))
    for window in runs_of(report.given_up):
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
        which = [f"{named(columns, label)} on {summary.days_named(days)}" for label, days in told.gone.items()]
        head = (
            f"{len(which)} series were stored and are not in LaunchDarkly's answer any more, so they are gone from "
            f"{summary.table_named(report.table)}: "
        )
        log.warning("%s", summary.fitted(head, which[: summary.RANGES], len(which)))
    if told.spared:
        which = [f"{value!r} on {summary.days_named(days)}" for value, days in told.spared.items()]
        head = (
            "LaunchDarkly does not list these any more or did not answer for them, so their rows stay as they are "
            f"stored ({len(which)}): "
        )
        log.warning("%s", summary.fitted(head, which[: summary.RANGES], len(which)))
    log.info("%s", summary.table(report, client.stats))
