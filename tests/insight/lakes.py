"""A lake with what makes a report hard: groups that do not add up, deleted projects, absent ids, months of 28 to 31
days. Its tables are read by DuckDB too, which knows nothing of the report."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from airflow_provider_ldusage.insight.bill.bill import BillOptions
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.insight.outcome import ReportOutcome
from airflow_provider_ldusage.insight.report import TABLES, ReportOptions, report
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.loading import Loader

FIRST, LAST = "2026-01-01", "2026-04-20"
NOW = datetime(2026, 4, 21, 6, tzinfo=timezone.utc)
BY_APPLICATION = ["projectId", "environmentId", "sdkAppId"]
PLAN = {
    "clientside_mau": {"included": 900, "price": "8.33", "per": 1000, "currency": "USD"},
    "service_connections": {"included": 100, "price": 10},
    "ai_runs": {"included": 10_000_000},
}
USAGE: dict[str, dict[str, Any]] = {
    "mau": {"metric": "clientside_mau"},
    "mau_by_application": {"metric": "clientside_mau", "group_by": BY_APPLICATION},
    "mau_by_project": {"metric": "clientside_mau", "group_by": ["projectId"]},
    "connections": {"metric": "service_connections"},
    "connections_by_sdk": {"metric": "service_connections", "group_by": [*BY_APPLICATION, "sdkName", "sdkVersion"]},
    "runs": {"metric": "ai_runs", "group_by": ["projectId", "environmentId", "sdkName"]},
    "export": {"metric": "data_export_events"},
    "export_by_environment": {"metric": "data_export_events", "group_by": ["environmentId", "eventKind"]},
    "keys_by_experiment": {
        "metric": "experimentation_keys",
        "group_by": ["projectId", "environmentId", "experimentId"],
    },
}
LISTS = ("projects", "environments")


UNITS = {"seconds_documented", "unstated_unit", "wrong_unit"}
"""In which unit times are sent: a matter of the connection, without which there is no answer."""


def readings(number: int) -> Switches:
    """The reading of that number of each ambiguity in LaunchDarkly's documentation, or the last; 0: as documented."""
    kinds = {name: kind for name, kind in get_type_hints(Switches).items() if name not in UNITS}
    chosen = {name: get_args(kind)[: number + 1][-1] for name, kind in kinds.items() if get_origin(kind) is Literal}
    return Switches(**chosen)


def options(billing_day: int = 1, tables: Mapping[str, Sequence[str]] | None = None, **more: Any) -> ReportOptions:
    """Options of a report.

    :param more: of the bill
    """
    return ReportOptions(BillOptions(plan=Plan.of(PLAN), billing=Periods.of(billing_day), **more), tables or {})


@dataclass(frozen=True)
class ReportLake:
    """A lake and the loader that filled it."""

    load: Loader

    @property
    def folder(self) -> Path:
        return self.load.lake

    def report(self, day: date | None = None, billing_day: int = 1, **more: Any) -> ReportOutcome:
        """The report on the morning after a day; by default, of the last one."""
        now = NOW if day is None else datetime(day.year, day.month, day.day, 6, tzinfo=timezone.utc) + timedelta(days=1)
        return report(self.load.store, options(billing_day, **more), now=now)

    def copy(self, folder: Path, through: date | None = None) -> ReportLake:
        """The lake as it was when a day had been loaded, without any report."""
        shutil.copytree(self.folder, folder)
        copied = ReportLake(Loader(self.load.simulator, folder))
        for name in TABLES:
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / "_ldusage" / f"{name}.json").unlink(missing_ok=True)
        for path in folder.glob("*/usage_date=*"):
            seen = date.fromisoformat(path.name.removeprefix("usage_date="))
            last = through and through + timedelta(days=path.parent.name in LISTS)
            if last and seen > last:
                shutil.rmtree(path)
        return copied

    def rows(self, table: str, day: date | None = None) -> list[dict[str, Any]]:
        found = self.load.rows(table)
        return [row for row in found if day is None or row["usage_date"] == day.isoformat()]

    def sql(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """What DuckDB answers; every table is a view."""
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name in {path.parent.name for path in self.folder.glob("*/usage_date=*")}:
                connection.execute(
                    f"CREATE VIEW {name} AS FROM read_parquet('{self.folder}/{name}/*/*.parquet', "
                    "hive_partitioning = true, hive_types = {'usage_date': DATE})"
                )
            return connection.execute(query, parameters or None).fetchall()


def filled(simulator: Simulator, folder: Path, first: str = FIRST, last: str = LAST) -> ReportLake:
    """Load everything. A project and an environment are deleted on the way; the lists have them once."""
    load = Loader(simulator, folder)
    simulator.now = datetime.fromisoformat(first).replace(tzinfo=timezone.utc) + timedelta(days=1, hours=3)
    _load_lists(load, simulator.now.date().isoformat())
    simulator.now = datetime(2026, 2, 20, 12, tzinfo=timezone.utc)
    simulator.delete_environment("default", "staging")
    simulator.now = datetime(2026, 3, 9, 7, tzinfo=timezone.utc)
    simulator.delete_project("data-platform")
    simulator.now = NOW
    _load_lists(load, NOW.date().isoformat())
    load_usage(load, first, last, USAGE)
    return ReportLake(load)


def load_usage(load: Loader, first: str, last: str, tables: Iterable[str]) -> None:
    for table in tables:
        load(first, last, table=table, **USAGE[table])


def _load_lists(load: Loader, day: str) -> None:
    for table in LISTS:
        load(day, day, table=table, metric=table)
