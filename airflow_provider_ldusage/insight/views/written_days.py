"""Days that reports have written, as they are in the lake: day files by their names, nothing listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_ldusage.insight.stored_days import Record, read_days
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import DERIVED, parse_table
from airflow_provider_ldusage.lake.table_slice import TableSlice

if TYPE_CHECKING:
    import pyarrow as pa

Result = TypeVar("Result")


@dataclass(frozen=True)
class WrittenDays:
    """The days of one of the report's tables.

    :param state: which of them are written, and when
    """

    target: TableSlice
    state: State

    @classmethod
    def of(cls, store: Store, name: str) -> WrittenDays | None:
        """Find a table.

        :return: None if no report has written it yet, or it is another table
        :raises LakeError: its description cannot be read
        """
        stored = store.read(table_file(name))
        if stored is None:
            return None
        table = parse_table(stored, name, store.uri)
        if table.identity.get("series") != DERIVED:
            return None
        target = TableSlice(store, table, {})
        return cls(target, target.state_file().read()[0])

    @property
    def last(self) -> date | None:
        """The last day that is written."""
        return max(self.state.days, default=None)

    def reduced(
        self, days: Iterable[date], columns: Sequence[str], reduce: Callable[[pa.Table], Result]
    ) -> dict[date, Result]:
        """Read those of some days that are written, and keep something of each, see :func:`.read_days`.

        :param columns: those that the table does not have are left out
        """
        written = sorted(self.state.days.keys() & set(days))
        return read_days(self.target.store, self.target.table, written, columns, reduce)

    def records(self, days: Iterable[date], columns: Sequence[str] | None = None) -> dict[date, list[Record]]:
        """Read the rows of days.

        :param columns: None: all
        """
        wanted = columns or [column.name for column in self.target.table.schema]
        return self.reduced(days, wanted, lambda rows: rows.to_pylist())
