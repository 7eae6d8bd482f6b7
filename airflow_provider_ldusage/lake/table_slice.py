"""One slice of a table in one store: where its files are, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from airflow_provider_ldusage.lake.layout import day_file
from airflow_provider_ldusage.lake.state import StateFile
from airflow_provider_ldusage.lake.stored import rows_in

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table


@dataclass(frozen=True)
class TableSlice:
    """A slice of a table: the part of it that one load reads and writes.

    :param values: the slice's columns with their values: path arguments and filters of one value
    """

    store: Store
    table: Table
    values: Mapping[str, str]

    @property
    def uri(self) -> str:
        """The table's address for people."""
        return f"{self.store.uri}/{self.table.name}"

    def day_file(self, day: date) -> str:
        """Return the name of a day's file."""
        return day_file(self.table.name, day, self.values)

    def state_file(self) -> StateFile:
        """Return the file that keeps the state of the slice's days."""
        return StateFile(self.store, self.table.name, self.values, self.table.id)

    def read(self, day: date, columns: Sequence[str] | None = None) -> pa.Table | None:
        """Read the rows of a stored day, with the types and in the order of the table's description.

        :param columns: some columns only
        :return: None if the day has no file, or one that cannot be read or has other columns
        :raises StoreError: the store cannot be read
        """
        name = self.day_file(day)
        data = self.store.read(name)
        if data is None:
            return None
        schema = self.table.schema
        return rows_in(data, schema if columns is None else tuple(c for c in schema if c.name in columns), name)

    def created(self) -> TableSlice:
        """Return the slice of the table that exists in the lake now, see :meth:`.table.Table.create`.

        :raises LakeError: the table in the lake is another one
        """
        return replace(self, table=self.table.create(self.store))

    def opened(self) -> TableSlice:
        """Return the slice with the table as it is in the lake now; itself if that is known already.

        :raises LakeError: the table in the lake is another one
        """
        return self if self.table.stands else replace(self, table=self.table.opened(self.store))
