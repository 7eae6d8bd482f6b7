"""Days of an answer beside what is stored of them.

One GET tells: of a file's footer, or of the whole file if the answer may say nothing of some of its rows. None is made
for a day of a table that the load creates: its file is created on condition that it is new.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from airflow_provider_ldusage.lake.parquet import DAMAGED, Footer, footer_of, no_rows
from airflow_provider_ldusage.lake.stored import has_usage, merged, read_footer, rows_in, split
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Day, Rows

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class StoredDay:
    """A day's file as a load found it.

    :param footer: what the file says of itself
    :param rest: rows of which the answer says nothing; None if there are none
    :param covered_usage: whether the other rows have usage
    """

    footer: Footer
    rest: pa.Table | None
    covered_usage: bool


@dataclass(frozen=True)
class ComparedDay:
    """A day of an answer beside the stored one.

    :param rows: the answer's rows
    :param stored: None if the day has no file
    """

    day: date
    rows: Day
    stored: StoredDay | None

    @property
    def emptied(self) -> bool:
        """Usage is stored, and the answer has none in its place: no rows, or nothing but zeros."""
        return self.stored is not None and self.stored.covered_usage and not self.rows.usage

    def to_store(self) -> Rows:
        """The rows that the day's file should have: the answer's, and the stored ones of which it says nothing."""
        return merged(self.rows.whole(), self.stored.rest if self.stored else None)

    def outcome(self, rows: Rows) -> str:
        """Return one of :data:`.commit.OUTCOMES` for the rows that the day's file should have."""
        if self.has(rows):
            return "unchanged" if len(rows) else "empty"
        if self.stored:
            return "restated"
        return "written" if len(rows) else "empty"

    def has(self, rows: Rows) -> bool:
        """Whether the day's file has exactly these rows."""
        return self.stored is not None and self.stored.footer.content_hash == rows.content_hash


def compare(
    target: TableSlice,
    days: Mapping[date, Day | None],
    coverage: Mapping[date, Coverage],
    new: Collection[date] = (),
) -> list[ComparedDay]:
    """Read what is stored of each day.

    :param days: the answer's rows; None for a day without any
    :param coverage: of days of which the answer may say nothing of some rows
    :param new: days that probably have no file. They are not looked at if their answer tells all: what is stored
        matters before it is replaced only if there is usage in it that the answer lacks
    :raises StoreError: the store cannot be read
    """
    asked = [day for day, rows in days.items() if day not in new or day in coverage or not (rows and rows.usage)]
    stored = target.store.map_reads(lambda day: look(target, day, coverage.get(day)), asked)
    found, nothing = dict(zip(asked, stored, strict=True)), no_rows(target.table.schema)
    return [ComparedDay(day, rows or nothing, found.get(day)) for day, rows in days.items()]


def look(target: TableSlice, day: date, coverage: Coverage | None) -> StoredDay | None:
    """Read what is stored of a day; None if it has no file.

    :raises StoreError: the store cannot be read
    """
    name = target.day_file(day)
    if coverage is None:
        footer = read_footer(target.store, name)
        if footer is None:
            return None
        # A file that cannot be read counts as usage: what it held is unknown.
        return StoredDay(footer, None, footer.rows is None or footer.usage not in (0, None))
    data = target.store.read(name)
    if data is None:
        return None
    found = footer_of(data)
    table = None if isinstance(found, int) else rows_in(data, target.table.schema, name)
    if isinstance(found, int) or table is None:
        return StoredDay(DAMAGED, None, True)
    rest, covered = split(table, coverage)
    return StoredDay(found, rest if len(rest) else None, has_usage(covered))
