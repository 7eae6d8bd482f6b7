"""Tables of the report, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.query import Column
from tests.loading import NOW

FIRST = date(2026, 11, 1)
TYPES = {
    "rows": "int64", "requests": "int64", "restated_times": "int64", "map_index": "int64", "try_number": "int64",
    "days_without": "int64", "loaded_at": "timestamp[ms, UTC]",
    "window_start": "date32", "window_end": "date32", "last_evaluated_on": "date32",
    "outdated": "bool", "stale": "bool",
}  # fmt: skip


def reporting(store: Store, began: datetime = NOW) -> Reporting:
    return Reporting(store, {"id": "a"}, Silent(), began)


def write(
    store: Store, table: str, columns: str, days: Mapping[date, Sequence[Sequence[Any]]], began: datetime = NOW
) -> WrittenDays:
    """Write days as a report does, and find the table.

    :param columns: their names, separated by blanks
    """
    names = columns.split()
    schema = tuple(Column(name, TYPES.get(name, "string")) for name in names)
    records = {day: [dict(zip(names, row, strict=True)) for row in rows] for day, rows in days.items()}
    reporting(store, began).open(table, schema, "").write(records).note(FIRST)
    found = WrittenDays.of(store, table)
    assert found is not None
    return found


def day(number: int) -> date:
    """Of November; the 31st and later are in December."""
    return FIRST + timedelta(days=number - 1)
