"""A lake in memory whose days are replaced by loads, with reports that gather what these told, and kills.

What was replaced is seen by looking at the day files themselves, and not from what loads say of them.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pyarrow.parquet as pq

from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.loads.load_row import LoadRow
from airflow_provider_ldusage.insight.loads.loads import Loads
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.commit import commit
from airflow_provider_ldusage.lake.restatement import Recorded
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Rows
from tests.engine.memory import Killed, MemoryStore
from tests.loading import decoded

NOW = datetime(2026, 11, 12, 3, tzinfo=timezone.utc)
ACCOUNT = {"id": "account", "host": "host"}
DAYS = (date(2026, 11, 10), date(2026, 11, 11))
QUERY = UsageQuery.build("ai_runs", group_by=["projectId"])
Figures = Mapping[str, int]  # by project
Replaced = tuple[date, str, float | None, float | None]  # day, project, before, after


@dataclass(frozen=True)
class Ending:
    """How a load or a report goes.

    :param killed_at: the number of the store operation before which it is killed; None: it is not
    :param interrupted_at: the number of the operation before which something else happens
    :param meanwhile: what that is
    """

    killed_at: int | None = None
    interrupted_at: int | None = None
    meanwhile: Callable[[], None] | None = None


@dataclass
class RestatedLake:
    """A lake in memory whose days are replaced, and the truth of what was.

    :param figures: what LaunchDarkly reports of each day
    :param replaced: every series of a replaced day that differs from before
    """

    figures: dict[date, Figures] = field(default_factory=lambda: {day: {"a": 1, "b": 1} for day in DAYS})
    objects: dict[str, bytes] = field(default_factory=dict)
    replaced: Counter[Replaced] = field(default_factory=Counter)
    seconds: int = 0
    tries: int = 0

    def now(self) -> datetime:
        """A clock of which every look is later than the last."""
        self.seconds += 1
        return NOW + timedelta(seconds=self.seconds)

    def load(self, ending: Ending | None = None) -> bool:
        """Load all days: whether it is not killed."""
        self.tries += 1
        by = Announcer("dag", "load", "run", -1, self.tries)
        store = self._store(ending or Ending())
        days = {day: rows_of(tuple(sorted(figures.items())), day) for day, figures in self.figures.items()}
        try:
            target = TableSlice(store, Table.of("t", QUERY, ACCOUNT).opened(store), {})
            commit(target, days, replacing=Recorded(by, self.now))
        except Killed:
            return False
        return True

    def report(
        self, rows: Sequence[LoadRow] = (), ending: Ending | None = None, later: timedelta | None = None
    ) -> bool:
        """Gather: whether it is not killed."""
        now = self.now() + (later or timedelta())
        try:
            Loads(Reporting(self._store(ending or Ending()), ACCOUNT, Silent(), now), rows).written()
        except Killed:
            return False
        return True

    def told(self) -> Counter[Replaced]:
        """The rows of ``usage_restatements``."""
        return Counter(
            (row["restated_date"], row["dimensions"].split('"')[3], row["value_before"], row["value_after"])
            for row in self.rows("usage_restatements")
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        names = [name for name in sorted(self.objects) if name.startswith(f"{table}/usage_date=")]
        return [
            {**row, "usage_date": date.fromisoformat(name.split("=")[1][:10])}
            for name in names
            for row in pq.read_table(io.BytesIO(self.objects[name])).to_pylist()
        ]

    def notes(self) -> list[str]:
        return [name for name in self.objects if name.startswith("_ldusage/restatements/")]

    def _store(self, ending: Ending) -> MemoryStore:
        done = [0]

        def before(what: str, name: str) -> None:
            number, done[0] = done[0], done[0] + 1
            if ending.killed_at is not None and number >= ending.killed_at:
                raise Killed
            if number == ending.interrupted_at and ending.meanwhile:
                ending.meanwhile()

        return Watched(self, before)


class Watched(MemoryStore):
    """A lake whose day files are looked at whenever they are replaced."""

    def __init__(self, lake: RestatedLake, before: Callable[[str, str], None]) -> None:
        super().__init__(lake.objects, before)
        self._lake = lake

    def put(self, name: str, data: bytes) -> None:
        stored = self._objects.get(name)
        super().put(name, data)
        if stored is not None and name.startswith("t/"):
            old, new = _figures(stored), _figures(data)
            day = date.fromisoformat(name.split("=")[1][:10])
            differ = [key for key in old.keys() | new.keys() if old.get(key) != new.get(key)]
            self._lake.replaced.update((day, key, old.get(key), new.get(key)) for key in differ)


def _figures(data: bytes) -> dict[str, float]:
    found = pq.read_table(io.BytesIO(data)).to_pylist()
    return {row["project_id"]: row["value"] for row in found}


@cache
def rows_of(figures: tuple[tuple[str, int], ...], day: date) -> Rows | None:
    return decoded({project: {day.isoformat(): figure} for project, figure in figures}, day, day)[day]


def each(ending: Ending, at: int, meanwhile: Callable[[], None]) -> Ending:
    """The same, with something that happens meanwhile."""
    return replace(ending, interrupted_at=at, meanwhile=meanwhile)
