"""The rows of one day, before they are Parquet: which series each is of, and the figures beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import arrow_schema, arrow_type, as_column, hashable
from airflow_provider_ldusage.rows.labels import Labels
from airflow_provider_ldusage.rows.series import RowSeries

if TYPE_CHECKING:
    import pyarrow as pa


class Day(Protocol):
    """A day of a load: what is known of its rows, and the rows themselves."""

    @property
    def schema(self) -> tuple[Column, ...]:
        """All columns of the table, in order."""

    @property
    def labels(self) -> Labels:
        """The labels that its rows' codes refer to; some may have no rows on this day."""

    @property
    def usage(self) -> int:
        """The number of rows that are usage: those with a value other than zero; in lists, all."""

    @property
    def present(self) -> int:
        """A bit for each label, set where it has rows."""

    def __len__(self) -> int:
        """The number of rows."""

    def whole(self) -> Rows:
        """The rows. They may be built anew by each call, so that a year's days need not be in memory at a time."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Sorted rows of one day.

    :param series: which series each row is of
    :param numbers: the other columns by name, ``time``, ``value``, ..., as :func:`.arrow.plain_type` says
    """

    series: RowSeries
    numbers: Mapping[str, pa.Array]

    @classmethod
    def of(cls, schema: tuple[Column, ...], labels: Labels, codes: pa.Array, numbers: Mapping[str, pa.Array]) -> Rows:
        """Rows whose series no other day shares.

        :param schema: all columns of the table, in order
        :param codes: int32, for each row the code of its label, ascending
        """
        return cls(RowSeries(schema, labels, codes), numbers)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def schema(self) -> tuple[Column, ...]:
        """All columns of the table, in order."""
        return self.series.schema

    @property
    def labels(self) -> Labels:
        """The labels that :attr:`codes` refer to."""
        return self.series.labels

    @property
    def codes(self) -> pa.Array:
        """int32, for each row the code of its label, ascending."""
        return self.series.codes

    @property
    def present(self) -> int:
        """See :attr:`Day.present`."""
        return self.series.present

    @cached_property
    def usage(self) -> int:
        """See :attr:`Day.usage`."""
        import pyarrow.compute as pc

        values = self.numbers.get("value")
        return len(self) if values is None else int(pc.sum(pc.cast(values, "bool")).as_py() or 0)

    def whole(self) -> Rows:
        """These rows themselves: see :meth:`Day.whole`."""
        return self

    def table(self) -> pa.Table:
        """Plain Arrow: strings as strings."""
        return self.encoded_table().cast(arrow_schema(self.schema))

    def encoded_table(self) -> pa.Table:
        """Arrow with dictionary-encoded strings."""
        import pyarrow as pa

        texts = self.series.columns
        columns = [
            texts[column.name]
            if column.name in texts
            else as_column(self.numbers[column.name], arrow_type(column.type))
            for column in self.schema
        ]
        return pa.Table.from_arrays(columns, names=[column.name for column in self.schema])

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the rows' meaning: columns, labels, figures. It does not depend on Parquet or pyarrow."""
        digest = self.series.content_hasher()
        for column in self.schema:
            if column.name in self.numbers:
                digest.update(hashable(self.numbers[column.name]))
        return str(digest.hexdigest())

    @property
    def series_hash(self) -> str:
        """SHA-256 of which series have rows."""
        return self.series.hash
