"""One number for each series of a table, whichever answer or file its rows come from.

The rows of an answer refer to that answer's labels, those of a stored day to the day's own. What checks keep of a day
refers to these numbers instead, so that any two days can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow_provider_ldusage.lake.stored import named
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Label, Labels, sort_key

if TYPE_CHECKING:
    import pyarrow as pa


class SeriesNumbers:
    """Numbers the labels of one table in the order in which they are first seen."""

    def __init__(self) -> None:
        self._columns: tuple[str, ...] = ()
        self._labels: list[Label] = []
        self._numbers: dict[Label, int] = {}
        self._last: tuple[Labels, pa.Array | None] | None = None

    def find(self, label: Label) -> int | None:
        """The number of a label; None if no rows had it."""
        return self._numbers.get(label)

    def label(self, number: int) -> Label:
        """The label of a number."""
        return self._labels[number]

    def name(self, number: int) -> str:
        """A series for people: its columns that are not null."""
        return named(self._columns, self._labels[number])

    def ordered(self, numbers: Iterable[int]) -> list[int]:
        """Numbers in the order of their labels."""
        return sorted(numbers, key=lambda number: sort_key(self._labels[number]))

    def of_rows(self, rows: Rows) -> pa.Array:
        """int32: for each row the number of its series. Rows of one series follow each other, in the order of time."""
        numbers = self._of(rows.labels)
        return rows.series.codes if numbers is None else numbers.take(rows.series.codes)

    def present(self, rows: Rows) -> int:
        """A bit for each number, set where the series has rows."""
        import pyarrow.compute as pc

        numbers = self._of(rows.labels)
        if numbers is None:
            return rows.present
        bits = bytearray(len(self._labels) // 8 + 1)
        for number in arrow.view(numbers.take(pc.unique(rows.series.codes)), "i"):
            bits[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(bits, "little")

    def _of(self, labels: Labels) -> pa.Array | None:
        """int32: for each of some labels its number; None where each has its own place as its number."""
        if self._last is None or self._last[0] is not labels:
            self._columns = labels.columns
            found = [self._number(label) for label in labels.rows]
            same = found == list(range(len(found)))
            self._last = (labels, None if same else arrow.numbers(found, "i"))
        return self._last[1]

    def _number(self, label: Label) -> int:
        number = self._numbers.setdefault(label, len(self._labels))
        if number == len(self._labels):
            self._labels.append(label)
        return number
