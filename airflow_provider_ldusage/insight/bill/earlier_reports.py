"""What earlier reports have written: the figures of days that are not read again, and the last names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import DAY, Window, midnight
from airflow_provider_ldusage.insight.bill.meters import METERS, AdditiveMeter
from airflow_provider_ldusage.insight.bill.names import NAMES_SCHEMA, KnownNames, Named
from airflow_provider_ldusage.insight.stored_days import Record, read_written

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.lake.table_slice import TableSlice

_METER_COLUMNS = ("meter", "quantity", "period_to_date", "data_through")
_NAME_COLUMNS = [column.name for column in NAMES_SCHEMA]


def read_earlier_figures(meters: TableSlice, state: State, window: Window | None) -> dict[str, dict[date, float]]:
    """Read the figures of days that earlier reports have written, in the meters' units.

    :param meters: the table ``usage_meters``
    :param state: of its days; others are not looked for
    :param window: the days; None: none
    :return: meter -> day -> figure
    :raises StoreError: the store cannot be read
    """
    found: dict[str, dict[date, float]] = {}
    read = read_written(meters, state, window.days() if window else (), _METER_COLUMNS)
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


def read_earlier_names(owners: TableSlice, state: State, day: date) -> KnownNames:
    """Read the names that an earlier report had on a day; none if it has not written the day.

    :param owners: the table ``usage_by_owner``
    :param state: of its days
    :raises StoreError: the store cannot be read
    """
    return _names(read_written(owners, state, [day], _NAME_COLUMNS).get(day, ()))


def _names(records: Iterable[Record]) -> KnownNames:
    projects: dict[str, Named] = {}
    environments: dict[str, Named] = {}
    for row in records:
        if row["project_id"] and row["project_key"] is not None:
            projects[row["project_id"]] = Named(row["project_key"], row["project_name"])
        if row["environment_id"] and row["environment_key"] is not None:
            named = Named(row["environment_key"], row["environment_name"], row["project_id"])
            environments[row["environment_id"]] = named
    return KnownNames(projects or None, environments or None)
