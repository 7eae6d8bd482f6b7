"""Writes ``lake_health`` alone, and reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from airflow_provider_ldusage.days import utc_day
from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.health.health import Health, HealthOutcome
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.query import Column
from tests.loading import Loader

MORNING = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)


def day(number: int) -> date:
    """A day of that November."""
    return date(2026, 11, number)


def reporting(load: Loader, now: datetime) -> Reporting:
    tables = tables_of(load.store, with_files=False).values()
    return Reporting(load.store, next(each.table.account for each in tables if not each.is_derived), Silent(), now)


def look(load: Loader, now: datetime) -> HealthOutcome:
    """The part of a report that writes the table."""
    tables = tables_of(load.store, with_files=False)
    return Health(reporting(load, now), tables, utc_day(now) - timedelta(days=1)).written()


def states(load: Loader, table: str) -> dict[str, str]:
    """Day of November 2026 -> state."""
    return {row["usage_date"][-2:]: row["state"] for row in load.rows("lake_health") if row["table"] == table}


def row_of(load: Loader, table: str, day: str) -> dict[str, Any]:
    (row,) = (row for row in load.rows("lake_health") if (row["table"], row["usage_date"]) == (table, day))
    return row


def made(
    load: Loader,
    now: datetime,
    name: str,
    schema: tuple[Column, ...],
    days: Mapping[date, Sequence[Mapping[str, Any]]],
) -> None:
    """Write a table of the report by hand.

    :param days: day -> rows; columns that they do not name are null
    """
    table = reporting(load, now).open(name, schema, "made by a test")
    nothing = dict.fromkeys(column.name for column in schema)
    table.write({day: [{**nothing, **row} for row in rows] for day, rows in days.items()}).note(utc_day(now))
