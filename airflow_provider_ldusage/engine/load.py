"""One load: the days of one metric from LaunchDarkly into one table."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import TYPE_CHECKING

from airflow_provider_ldusage.checks.run import Checks
from airflow_provider_ldusage.collector import rare_full_collections
from airflow_provider_ldusage.days import Window, utc_day, utc_now
from airflow_provider_ldusage.engine.account import open_slice
from airflow_provider_ldusage.engine.announcing import Announcing, Settled, Silent
from airflow_provider_ldusage.engine.fetch import fetcher
from airflow_provider_ldusage.engine.going_back import go_back
from airflow_provider_ldusage.engine.noting import Noting
from airflow_provider_ldusage.engine.plan import LoadOptions, Part, Plan
from airflow_provider_ldusage.engine.report import Output, Refusal, Report
from airflow_provider_ldusage.engine.report_log import log_report
from airflow_provider_ldusage.engine.settling import settle_state
from airflow_provider_ldusage.engine.storing import StoredForecast, StoredPart, Storing
from airflow_provider_ldusage.exceptions import UsageForbiddenError
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.lake.layout import check_table_name, day_file, state_file, table_file
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import RunWindow

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """What a load has stored and noted.

    :param state: what is known of the table's days, this load included
    :param own: the run's own days
    :param others: older days that were gone back to
    :param refusals: older days that could not be loaded
    :param announced: days to announce to assets
    """

    state: State
    own: StoredPart
    others: tuple[StoredPart, ...]
    refusals: tuple[Refusal, ...]
    announced: Settled


@rare_full_collections()
def load(
    client: UsageClient,
    query: UsageQuery,
    run: RunWindow,
    store: Store,
    table_name: str | None = None,
    options: LoadOptions | None = None,
    *,
    now: datetime | None = None,
    announcing: Announcing | None = None,
    restated_by: Announcer | None = None,
) -> Report:
    """Load the days of a run into their table, and older days that are still open.

    :param run: the days, as the run resolved them; the look-back and the open day are added here
    :param now: the time by which days count as closed; a deferred task's is when it began
    :param announcing: who is to hear of days that are changed; default: nobody
    :param restated_by: the try of the task for which restatements are recorded; None: they are not
    :raises QualityError: a check at level ``fail`` found something in what is now stored
    :raises LaunchDarklyUsageError: another of its subclasses; what is in the lake stays as it was, except that older
        days may have been stored: these are refused one by one, and named in the report
    """
    options, now, announcing = options or LoadOptions(), now or utc_now(), announcing or Silent()
    name = check_table_name(table_name or query.default_table)
    plan = Plan.of(query, run, options, now)
    if plan.own is None:
        log.info("Skipped %s, %s, chosen by %s: %s", name, run.window, run.rule, plan.skipped)
        announced = settle_state(store, name, query.slice, announcing, now)
        return Report(
            name, f"{store.uri}/{name}", run.window, run.rule, query.slice, announced=announced, skipped=plan.skipped
        )  # fmt: skip
    plan.own.check_requests(len(query.flags or ("",)), options.max_requests)
    described = _check_destination(store, name, plan, plan.own)
    target, before = open_slice(client, query, store, name, options.compression, described)
    try:
        return _load(client, plan, plan.own, target, before, options, announcing, restated_by)
    except UsageForbiddenError:
        client.account()  # fails by itself if it is not this usage alone that is denied
        raise


def _load(
    client: UsageClient,
    plan: Plan,
    own: Part,
    target: TableSlice,
    before: State,
    options: LoadOptions,
    announcing: Announcing,
    restated_by: Announcer | None,
) -> Report:
    """Load the days of a plan into a slice of a table, and check what is stored then."""
    plan = _going_back(client, plan, before)
    checks = Checks.of(plan.query, options.checks, target)
    fetching = fetcher(client, plan.query, target.table.schema)
    with Storing(client, fetching, target, options, checks.note, plan.now, announcing, restated_by) as storing:
        log.info(
            "Asking for %s: %s, chosen by %s, %s, into %s", plan.query, own.window, plan.run.rule, plan, target.uri
        )  # fmt: skip
        own.check_requests(len(storing.flags()), options.max_requests)
        loaded = _store_parts(Noting(client, storing, plan, before), storing, plan, own, options)
        report = _report(plan, loaded, target, client)
        log_report(report, loaded.refusals, plan.given_up, target.table.schema, client.stats)
        older = [part.commit for part in loaded.others]
        checks.run(storing.target, loaded.own.commit, older, loaded.state, before, plan.now)
    return report


def _check_destination(store: Store, name: str, plan: Plan, own_days: Part) -> bytes | None:
    """Fail before the first request where the load may not write what it will write.

    :return: the table's description as it is stored; None if the table is new
    """
    values = plan.query.slice
    days = [day_file(name, day, values) for day in own_days.window.days()]
    forecast = day_file(f"{name}_projected", utc_day(plan.now), values)
    total = Table.of(name, plan.query, {}).total_file
    names = [total] if total else []
    return store.check(table_file(name), [state_file(name, values), *days, forecast, *names])


def _going_back(client: UsageClient, plan: Plan, before: State) -> Plan:
    """The plan with the older days that are still open.

    Which these are depends on the time. A worker whose clock is wrong must not give days up, nor ask for final ones
    again, so wherever there is any such day, LaunchDarkly tells the time first. A punctual load does without.
    """
    planned = plan.going_back(before, client.now())
    if not (planned.older or planned.refused or planned.given_up):
        return planned
    client.account()  # the cheapest answer that tells the time
    return plan.going_back(before, client.now())


def _store_parts(noting: Noting, storing: Storing, plan: Plan, own: Part, options: LoadOptions) -> Loaded:
    """Load the run's own days, then older ones, and note them.

    Each older part is noted before the next is begun: going back may take long, and a task that is killed must not
    begin anew with the same days.
    """
    parts: tuple[StoredPart, ...] = (storing.load_own(own),)
    refusals: tuple[Refusal, ...] = ()
    if plan.older or plan.refused:
        parts = noting.note(parts).parts
        for found in go_back(storing, plan, options.max_requests):
            if isinstance(found, Refusal):
                refusals += (found,)
            else:
                parts += noting.note((found,)).parts
    tried = [day for refusal in refusals if refusal.tried for day in refusal.window.days()]
    noted = noting.finish(parts, refused=tried, given_up=plan.given_up)
    first, *others = noted.parts
    return Loaded(noted.state, first, tuple(others), refusals, noted.announced)


def _report(plan: Plan, loaded: Loaded, target: TableSlice, client: UsageClient) -> Report:
    own, state = loaded.own, loaded.state
    parts = (own, *loaded.others)
    commit = reduce(Commit.and_then, (part.commit for part in parts), Commit())
    window, through = own.answered.window, own.answered.fetched.data_through
    snapshot = plan.query.metric.history is History.SNAPSHOT
    still_open = () if snapshot else _open_days(plan, state, window, client)
    skipped = None
    if set(commit.outcomes.values()) == {"left"}:
        skipped = f"LaunchDarkly has counted usage through {through} only: no day is complete."
    return Report(
        table=target.table.name,
        uri=target.uri,
        window=window,
        rule=plan.run.rule,
        slice=target.values,
        rows=sum(len(rows) for part in parts for rows in part.answered.days.values() if rows),
        commit=commit,
        requests=client.stats.requests,
        data_through=through,
        final_through=max(state.days, default=None) if snapshot else state.final_through(),
        open=tuple(still_open),
        refused=tuple(day for day in still_open if state.refused_at(day)),
        given_up=tuple(state.given_up()),
        announced=loaded.announced,
        skipped=skipped,
        outputs=() if skipped else _outputs(target.table, commit, own.forecast),
    )


def _outputs(table: Table, commit: Commit, forecast: StoredForecast | None) -> tuple[Output, ...]:
    output = Output(table.name, table.schema, commit)
    return (output, Output(forecast.table.name, forecast.table.schema, forecast.commit)) if forecast else (output,)


def _open_days(plan: Plan, state: State, window: Window, client: UsageClient) -> Sequence[date]:
    """The days up to the window's end that later loads go back to."""
    first = min(state.scheduled_from or window.start, window.start)
    return state.open_days(Window(first, window.end), plan.settles, client.now())
