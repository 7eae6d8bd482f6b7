"""Runs of a DAG that is scheduled at 03:00 UTC, against one simulated account."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import Loader, window
from tests.support import Load, columns_of, expected_rows, stored_rows

DAY = timedelta(days=1)
MINUTES = {"metric": "service_connections", "group_by": ["projectId"]}
MAU = {"metric": "total_mau", "group_by": ["projectId"]}
EXPORT = {"metric": "data_export_events", "aggregation_type": "incremental"}
MINUTES_LOAD = Load("service_connections", "service-connections", ("projectId",), aggregation_type="incremental")
MAU_LOAD = Load("total_mau", "total-mau", ("projectId",), aggregation_type="month_to_date")
EXPORT_LOAD = Load("data_export_events", "data-export-events", aggregation_type="incremental")


def day(text: str | date) -> date:
    """``11-05`` is that day of 2026."""
    return text if isinstance(text, date) else date.fromisoformat(f"2026-{text}")


def at_three(day: date) -> datetime:
    """When the DAG's run of a day is due."""
    return datetime.combine(day, datetime.min.time(), timezone.utc) + timedelta(hours=3)


class Runs(Loader):
    """Runs of a DAG that is scheduled at 03:00 UTC, all into one table, with ``options`` for each load."""

    def __init__(self, simulator: Simulator, lake: Path) -> None:
        super().__init__(simulator, lake)
        self.options: dict[str, Any] = {}

    def scheduled(self, at: str | date, *, now: str | None = None, **query: Any) -> Report:
        """The run of a day at 03:00.

        :param now: the later day on which it begins, as a run does that is cleared
        :param query: what to ask for, and ``client``
        """
        due = day(at)
        run = RunWindow(Window(due - DAY, due), "the schedule", scheduled=True, at=at_three(due))
        return self.run(run, now or at, **query)

    def named(self, first: str, end: str, *, now: str, **query: Any) -> Report:
        return self.run(RunWindow(Window(day(first), day(end)), "the run's conf", named=True), now, **query)

    def manual(self, at: str, **query: Any) -> Report:
        return self.run(RunWindow(Window(day(at) - DAY, day(at)), "the time of the run"), at, **query)

    def backfill(self, at: str, *, now: str, **query: Any) -> Report:
        return self.run(RunWindow(Window(day(at) - DAY, day(at)), "the schedule", backfill=True), now, **query)

    def run(
        self,
        run: RunWindow,
        now: str | date | datetime,
        client: Callable[[ClientConfig], UsageClient] = UsageClient,
        **query: Any,
    ) -> Report:
        """A run that begins at a moment, or at 03:00 of a day; only its own requests are recorded afterwards."""
        self.simulator.now = now if isinstance(now, datetime) else at_three(day(now))
        self.simulator.clear_requests()
        return self.load(run, options=LoadOptions(**self.options), client=client, **(query or MINUTES))

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.lake / "_ldusage" / "state" / "t" / "all.json").read_text())
        return found

    def stale(self, first: str, end: str, load: Load) -> list[date]:
        """The days of which the lake does not hold what LaunchDarkly reports now."""
        columns = columns_of(self.lake, "t")
        stored = stored_rows(self.lake / "t")
        found = []
        for each in Window(day(first), day(end)).days():
            truth = expected_rows(self.simulator, load, each, each + DAY, columns)
            here = {row: n for row, n in stored.items() if datetime_of(row).date() == each}
            found += [each] if dict(truth) != here else []
        return found


def datetime_of(row: Any) -> datetime:
    return datetime.fromtimestamp(dict(row)["time"] / 1000, timezone.utc)


def ranges(found: dict[str, Any]) -> list[list[str]]:
    return found["ranges"]  # type: ignore[no-any-return]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=timezone.utc)


def told(first: str, last: str, at: str, **more: Any) -> RunWindow:
    """A run's own days, both ends inclusive, and its instant."""
    return RunWindow(window(f"2026-{first}", f"2026-{last}"), "the schedule", at=moment(at), **more)
