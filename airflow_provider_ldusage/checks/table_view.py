"""The days of a part as the table has them, for the checks: also those that stayed as they were stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import runs_of
from airflow_provider_ldusage.lake.layout import day_file
from airflow_provider_ldusage.lake.stored import rows_in, rows_of
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.day import Day, Rows
from airflow_provider_ldusage.rows.labels import Labels

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.engine.storing import StoredPart
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table
    from airflow_provider_ldusage.query import Column

Days = Mapping[date, Day | None]


def as_stored(store: Store, table: Table, slice_: Mapping[str, str], part: StoredPart) -> Days:
    """Every day of a part that has a file, with the rows that are in it.

    :raises StoreError: a day that stayed as it was cannot be read
    """
    outcomes = part.commit.outcomes
    spared = {day for days in part.commit.spared.values() for day in days}
    days: dict[date, Day | None] = {}
    for day in sorted(outcomes):
        if outcomes[day] in ("kept", "superseded") or day in spared:
            days[day] = stored_rows(store, table, slice_, day)
        elif outcomes[day] != "left":
            days[day] = part.answered.days.get(day)
    return days


def together(views: Iterable[Days]) -> list[Days]:
    """Days that follow each other as one, on labels that all of them share: a range that was loaded in pieces is to be
    judged as a whole."""
    days = {day: rows for view in views for day, rows in view.items()}
    return [_aligned({day: days[day] for day in window.days()}) for window in runs_of(sorted(days))]


def stored_rows(store: Store, table: Table, slice_: Mapping[str, str], day: date) -> Rows | None:
    """The rows of a day as they are stored; None where there is no file that can be read.

    :raises StoreError: the store cannot be read
    """
    name = day_file(table.name, day, slice_)
    data = store.read(name)
    found = None if data is None else rows_in(data, table.schema, name)
    return None if found is None else rows_of(found, table.schema)


def _aligned(days: Days) -> Days:
    """The days on labels of all of them, where not all have the same."""
    each = {id(rows.labels): rows.labels for rows in days.values() if rows}
    if len(each) < 2:
        return days
    labels = Labels(next(iter(each.values())).columns, {label for one in each.values() for label in one.rows})
    ranks = {label: rank for rank, label in enumerate(labels.rows)}
    numbers = {key: arrow.numbers((ranks[label] for label in one.rows), "i") for key, one in each.items()}
    return {day: rows and _Relabelled(rows, labels, numbers[id(rows.labels)]) for day, rows in days.items()}


@dataclass(frozen=True, eq=False)
class _Relabelled:
    """A day on other labels, see :class:`.rows.day.Day`.

    :param numbers: of each label of the day its number among ``labels``
    """

    rows: Day
    labels: Labels
    numbers: pa.Array

    @property
    def schema(self) -> tuple[Column, ...]:
        return self.rows.schema

    @property
    def usage(self) -> int:
        return self.rows.usage

    @cached_property
    def present(self) -> int:
        return self.whole().present

    def __len__(self) -> int:
        return len(self.rows)

    def whole(self) -> Rows:
        rows = self.rows.whole()
        return Rows.of(rows.schema, self.labels, self.numbers.take(rows.codes), rows.numbers)
