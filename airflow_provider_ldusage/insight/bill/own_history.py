"""What earlier reports have written: the figures of days that are not read again, and the last names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import DAY, Window, midnight
from airflow_provider_ldusage.insight.bill.meters import METERS, AdditiveMeter
from airflow_provider_ldusage.insight.bill.names import Known, Named
from airflow_provider_ldusage.insight.bill.reading import read_days

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.lake.table_slice import TableSlice

_METER_COLUMNS = ("meter", "quantity", "period_to_date", "data_through")
_NAME_COLUMNS = (
    "project_id", "project_key", "project_name", "environment_id", "environment_key", "environment_name",
)  # fmt: skip


def read_own_figures(meters: TableSlice, state: State, window: Window | None) -> dict[str, dict[date, float]]:
    """Read the figures of days that an earlier report has written, as :class:`.AccountFigures` has them.

    :param meters: the table ``usage_meters``
    :param state: of its days; others are not looked for
    :param window: the days; None: none
    :return: meter -> day -> figure
    :raises StoreError: the store cannot be read
    """
    days = [day for day in window.days() if day in state.days] if window and meters.table.stands else []
    found: dict[str, dict[date, float]] = {}
    read = read_days(meters.store, meters.table, days, _METER_COLUMNS, lambda rows: rows.to_pylist())
    for day, records in read.items():
        for name, figure in _figures(day, records):
            found.setdefault(name, {})[day] = figure
    return found


def _figures(day: date, records: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, float]]:
    """The figures of a day itself: not those of a month that were carried on from the day before."""
    for record in records:
        meter, through = METERS.get(record["meter"]), record["data_through"]
        if meter is not None and through == midnight(day + DAY):
            figure = record["quantity"] if isinstance(meter, AdditiveMeter) else record["period_to_date"]
            if figure is not None:
                yield meter.name, figure


def read_own_names(owners: TableSlice, state: State, day: date) -> Known:
    """Read the names that an earlier report had on a day.

    :param owners: the table ``usage_by_owner``
    :param state: of its days
    :raises StoreError: the store cannot be read
    """
    wanted = [day] if owners.table.stands and day in state.days else []
    read = read_days(owners.store, owners.table, wanted, _NAME_COLUMNS, _names)
    return next(iter(read.values()), Known())


def _names(rows: pa.Table) -> Known:
    projects: dict[str, Named] = {}
    environments: dict[str, Named] = {}
    for row in rows.to_pylist():
        if row["project_id"] and row["project_key"] is not None:
            projects[row["project_id"]] = Named(row["project_key"], row["project_name"])
        if row["environment_id"] and row["environment_key"] is not None:
            named = Named(row["environment_key"], row["environment_name"], row["project_id"])
            environments[row["environment_id"]] = named
    return Known(projects or None, environments or None)
