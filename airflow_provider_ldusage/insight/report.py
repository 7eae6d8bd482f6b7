"""The report: from the tables of a lake to ``usage_meters`` and ``usage_by_owner``."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from airflow_provider_ldusage.days import DAY, Window, utc_day, utc_now
from airflow_provider_ldusage.engine.announcing import Announcing, Settled, Silent
from airflow_provider_ldusage.insight.account_figures import AccountFigures, account_figures
from airflow_provider_ldusage.insight.meter_rows import (
    METERS_SCHEMA,
    METERS_SUMMARY,
    METERS_TABLE,
    MeterRow,
    meter_rows,
)
from airflow_provider_ldusage.insight.names import read_names
from airflow_provider_ldusage.insight.outcome import ReportOutcome, TableOutcome
from airflow_provider_ldusage.insight.own_history import read_own_figures, read_own_names
from airflow_provider_ldusage.insight.owner_days import OwnerDays
from airflow_provider_ldusage.insight.owner_rows import OWNERS_SCHEMA, OWNERS_SUMMARY, OWNERS_TABLE, OwnerRow
from airflow_provider_ldusage.insight.periods import CALENDAR, Periods
from airflow_provider_ldusage.insight.plan import Plan
from airflow_provider_ldusage.insight.reading import read_projections, read_totals
from airflow_provider_ldusage.insight.sources import Source, Sources, find_sources
from airflow_provider_ldusage.insight.span import span_of
from airflow_provider_ldusage.insight.verdicts import Told, Verdict, told_before, verdict
from airflow_provider_ldusage.insight.writing import Written, note, together, write
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.lake.layout import day_file, state_file, table_file
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.records import rows_from

log = logging.getLogger(__name__)

TABLES = (METERS_TABLE, OWNERS_TABLE)
"""The tables that a report writes."""


@dataclass(frozen=True)
class ReportOptions:
    """What is asked of a report. All of it is checked.

    :param warn_at: parts of the plan, ascending
    :param months: periods to write again beside those that are not final
    :param tables: meter -> the only tables to read it from
    """

    plan: Plan = field(default_factory=Plan)
    billing: Periods = field(default_factory=Periods)
    warn_at: Sequence[float] = (0.7, 0.9)
    months: int = 1
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)


def report(
    store: Store, options: ReportOptions, *, now: datetime | None = None, announcing: Announcing | None = None
) -> ReportOutcome:
    """Write the report of a lake.

    :param now: days that are over by then are reported
    :param announcing: who is to hear of days that are changed; default: nobody
    :raises UsageArgumentError: a table is named that does not fit, or several are possible
    :raises LakeError: there is nothing to report, or a table of the report is another one
    """
    now = now or utc_now()
    sources = find_sources(tables_of(store, with_files=False), options.tables, store.uri)
    return _Report(store, options, sources, utc_day(now) - DAY, announcing or Silent(), now).written()


class _Report:
    """One report.

    :param yesterday: the last day that is over
    :param began: when it began to read
    """

    def __init__(
        self,
        store: Store,
        options: ReportOptions,
        sources: Sources,
        yesterday: date,
        announcing: Announcing,
        began: datetime,
    ) -> None:
        self._store, self._options, self._sources = store, options, sources
        self._announcing, self._began = announcing, began
        self._meters = self._own(METERS_TABLE, METERS_SCHEMA, METERS_SUMMARY)
        self._owners = self._own(OWNERS_TABLE, OWNERS_SCHEMA, OWNERS_SUMMARY)
        self._known, self._known_owners = self._state(self._meters), self._state(self._owners)
        self._span = span_of(sources.meters.values(), options.billing, options.months, self._known, yesterday)

    def written(self) -> ReportOutcome:
        """Read, compute and write."""
        self._check_destination()
        figures = self._figures()
        if (window := self._window(figures)) is None:
            skipped = f"No figure since {self._span.write.start}."
            return ReportOutcome(self._store.uri, missing=self._missing, skipped=skipped)
        last = window.end - DAY
        rows = {
            name: list(meter_rows(self._sources.meters[name].meter, each, self._options.plan.of_meter(name), window))
            for name, each in figures.items()
        }
        owners = self._owner_days(figures, window)
        meters_written, owners_written = self._write(rows, owners, window)
        told = told_before(self._known, last)
        outcomes = [self._noted(each, told.to_json()) for each in (meters_written, owners_written)]
        return ReportOutcome(
            self._store.uri, window, tuple(outcome for outcome, _ in outcomes), self._verdicts(rows, told),
            owners.grown(), self._missing, together([settled for _, settled in outcomes]),
        )  # fmt: skip

    def _write(
        self, rows: Mapping[str, Sequence[MeterRow]], owners: OwnerDays, window: Window
    ) -> tuple[Written, Written]:
        """Write both tables, a month at a time: so many rows of owners are in memory."""
        by_day: dict[date, list[MeterRow]] = {day: [] for day in window.days()}
        for row in (row for each in rows.values() for row in each):
            by_day[row.day].append(row)
        meters = Written(self._meters, self._announcing.inherited(self._known.debts))
        found = Written(self._owners, self._announcing.inherited(self._known_owners.debts))
        for month in _months(window):
            meters = self._add(meters, {day: by_day[day] for day in month.days()})
            found = self._add(found, owners.rows(month))
        return meters, found

    def _add(self, done: Written, rows: Mapping[date, Sequence[MeterRow | OwnerRow]]) -> Written:
        schema = done.target.table.schema
        days = {day: rows_from(schema, [row.to_record() for row in each]) for day, each in rows.items()}
        return write(done, days, self._announcing, self._began)

    def _figures(self) -> dict[str, AccountFigures]:
        """The account's figures of each meter that has any."""
        span = self._span
        earlier = None if span.read_from <= span.history_from else Window(span.history_from, span.read_from)
        own = read_own_figures(self._meters, self._known, earlier)
        days = list(Window(span.read_from, span.write.end).days())
        return {
            name: self._figures_of(source, source.total.table, days, own.get(name, {}))
            for name, source in self._sources.meters.items()
            if source.total is not None
        }

    def _figures_of(
        self, source: Source, total: Table, days: Collection[date], own: Mapping[date, float]
    ) -> AccountFigures:
        seen = [*Window(self._span.projections_from, self._span.write.end + DAY).days()]
        projections = (
            read_projections(self._store, source.meter, source.projected.table, seen) if source.projected else {}
        )
        read = read_totals(self._store, source.meter, total, days)
        return account_figures(source.meter, self._options.billing, read, own, projections)

    def _window(self, figures: Mapping[str, AccountFigures]) -> Window | None:
        """The days to write: none before the first figure, nor after the last."""
        first = min((each.first for each in figures.values() if each.first), default=None)
        last = max((each.last for each in figures.values() if each.last), default=None)
        if first is None or last is None or last < self._span.write.start:
            return None
        return Window(max(first, self._span.write.start), last + DAY)

    def _owner_days(self, figures: Mapping[str, AccountFigures], window: Window) -> OwnerDays:
        starts = [each.containing(window.start).start for each in (self._options.billing, CALENDAR)]
        read = Window(min(starts), window.end)
        before = read_own_names(self._owners, self._known_owners, read.start - DAY)
        names = read_names(self._store, self._sources.projects, self._sources.environments, read, before)
        return OwnerDays(self._store, self._sources.meters, self._options.billing, figures, names, read)

    def _noted(self, done: Written, remember: Mapping[str, Any]) -> tuple[TableOutcome, Settled]:
        state, settled = note(done, self._span.open_from, self._announcing, self._began, remember)
        return TableOutcome(done.target.table.name, done.target.uri, done.commit, state.final_through()), settled

    def _own(self, name: str, schema: tuple[Column, ...], summary: str) -> TableSlice:
        table = Table.derived(name, self._sources.account, schema, summary)
        return TableSlice(self._store, table.opened(self._store), {})

    def _state(self, target: TableSlice) -> State:
        return target.state_file().read()[0] if target.table.stands else State(target.table.id)

    def _check_destination(self) -> None:
        """Fail before anything is read where the report may not be written."""
        days = [day_file(name, day, {}) for name in TABLES for day in self._span.write.days()]
        self._store.check(table_file(METERS_TABLE), [*(state_file(name, {}) for name in TABLES), *days])

    @property
    def _missing(self) -> tuple[str, ...]:
        return tuple(source.missing for source in self._sources.meters.values() if source.missing)

    def _verdicts(self, rows: Mapping[str, Sequence[MeterRow]], told: Told) -> tuple[Verdict, ...]:
        """What the last row of each meter says."""
        by_day = [{row.day: row for row in each} for each in rows.values()]
        return tuple(
            verdict(each[told.day], each.get(told.before) if told.before else None, self._options.warn_at)
            for each in by_day
            if told.day in each
        )


def _months(window: Window) -> Iterator[Window]:
    start = window.start
    while start < window.end:
        end = min(CALENDAR.containing(start).end, window.end)
        yield Window(start, end)
        start = end
