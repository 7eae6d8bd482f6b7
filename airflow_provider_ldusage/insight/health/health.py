"""The table ``lake_health``, from the states of all tables and the footers of what is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from airflow_provider_ldusage.checks.check import MAX_NAMED
from airflow_provider_ldusage.days import DAY, Window, day_ranges, days_of_ranges
from airflow_provider_ldusage.insight.health.health_rows import (
    HEALTH_SCHEMA,
    HEALTH_SUMMARY,
    HEALTH_TABLE,
    HealthRow,
    counted_rows,
    state_of,
)
from airflow_provider_ldusage.insight.health.restated import NEVER, Restated, TableDay, read_restated, restated_since
from airflow_provider_ldusage.insight.health.table_days import LATE, MISSING, TableDays, is_due
from airflow_provider_ldusage.insight.news import MAX_DAYS, News
from airflow_provider_ldusage.insight.report_table import Reporting, ReportTableOutcome
from airflow_provider_ldusage.insight.stored_days import read_written
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.lake.stored import read_footer
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.log_text import counted
from airflow_provider_ldusage.metrics import METRICS

REMEMBERED = "absent"
"""The field of the table's state that has the days which were not there when it was written."""
TABLES = "tables"
"""The field that has the tables of which it was written: name -> id."""

Absent = Mapping[str, Mapping[date, str]]


@dataclass(frozen=True)
class HealthOutcome:
    """What became of the table, and what it says.

    :param missing: table -> the days that are missing
    :param late: table -> the days that are late
    """

    tables: tuple[ReportTableOutcome, ...] = ()
    missing: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    late: Mapping[str, tuple[date, ...]] = field(default_factory=dict)

    @property
    def line(self) -> str | None:
        """The same for people; None: no table was looked at."""
        if not self.tables:
            return None
        said = [
            f"{_count_text(days)} {name}" for name, days in (("missing", self.missing), ("late", self.late)) if days
        ]
        return f"Health: {', '.join(said) or 'every day of every table is there'}"

    def to_json(self) -> dict[str, Any]:
        """The same for XCom: how many days, and of which tables."""
        return {
            name: {"days": sum(map(len, days.values())), "tables": sorted(days)}
            for name, days in (("missing", self.missing), ("late", self.late))
        }


