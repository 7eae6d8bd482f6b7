"""Rows of ``usage_loads``: one for each try of each load."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from airflow_provider_ldusage.days import parse_instant
from airflow_provider_ldusage.query import Column

LOADS_TABLE = "usage_loads"
LOADS_SUMMARY = "What each try of each load has done, by the UTC day of loaded_at; days are ranges as text."
RANGES = ("written", "restated", "empty", "kept")
"""Outcomes of days that have a column of their own."""
LOADS_SCHEMA = (
    Column("table", "string"),
    Column("window_start", "date32"),
    Column("window_end", "date32"),
    Column("outcome", "string"),
    Column("rows", "int64"),
    Column("requests", "int64"),
    *(Column(name, "string") for name in RANGES),
    Column("run_id", "string"),
    Column("task_id", "string"),
    Column("map_index", "int64"),
    Column("loaded_at", "timestamp[ms, UTC]"),
    Column("dag_id", "string"),
    Column("try_number", "int64"),
    Column("slice", "string"),
    Column("skipped", "string"),
)
SUCCESS, SKIPPED, FAILED = "success", "skipped", "failed"
"""Outcomes of a load."""


class LoadTask(NamedTuple):
    """A task instance that loads, by Airflow's names.

    :param map_index: -1 for a task that is not mapped
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int


class LoadKey(NamedTuple):
    """What tells a row from all others.

    :param try_number: None: unknown
    """

    task: LoadTask
    try_number: int | None


@dataclass(frozen=True)
class LoadRow:
    """One try of one load.

    :param outcome: ``success``, ``skipped`` or ``failed``
    :param since: the first day on which a try of its run may have ended
    :param told: the load's report; what it told when it began; or nothing, if it never did
    :param try_number: None: unknown
    :param loaded_at: when it ended, or began if it has not succeeded; None: unknown
    """

    task: LoadTask
    outcome: str
    since: date
    told: Mapping[str, Any]
    try_number: int | None = None
    loaded_at: datetime | None = None

    @classmethod
    def of(cls, task: LoadTask, state: str, since: date, told: Mapping[str, Any] | None) -> LoadRow:
        """The row of a task that has ended.

        :param state: Airflow's: ``success``, ``skipped`` or ``failed``
        :param told: in its XComs; None: nothing
        """
        told = told or {}
        outcome = SKIPPED if state == SUCCESS and told.get("skipped") else state
        at = told.get("loaded_at")
        return cls(task, outcome, since, told, told.get("try_number"), None if at is None else parse_instant(at))

    @property
    def key(self) -> LoadKey:
        return LoadKey(self.task, self.try_number)

    def earlier_tries(self) -> Iterator[LoadRow]:
        """The tries before this one. Nothing is known of them but that they were, and were not the last."""
        about = {name: self.told[name] for name in ("table", "slice") if name in self.told}
        for number in range(1, self.try_number or 1):
            yield replace(self, outcome=FAILED, told=about, try_number=number, loaded_at=None)

    def to_record(self) -> dict[str, Any]:
        """A value for each column."""
        told, days = self.told, self.told.get("days") or {}
        start, end = (date.fromisoformat(text) for text in told["window"]) if told.get("window") else (None, None)
        return {
            "table": told.get("table"),
            "window_start": start,
            "window_end": end,
            "outcome": self.outcome,
            "rows": told.get("rows"),
            "requests": told.get("requests"),
            **{name: days_text(days[name]["ranges"]) if name in days else None for name in RANGES},
            **self.task._asdict(),
            "loaded_at": self.loaded_at,
            "try_number": self.try_number,
            "slice": json.dumps(told["slice"], sort_keys=True, ensure_ascii=False) if told.get("slice") else None,
            "skipped": told.get("skipped"),
        }


def days_text(ranges: Iterable[Sequence[str]]) -> str | None:
    """Ranges of days, both ends inclusive: ``2026-11-01..2026-11-03, 2026-11-05``; None if there are none."""
    return ", ".join(first if first == last else f"{first}..{last}" for first, last in ranges) or None


def key_of(record: Mapping[str, Any]) -> LoadKey:
    """The key of a stored row."""
    return LoadKey(LoadTask(*(record[name] for name in LoadTask._fields)), record["try_number"])


def ended(rows: Iterable[LoadRow], today: date) -> dict[date, list[LoadRow]]:
    """Rows by the day that they are stored under.

    :param today: for those of which the time is unknown
    """
    found: dict[date, list[LoadRow]] = {}
    for row in rows:
        found.setdefault(today if row.loaded_at is None else row.loaded_at.date(), []).append(row)
    return found


def with_earlier_tries(rows: Iterable[LoadRow]) -> list[LoadRow]:
    """The rows, and those of earlier tries."""
    return [each for row in rows for each in (*row.earlier_tries(), row)]
