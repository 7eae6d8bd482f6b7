"""Tasks that load the same days into one lake, step by step, with clocks and answers that are set by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.retry import Stats
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.fetched import Fetched
from airflow_provider_ldusage.engine.noting import Noted, Noting
from airflow_provider_ldusage.engine.plan import LoadOptions, Part, Plan
from airflow_provider_ldusage.engine.storing import StoredPart, Storing
from airflow_provider_ldusage.lake.state import State, StateFile
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Day
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import decoded, every_day

QUERY = UsageQuery.build("ai_runs", group_by=["projectId"])
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
DAYS = Window(date(2026, 11, 6), date(2026, 11, 9))  # the last has settled at the midnight before now
YOUNG = Window(date(2026, 11, 8), date(2026, 11, 12))  # all but the first have not
LAST = date(2026, 11, 8)
MINE, THEIRS = 5, 7


class Client:
    """A clock that is set by hand, as the client of a task corrects its own."""

    doubt = timedelta(0)
    config = ClientConfig("api-of-the-test")

    def __init__(self, time: datetime) -> None:
        self.time, self.stats = time, Stats()

    def now(self) -> datetime:
        return self.time


class Answering:
    """A fetcher that answers each day with one figure, and records the windows that it was asked for."""

    def __init__(self, client: Client, figure: int) -> None:
        self._client, self.figure = client, figure
        self.asked: list[Window] = []
        self.found: tuple[str | None, ...] = (None,)
        self.through: str | None = None
        self.forecast: int | None = None

    def flags(self) -> tuple[str | None, ...]:
        return self.found

    def fetch(self, part: Part) -> Fetched:
        self.asked.append(part.window)
        projection = None if self.forecast is None else rows_of(self.forecast, NOW.date())[NOW.date()]
        days = rows_of(self.figure, *part.window.days())
        return Fetched(self._client.now(), days, series=1, data_through=self.through, projection=projection)


def rows_of(figure: int, *days: date) -> dict[date, Day]:
    whole = decoded({"a": every_day(str(days[0]), str(days[-1]), figure)}, days[0], days[-1])
    return {day: rows for day, rows in whole.items() if rows is not None}


class Task:
    """One task that loads a window into the lake.

    :param asked_at: when it asks, by LaunchDarkly's clock
    """

    def __init__(
        self, lake: Path, figure: int = MINE, asked_at: datetime = NOW, *, days: Window = DAYS, scheduled: bool = False
    ) -> None:
        self.client = Client(asked_at)
        self.answers = Answering(self.client, figure)
        run = RunWindow(days, "the test", named=not scheduled, scheduled=scheduled)
        self.plan = Plan.of(QUERY, run, LoadOptions(), NOW).going_back(State("none yet"), NOW)
        self.store = open_store(LocalFileSystem(), str(lake), lake.as_uri())
        table = Table.of("t", QUERY, {"id": "account", "host": "host"}).opened(self.store)
        target = TableSlice(self.store, table, QUERY.slice)
        self.storing = Storing(
            self.client, self.answers, target, LoadOptions(), lambda rows: None, NOW  # type: ignore[arg-type]
        )  # fmt: skip
        self.noting = Noting(self.client, self.storing, self.plan, State("none yet"))  # type: ignore[arg-type]

    def stored(self) -> StoredPart:
        assert self.plan.own is not None
        return self.storing.load_own(self.plan.own)

    def run(self) -> Noted:
        return self.noting.note([self.stored()])

    @property
    def file(self) -> StateFile:
        return self.storing.target.opened().state_file()

    def state(self) -> State:
        return self.file.read()[0]


def figures(lake: Path, table: str = "t") -> set[int]:
    return set(ds.dataset(lake / table).to_table().column("value").to_pylist())


def statuses(state: State) -> list[str]:
    return [state.days[day].status.value for day in sorted(state.days)]


def seen(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if line.startswith(("Another task", "Other tasks"))]