class Health:
    """The table ``lake_health`` of one report.

    :param tables: of the lake, by name
    :param yesterday: the last day that is over
    """

    def __init__(self, reporting: Reporting, tables: Mapping[str, StoredTable], yesterday: date) -> None:
        self._store = reporting.store
        found = [each for each in tables.values() if _is_loaded(each, reporting.account)]
        self._meant = {each.table.name: each.table for each in found}
        self._tables = [each for each in map(TableDays, found) if each.first and each.first <= yesterday]
        first = min((each.first for each in self._tables if each.first), default=yesterday)
        earliest = yesterday - timedelta(days=MAX_DAYS - 1)
        self._reach = Window(earliest, yesterday + DAY)
        self._window = Window(max(first, earliest), yesterday + DAY)
        self._own = reporting.open(HEALTH_TABLE, HEALTH_SCHEMA, HEALTH_SUMMARY)
        self._news = News(self._own.known)
        self._not_due = {day for day in (yesterday,) if not is_due(self._tables, day, reporting.began)}

    def written(self) -> HealthOutcome:
        """Look at what has changed since the last report, and write it."""
        if not self._tables:
            return HealthOutcome()
        absent = {each.name: self._absences(each) for each in self._tables}
        moved = _moved(absent, _from_json(self._own.known.other.get(REMEMBERED, {})))
        moved |= self._replaced()
        days = self._candidates({day for _, day in moved}, restated_since(self._store, self._news))
        done = self._own.write(self._records(days, absent, moved)) if days else self._own
        tables = {name: each.id for name, each in sorted(self._meant.items())}
        noted = done.note(self._open_from(), {REMEMBERED: _to_json(absent), TABLES: tables})
        return HealthOutcome((noted,), _days_that_are(MISSING, absent), _days_that_are(LATE, absent))

    def _absences(self, table: TableDays) -> dict[date, str]:
        found = table.absences(self._window)
        return {day: reason for day, reason in found.items() if not self._is_waiting(table, day)}

    def _is_waiting(self, table: TableDays, day: date) -> bool:
        """Whether it is too early to call a day late."""
        return day in self._not_due and table.absence(day) == LATE

    def _replaced(self) -> set[TableDay]:
        """The days of tables that were deleted, made anew, or brought here with their states since the last look."""
        before, now = self._own.known.other.get(TABLES, {}), {name: each.id for name, each in self._meant.items()}
        first = {each.name: each.first or date.max for each in self._tables}
        since = {
            name: date.min if name in before else first.get(name, date.max) for name, _ in before.items() ^ now.items()
        }
        days = [day for day in self._reach.days() if day in self._own.known.days]
        return {(name, day) for name, start in since.items() for day in days if day >= start}

    def _candidates(self, moved: Collection[date], restated: Collection[date]) -> list[date]:
        """The days to write: those that were never written, of which a table was asked for since, of which another
        table is there or absent now, or which loads have restated by what was gathered since."""
        return [
            day
            for day in self._reach.days()
            if day in moved or (day in self._window and (day in restated or self._has_news(day)))
        ]

    def _has_news(self, day: date) -> bool:
        return any(self._news.has(day, each.asked_at(day)) for each in self._tables)

    def _records(
        self, days: Collection[date], absent: Absent, moved: Collection[TableDay]
    ) -> dict[date, list[dict[str, Any]]]:
        own = self._own_rows(days)
        restated = read_restated(self._store, Window(min(days), self._window.end + DAY))
        wanted = [
            (each, day)
            for day in days
            for each in self._tables
            if each.expected(day) and not self._is_waiting(each, day)
        ]
        renewed = [
            (each, day) for each, day in wanted
            if (each.name, day) not in own or (each.name, day) in moved or self._news.has(day, each.asked_at(day))
        ]  # fmt: skip
        rows = {**own, **{(row.table, day): row for day, row in self._rows(renewed, absent)}}
        found: dict[date, list[dict[str, Any]]] = {day: [] for day in days}
        for each, day in wanted:
            row = replace(rows[each.name, day], restated=self._restated(restated, each.name, day))
            found[day].append(row.to_record())
        return found

    def _rows(self, wanted: Iterable[tuple[TableDays, date]], absent: Absent) -> Iterator[tuple[date, HealthRow]]:
        """Rows by the footers of the files: one read each."""
        files = [(each, day, each.files(day)) for each, day in wanted]
        names = [name for _, _, several in files for name in several]
        footers = iter(self._store.map_reads(lambda name: read_footer(self._store, name), names))
        for each, day, several in files:
            here = [next(footers) for _ in several]
            expected = each.expected(day)
            yield (
                day,
                HealthRow(
                    table=each.name,
                    rows=counted_rows(here),
                    state=state_of(absent[each.name].get(day), here),
                    stored_at=each.asked_at(day),
                    final=each.is_final(day),
                    slices=len(expected),
                    slices_absent=sum(day not in one.asked_at for one in expected) + here.count(None),
                ),
            )

    def _own_rows(self, days: Iterable[date]) -> dict[TableDay, HealthRow]:
        columns = [column.name for column in HEALTH_SCHEMA]
        read = read_written(self._own.target, self._own.known, days, columns)
        return {(row["table"], day): HealthRow.from_record(row) for day, rows in read.items() for row in rows}

    def _restated(self, restated: Mapping[TableDay, Restated], name: str, day: date) -> Restated:
        """What is known of a table's day. Changes of groups or hours that do not add up have no sum."""
        found = restated.get((name, day), NEVER)
        return found if _adds_up(self._meant[name]) else replace(found, by=None)

    def _open_from(self) -> date:
        open_days = (day for day in self._window.days() if any(each.is_open(day) for each in self._tables))
        return min(open_days, default=self._window.end)


def _is_loaded(table: StoredTable, account: Mapping[str, str]) -> bool:
    return not table.is_derived and not table.is_forecast and table.table.account == account


def _adds_up(table: Table) -> bool:
    """Whether all figures of a day have a sum. Some metrics have groups of their own, such as kinds of contexts."""
    identity, metric = table.identity, METRICS.get(table.identity["metric"])
    if table.meaning.get("additive_over_groups"):
        groups = metric is None or metric.adds_up_by(identity["group_by"])
    else:
        groups = not (identity["group_by"] or identity.get("slice_keys") or (metric and metric.own_dimensions))
    return groups and bool(table.meaning.get("additive_over_time") or identity["granularity"] != "hourly")


def _count_text(days: Mapping[str, Collection[date]]) -> str:
    """``3 days of 2 tables (runs, events)``"""
    count, named = sum(map(len, days.values())), sorted(days)
    names = ", ".join(named[:MAX_NAMED]) + ("..." if len(named) > MAX_NAMED else "")
    return f"{counted(count, 'day')} of {counted(len(named), 'table')} ({names})"


def _moved(absent: Absent, before: Absent) -> set[TableDay]:
    """What is absent now and was not, or the other way round, or for another reason."""
    return {
        (name, day)
        for name in absent.keys() | before.keys()
        for day, _ in absent.get(name, {}).items() ^ before.get(name, {}).items()
    }


def _days_that_are(state: str, absent: Absent) -> dict[str, tuple[date, ...]]:
    found = {name: tuple(day for day, reason in days.items() if reason == state) for name, days in absent.items()}
    return {name: days for name, days in found.items() if days}


def _to_json(absent: Absent) -> dict[str, dict[str, list[list[str]]]]:
    """Table -> reason -> ranges of days."""
    return {
        name: {
            reason: day_ranges(day for day, found in days.items() if found == reason)
            for reason in sorted(set(days.values()))
        }
        for name, days in absent.items()
        if days
    }


def _from_json(content: Mapping[str, Mapping[str, Iterable[Sequence[str]]]]) -> Absent:
    return {
        name: {day: reason for reason, ranges in reasons.items() for day in days_of_ranges(ranges)}
        for name, reasons in content.items()
    }
