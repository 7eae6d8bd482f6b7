"""The days of ``usage_loads``: what is stored, and what a report adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.loads.load_row import LoadKey, LoadRow, LoadTask, key_of
from airflow_provider_ldusage.insight.report_table import ReportTable
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.records import rows_from

if TYPE_CHECKING:
    import pyarrow as pa


def union(schema: tuple[Column, ...], stored: pa.Table | None, new: Sequence[LoadRow]) -> Rows:
    """The rows of a day's file: those that are stored, and new ones in place of those with the same key.

    What is known of a try is never replaced by the mere fact that it was.
    """
    records: dict[LoadKey, dict[str, Any]] = {} if stored is None else {key_of(row): row for row in stored.to_pylist()}
    for row in new:
        if row.loaded_at is not None or row.key not in records:
            records[row.key] = row.to_record()
    columns = [column.name for column in schema]
    ordered = [records[key] for key in sorted(records, key=_order)]
    return rows_from(schema, [{name: record.get(name) for name in columns} for record in ordered])


def unheard_of(table: ReportTable, rows: Sequence[LoadRow], today: date) -> list[LoadRow]:
    """The rows but for those of unknown time that have a row under another day, or another one here.

    Days are read only where there are such rows: since the run may have ended first.

    :raises StoreError: the store cannot be read
    """
    if not (undated := [row for row in rows if row.loaded_at is None]):
        return list(rows)
    first = max(min(table.known.days, default=today - DAY), min(row.since for row in undated))
    heard_of = {row.key for row in rows if row.loaded_at is not None}
    days = list(Window(first, today).days()) if first < today else []  # today's file is looked at when it is added to
    ahead = [day for day in table.known.days if day > today]  # by the clock of a load
    if days or ahead:
        heard_of |= _stored(table, [*days, *ahead])
    return [row for row in rows if row.loaded_at is not None or row.key not in heard_of]


def _stored(table: ReportTable, days: Sequence[date]) -> set[LoadKey]:
    columns = [*LoadTask._fields, "try_number"]
    found = table.target.store.map_reads(lambda day: table.target.read(day, columns), days)
    return {key_of(row) for each in found if each is not None for row in each.to_pylist()}


def _order(key: LoadKey) -> tuple[LoadTask, int]:
    return key.task, key.try_number or 0
