"""The tables of the bill: from the figures of a lake to ``usage_meters`` and ``usage_by_owner``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.bill.account_figures import AccountFigures, account_figures
from airflow_provider_ldusage.insight.bill.earlier_reports import read_earlier_figures, read_earlier_names
from airflow_provider_ldusage.insight.bill.meter_rows import (
    METERS_SCHEMA,
    METERS_SUMMARY,
    METERS_TABLE,
    MeterRow,
    meter_rows,
)
from airflow_provider_ldusage.insight.bill.names import read_names
from airflow_provider_ldusage.insight.bill.owner_days import Grown, OwnerDays
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_SCHEMA, OWNERS_SUMMARY, OWNERS_TABLE, OwnerRow
from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods
from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.insight.bill.reading import read_projections, read_totals
from airflow_provider_ldusage.insight.bill.sources import Source, Sources
from airflow_provider_ldusage.insight.bill.span import span_of
from airflow_provider_ldusage.insight.bill.verdicts import Verdict, alert_history, verdict
from airflow_provider_ldusage.insight.report_table import Reporting, ReportTable, ReportTableOutcome
from airflow_provider_ldusage.lake.layout import day_file, state_file, table_file
from airflow_provider_ldusage.lake.table import Table

BILL_TABLES = (METERS_TABLE, OWNERS_TABLE)
NO_METER = (
    f"No table here has figures of a meter, so {METERS_TABLE} and {OWNERS_TABLE} are not written. "
    "Load one, such as clientside_mau without group_by."
)


@dataclass(frozen=True)
class BillOptions:
    """What is asked of a bill. All of it is checked.

    :param warn_at: parts of the plan, ascending
    :param months: periods to write again beside those that are not final
    """

    plan: Plan = field(default_factory=Plan)
    billing: Periods = field(default_factory=Periods)
    warn_at: Sequence[float] = (0.7, 0.9)
    months: int = 1


@dataclass(frozen=True)
class BillOutcome:
    """What became of the tables of the bill, and what they say.

    :param window: the days that were written; None: there was no figure since ``since``
    :param verdicts: one for each meter that has a figure on the last day
    :param grown: the owners of each meter that have grown most
    :param missing: what is left out, and what to load for it
    """

    since: date
    window: Window | None = None
    tables: tuple[ReportTableOutcome, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    grown: tuple[Grown, ...] = ()
    missing: tuple[str, ...] = ()


class Bill:
    """The tables of the bill of one report.

    :param yesterday: the last day that is over
    """

    def __init__(self, reporting: Reporting, options: BillOptions, sources: Sources, yesterday: date) -> None:
        self._store, self._options, self._sources = reporting.store, options, sources
        self._meters = reporting.open(METERS_TABLE, METERS_SCHEMA, METERS_SUMMARY)
        self._owners = reporting.open(OWNERS_TABLE, OWNERS_SCHEMA, OWNERS_SUMMARY)
        known = self._meters.known
        self._alerts = alert_history(known, yesterday)
        self._span = span_of(sources.meters.values(), options.billing, options.months, known, yesterday)

    def written(self) -> BillOutcome:
        """Read, compute and write."""
        if not self._sources.meters:
            return BillOutcome(self._span.write.start, missing=(NO_METER,))
        self._check_destination()
        figures = self._figures()
        if (window := self._window(figures)) is None:
            return BillOutcome(self._span.write.start, missing=self._missing)
        rows = {
            name: list(meter_rows(self._sources.meters[name].meter, each, self._options.plan.of_meter(name), window))
            for name, each in figures.items()
        }
        owners = self._owner_days(figures, window)
        tables = tuple(each.note(self._span.open_from) for each in self._write(rows, owners, window))
        verdicts = self._verdicts(rows, window.end - DAY)
        return BillOutcome(self._span.write.start, window, tables, verdicts, owners.grown(), self._missing)

    def remember(self, outcome: BillOutcome) -> None:
        """Note what the report says, so that later ones do not say it again. Once it is noted, nothing may fail.

        :raises StoreError: the state cannot be read or written
        """
        if outcome.window is not None:
            self._meters.remember(self._alerts.to_json(outcome.verdicts))

    def _write(
        self, rows: Mapping[str, Sequence[MeterRow]], owners: OwnerDays, window: Window
    ) -> tuple[ReportTable, ReportTable]:
        """Write both tables, a month at a time: so many rows of owners are in memory."""
        by_day: dict[date, list[MeterRow]] = {day: [] for day in window.days()}
        for row in (row for each in rows.values() for row in each):
            by_day[row.day].append(row)
        meters, found = self._meters, self._owners
        for month in _months(window):
            meters = meters.write(_records({day: by_day[day] for day in month.days()}))
            found = found.write(_records(owners.rows(month)))
        return meters, found

    def _figures(self) -> dict[str, AccountFigures]:
        """The account's figures of each meter that has any."""
        span = self._span
        earlier = None if span.read_from <= span.history_from else Window(span.history_from, span.read_from)
        own = read_earlier_figures(self._meters.target, self._meters.known, earlier)
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
        before = read_earlier_names(self._owners.target, self._owners.known, read.start - DAY)
        names = read_names(self._store, self._sources.projects, self._sources.environments, read, before)
        return OwnerDays(self._store, self._sources.meters, self._options.billing, figures, names, read)

    def _check_destination(self) -> None:
        """Fail before anything is read where the report may not be written."""
        days = [day_file(name, day, {}) for name in BILL_TABLES for day in self._span.write.days()]
        self._store.check(table_file(METERS_TABLE), [*(state_file(name, {}) for name in BILL_TABLES), *days])

    @property
    def _missing(self) -> tuple[str, ...]:
        return tuple(source.missing for source in self._sources.meters.values() if source.missing)

    def _verdicts(self, rows: Mapping[str, Sequence[MeterRow]], last: date) -> tuple[Verdict, ...]:
        """What the last row of each meter says."""
        return tuple(
            verdict(row, self._alerts.before.get(row.meter), self._options.warn_at)
            for row in (row for each in rows.values() for row in each if row.day == last)
        )


def _records(rows: Mapping[date, Sequence[MeterRow | OwnerRow]]) -> dict[date, list[dict[str, Any]]]:
    return {day: [row.to_record() for row in each] for day, each in rows.items()}


def _months(window: Window) -> Iterator[Window]:
    start = window.start
    while start < window.end:
        end = min(CALENDAR.containing(start).end, window.end)
        yield Window(start, end)
        start = end
