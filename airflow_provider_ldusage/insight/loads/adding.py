"""Adds to a day's file to which several reports add, each what its own run has done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.insight.report_table import ReportTable
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.lake.parquet import encoder, footer_of
from airflow_provider_ldusage.lake.store import MAX_ROUNDS, Versioned
from airflow_provider_ldusage.lake.stored import rows_in
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.rows.day import Rows

if TYPE_CHECKING:
    import pyarrow as pa

Union = Callable[["pa.Table | None"], Rows]
"""From the rows that are stored, if any, to those that should be."""


def add(table: ReportTable, day: date, union: Union) -> ReportTable:
    """Add to a day, whatever other reports add meanwhile. What is there already is not written again.

    :param union: must stand being called several times
    :return: the table with what became of the day too
    :raises LakeError: as :meth:`.lake.table.Table.create` does
    :raises StoreError: the store cannot be read or written to
    """
    target = table.target.created()
    name, outcome = target.day_file(day), "unchanged"
    for _ in range(MAX_ROUNDS):
        before = target.store.read_versioned(name)
        rows = union(None if before is None else rows_in(before.data, target.table.schema, name))
        if _has(before, rows):
            return _with(table, target, Commit({day: outcome}))
        outcome = "written" if before is None else "restated"
        data = encoder(rows, target.table.footer(), target.table.codec)()
        if target.store.swap(name, data, before):
            return _with(table, target, Commit({day: outcome}, 1, len(data), len(rows)))
    raise StoreError("Other tasks keep writing this day.", about=f"{target.store.uri}/{name}")


def _has(stored: Versioned | None, rows: Rows) -> bool:
    footer = None if stored is None else footer_of(stored.data)
    return footer is not None and not isinstance(footer, int) and footer.content_hash == rows.content_hash


def _with(table: ReportTable, target: TableSlice, found: Commit) -> ReportTable:
    return replace(table, target=target, commit=table.commit.and_then(found))
