"""Reads days of tables from the lake, several at a time: the columns that are needed, each day reduced at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_ldusage.lake.table_slice import TableSlice

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table

Result = TypeVar("Result")
Record = dict[str, Any]
"""A row: column -> value, None where it is null."""


def read_days(
    store: Store,
    table: Table,
    days: Iterable[date],
    columns: Sequence[str],
    reduce: Callable[[pa.Table], Result],
    values: Mapping[str, str] = MappingProxyType({}),
) -> dict[date, Result]:
    """Read days of a table.

    :param table: as it is in the lake
    :param columns: to read
    :param reduce: what to keep of a day's rows; several threads call it
    :param values: the slice's columns with their values; nothing for a table without slices
    :return: the days that have a file which can be read
    :raises StoreError: the store cannot be read
    """
    target, wanted = TableSlice(store, table, values), list(days)

    def read(day: date) -> tuple[bool, Any]:
        rows = target.read(day, columns)
        return rows is not None, None if rows is None else reduce(rows)

    found = store.map_reads(read, wanted)
    return {day: kept for day, (is_there, kept) in zip(wanted, found, strict=True) if is_there}


def read_records(store: Store, table: Table, days: Iterable[date], columns: Sequence[str]) -> dict[date, list[Record]]:
    """Read the rows of days, as :func:`read_days` does."""
    return read_days(store, table, days, columns, lambda rows: rows.to_pylist())


def read_written(
    target: TableSlice, state: State, days: Iterable[date], columns: Sequence[str]
) -> dict[date, list[Record]]:
    """Read the rows of days of a table of the report, as :func:`read_days` does.

    :param target: the table, which need not exist yet
    :param state: of its days; those that no report has written are not looked for
    """
    written = [day for day in days if day in state.days] if target.table.stands else []
    return read_records(target.store, target.table, written, columns)
