"""Loads from a simulator into a lake on local disk, and hand-made answers: for the tests of what a load says, refuses
and finds."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig, config_from_connection
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.support import day_files

Series = Mapping[str, Mapping[str, float]]  # by name, by day (or instant), the figure
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
OPTIONS = [each.name for each in fields(LoadOptions)]
YESTERDAY = Window(date(2026, 11, 11), date(2026, 11, 12))


def window(first: str, last: str) -> Window:
    """Whole UTC days, both inclusive."""
    return Window(date.fromisoformat(first), date.fromordinal(date.fromisoformat(last).toordinal() + 1))


def midnight_ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp() * 1000)


class Loader:
    """Loads from a simulator into a lake on local disk.

    ``loader(first, last, metric=...)`` loads those UTC days, exactly those unless ``lookback`` says more;
    :meth:`load` loads what a run of a DAG would.
    """

    def __init__(self, simulator: Simulator, lake: Path) -> None:
        self.simulator, self.lake = simulator, lake
        self.store = open_store(LocalFileSystem(), str(lake), lake.as_uri())

    def __call__(
        self, first: str = "2026-11-08", last: str = "2026-11-11", *, table: str | None = None, **arguments: Any
    ) -> Report:
        return self.load(RunWindow.of_days(window(first, last)), table=table, **{"lookback": 0, **arguments})

    def daily(self, *, table: str | None = None, **arguments: Any) -> Report:
        """The run of a daily schedule, now: it loads yesterday and its look-back, and goes back to days still open."""
        now = self.simulator.now
        yesterday = Window(now.date() - timedelta(days=1), now.date())
        run = RunWindow(yesterday, "the schedule", scheduled=True, at=now)
        return self.load(run, table=table, **arguments)

    def load(
        self,
        run: Window | RunWindow = YESTERDAY,
        *,
        query: UsageQuery | None = None,
        table: str | None = "t",
        options: LoadOptions | None = None,
        now: datetime | None = None,
        simulator: Simulator | None = None,
        extra: dict[str, Any] | None = None,
        client: Callable[[ClientConfig], UsageClient] = UsageClient,
        restated_by: Announcer | None = None,
        **arguments: Any,
    ) -> Report:
        """One load.

        :param query: in place of the arguments to build one from
        :param options: in place of those among the arguments
        :param now: another present than the simulator's
        :param simulator: another account
        :param extra: of the connection
        :param client: makes the client
        :param restated_by: for which restatements are recorded
        """
        simulator = simulator or self.simulator
        connection = simulator.connection()
        config = config_from_connection(connection["host"], connection["password"], extra or {})
        run = run if isinstance(run, RunWindow) else RunWindow(run, "the test")
        with client(config) as made:
            found = options or LoadOptions(**{name: arguments.pop(name) for name in OPTIONS if name in arguments})
            asked = query or UsageQuery.build(**arguments)
            return load(
                made, asked, run, self.store, table, found, now=now or simulator.now, restated_by=restated_by
            )  # fmt: skip

    def files(self, table: str = "t") -> dict[str, bytes]:
        return day_files(self.lake / table)

    def rows(self, table: str = "t") -> list[dict[str, Any]]:
        """With the day of each, ``usage_date``."""
        found: list[dict[str, Any]] = ds.dataset(self.lake / table, partitioning="hive").to_table().to_pylist()
        return found

    @property
    def usage_requests(self) -> int:
        """How many requests for usage the simulator has answered."""
        return sum("/usage/" in request.path for request in self.simulator.requests)

    def answers(self, body: Any, path: str = "", times: int = 1) -> None:
        """The next answers, in place of the simulator's own."""
        self.simulator.fail(status=200, body=body, path=f"/usage/{path}", times=times)

    def everything(self) -> dict[str, bytes]:
        """Every file of the lake, by its path, but for the times at which days were asked for."""
        files = day_files(self.lake) if self.lake.exists() else {}
        return {name: data for name, data in files.items() if not name.startswith("_ldusage/state/")}


def answer(series: Series, dimension: str = "projectId") -> dict[str, Any]:
    """A usage answer of hand-made series."""
    points: dict[int, dict[str, Any]] = {}
    for key, figures in enumerate(series.values()):
        for instant, figure in figures.items():
            when = midnight_ms(instant)
            points.setdefault(when, {"time": when})[str(key)] = figure
    metadata = [{dimension: name} if name else {} for name in series]
    return {"_links": {}, "metadata": metadata, "series": [points[when] for when in sorted(points)]}


def decoded(series: Series, first: date, last: date, **query: Any) -> dict[date, Rows | None]:
    """Every day of the window (both inclusive) with its rows, as a load has them."""
    asked = UsageQuery.build(**{"metric": "ai_runs", "group_by": ["projectId"], **query})
    decoder, whole = SeriesDecoder(asked, asked.schema), Window(first, last + timedelta(days=1))
    decoder.add(Scratch.of(json.dumps(answer(series)).encode()), ask=whole, keep=whole)
    found = {day: rows.whole() for day, rows in decoder.days()}
    return {day: found.get(day) for day in whole.days()}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was warned of, but for the lake's folder, which each test makes anew."""
    found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    return [message for message in found if not message.startswith("The folder ")]


def every_day(first: str, last: str, figure: float = 5, step: float = 0) -> dict[str, float]:
    days = range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    return {date.fromordinal(day).isoformat(): figure + step * number for number, day in enumerate(days)}


def but(figures: Mapping[str, float], *days: str) -> dict[str, float]:
    return {day: figure for day, figure in figures.items() if day not in days}
