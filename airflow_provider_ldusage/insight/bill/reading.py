"""Reads days of tables from the lake, several at a time: the columns that are needed, each day made small at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import fsum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_ldusage.days import DAY, utc_day
from airflow_provider_ldusage.insight.bill.meters import AdditiveMeter, Meter
from airflow_provider_ldusage.insight.bill.owners import COLUMNS, GroupTable, Owner
from airflow_provider_ldusage.lake.table_slice import TableSlice

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table

Result = TypeVar("Result")
Figures = Mapping[Owner, float]
NOBODY: Owner = (None, None, None)
"""The owner of an account's figure."""


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


def read_totals(store: Store, meter: Meter, table: Table, days: Iterable[date]) -> dict[date, float | None]:
    """Read the account's figure of each day, in the metric's unit: of additive meters the sum of the day, of others
    the last figure of the month to date.

    :return: a day without usage has 0, or None where the figure of the month to date is not told
    """
    found = read_days(store, table, days, ["time", "value"], lambda rows: _by_owner(meter, rows, []))
    nothing = 0.0 if isinstance(meter, AdditiveMeter) else None
    return {day: figures.get(NOBODY, nothing) for day, figures in found.items()}


def read_groups(store: Store, groups: GroupTable, days: Iterable[date]) -> dict[date, Figures]:
    """Read each owner's figure of each day, as :func:`read_totals` does for the account."""
    columns = groups.columns
    return read_days(
        store, groups.table, days, ["time", "value", *columns], lambda rows: _by_owner(groups.meter, rows, columns)
    )


def _by_owner(meter: Meter, rows: pa.Table, columns: Sequence[str]) -> Figures:
    ids = [rows.column(name).to_pylist() if name in columns else [None] * len(rows) for name in COLUMNS]
    owners = zip(*ids, strict=True)
    values = rows.column("value").to_pylist()
    if isinstance(meter, AdditiveMeter):
        return _sums(owners, values)
    return _lasts(owners, rows.column("time").to_pylist(), values)


def _sums(owners: Iterable[Any], values: Sequence[float]) -> Figures:
    found: dict[Owner, list[float]] = {}
    for owner, value in zip(owners, values, strict=True):
        found.setdefault(owner, []).append(value)
    return {owner: fsum(each) for owner, each in found.items()}


def _lasts(owners: Iterable[Any], times: Sequence[Any], values: Sequence[float]) -> Figures:
    """The latest figure of each owner. Where LaunchDarkly has split it by something unknown, which cannot be summed,
    the largest part: the figure is at least that."""
    found: dict[Owner, tuple[Any, float]] = {}
    for owner, time, value in zip(owners, times, values, strict=True):
        found[owner] = max(found.get(owner, (time, value)), (time, value))
    return {owner: float(value) for owner, (_, value) in found.items()}


def read_projections(store: Store, meter: Meter, table: Table, days: Iterable[date]) -> dict[date, dict[date, float]]:
    """Read LaunchDarkly's own projections.

    :param days: on which they were seen
    :return: last complete day -> day -> cumulative figure, in the meter's unit; the last complete day is the one before
        that on which it was seen
    """
    found = read_days(store, table, days, ["time", "value"], lambda rows: _series(rows, meter.divisor))
    return {day - DAY: projection for day, projection in found.items() if projection}


def _series(rows: pa.Table, divisor: int) -> dict[date, float]:
    times, values = rows.column("time").to_pylist(), rows.column("value").to_pylist()
    return {utc_day(time): value / divisor for time, value in zip(times, values, strict=True)}
