"""How often and when days were restated, by what the report has gathered from loads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from airflow_provider_ldusage.days import Window, days_of_ranges
from airflow_provider_ldusage.insight.loads.load_row import LOADS_TABLE
from airflow_provider_ldusage.insight.loads.restatement_rows import RESTATEMENTS_TABLE
from airflow_provider_ldusage.insight.news import News
from airflow_provider_ldusage.insight.stored_days import read_records
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.state import State, StateFile
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import parse_table

_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")

TableDay = tuple[str, date]


@dataclass(frozen=True)
class Restated:
    """What became of a table's day after it was first written.

    :param times: how many loads have restated it
    :param at: when the last of them did
    :param by: what its values have grown by; None: no load has recorded it
    """

    times: int = 0
    at: datetime | None = None
    by: float | None = None


NEVER = Restated()


def read_restated(store: Store, window: Window) -> dict[TableDay, Restated]:
    """Read what loads have restated on the days of a window.

    :return: nothing where no report has gathered loads
    :raises LakeError: the tables cannot be read
    """
    found: dict[TableDay, Restated] = {}

    def wanted(state: State, day: date) -> bool:
        return day in window

    for record in _records(store, LOADS_TABLE, wanted, ["table", "restated", "loaded_at"]):
        for day in days_in(record["restated"]):
            before = found.get((record["table"], day), NEVER)
            moments = [moment for moment in (before.at, record["loaded_at"]) if moment]
            found[record["table"], day] = Restated(before.times + 1, max(moments, default=None))
    columns = ["table", "restated_date", "value_before", "value_after"]
    for key, change in _changes(_records(store, RESTATEMENTS_TABLE, wanted, columns)):
        before = found.get(key, NEVER)
        found[key] = replace(before, by=(before.by or 0) + change)
    return found


def restated_since(store: Store, news: News) -> set[date]:
    """The days that loads have restated, by what reports have gathered since the last look.

    The report of a DAG may come hours after its loads, and that of another DAG between them.

    :raises LakeError: the tables cannot be read
    """

    def wanted(state: State, day: date) -> bool:
        return news.has(day, state.asked_at(day))

    loads = _records(store, LOADS_TABLE, wanted, ["restated"])
    changes = _records(store, RESTATEMENTS_TABLE, wanted, ["table", "restated_date", "value_before", "value_after"])
    told = {day for record in loads for day in days_in(record["restated"])}
    return told | {day for (_, day), _ in _changes(changes)}


def days_in(text: str | None) -> Iterator[date]:
    """The days of a text that :func:`.load_row.days_text` has made."""
    return days_of_ranges((first, last or first) for first, last in _RANGE.findall(text or ""))


def _changes(records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[TableDay, float]]:
    for record in records:
        day = record["restated_date"]
        change = (record["value_after"] or 0) - (record["value_before"] or 0)
        yield (record["table"], date.fromisoformat(day) if isinstance(day, str) else day), change


def _records(
    store: Store, name: str, wanted: Callable[[State, date], bool], columns: list[str]
) -> Iterator[Mapping[str, Any]]:
    described = store.read(table_file(name))
    if described is None:
        return
    table = parse_table(described, name, store.uri)
    state, _ = StateFile(store, name, {}, table.id).read()
    days = sorted(day for day in state.days if wanted(state, day))
    read = read_records(store, table, days, columns)
    for day in days:
        yield from read.get(day, ())
