"""Reads the figures of meters from the tables of usage: the account's, its owners', and LaunchDarkly's projections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import fsum
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import DAY, utc_day
from airflow_provider_ldusage.insight.bill.meters import AdditiveMeter, Meter
from airflow_provider_ldusage.insight.bill.owners import COLUMNS, GroupTable, Owner
from airflow_provider_ldusage.insight.stored_days import read_days

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table

Figures = Mapping[Owner, float]
NOBODY: Owner = (None, None, None)
"""The owner of an account's figure."""


def read_totals(store: Store, meter: Meter, table: Table, days: Iterable[date]) -> dict[date, float | None]:
    """Read the account's figure of each day, in the metric's unit: of additive meters the sum of the day, of others
    the last figure of the month to date.

    :return: the days that are stored; one without rows has 0 for an additive meter, and None for others, since its
        figure of the month to date is not reported
    :raises StoreError: the store cannot be read
    """
    found = read_days(store, table, days, ["time", "value"], lambda rows: _by_owner(meter, rows, []))
    nothing = 0.0 if isinstance(meter, AdditiveMeter) else None
    return {day: figures.get(NOBODY, nothing) for day, figures in found.items()}


def read_groups(store: Store, groups: GroupTable, days: Iterable[date]) -> dict[date, Figures]:
    """Read the figure of each group of each day, as :func:`read_totals` does for the account."""
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
    """The latest figure of each owner. Where LaunchDarkly has split it by a dimension that the catalogue does not know,
    the largest part: parts of unique keys cannot be summed, and the figure is at least that."""
    found: dict[Owner, tuple[Any, float]] = {}
    for owner, time, value in zip(owners, times, values, strict=True):
        found[owner] = max(found.get(owner, (time, value)), (time, value))
    return {owner: float(value) for owner, (_, value) in found.items()}


def read_projections(store: Store, meter: Meter, table: Table, days: Iterable[date]) -> dict[date, dict[date, float]]:
    """Read LaunchDarkly's own projections.

    :param days: on which they were seen
    :return: last complete day -> day -> cumulative figure, in the meter's unit; the last complete day is the one before
        that on which the projection was seen
    :raises StoreError: the store cannot be read
    """
    found = read_days(store, table, days, ["time", "value"], lambda rows: _series(rows, meter.divisor))
    return {day - DAY: projection for day, projection in found.items() if projection}


def _series(rows: pa.Table, divisor: int) -> dict[date, float]:
    times, values = rows.column("time").to_pylist(), rows.column("value").to_pylist()
    return {utc_day(time): value / divisor for time, value in zip(times, values, strict=True)}
