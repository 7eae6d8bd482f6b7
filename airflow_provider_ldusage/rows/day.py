"""The rows of one day, before they are Parquet: the labels of each series once, and the figures beside them.

A series' strings (project, SDK, ...) repeat in every row. They are kept once, sorted, as :class:`Labels`; a row
holds its label's number. Sorting, hashing and the Parquet dictionaries then work on numbers.
"""

from __future__ import annotations

import hashlib
import json
import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows import arrow

if TYPE_CHECKING:
    import pyarrow as pa

Label = tuple[str | None, ...]
FEW = 64  # strings of a column that are looked for one by one


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type behind a :class:`Column`'s type name."""
    import pyarrow as pa

    if name == "timestamp[ms, UTC]":
        return pa.timestamp("ms", tz="UTC")
    return {"string": pa.string(), "int64": pa.int64(), "double": pa.float64()}[name]


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(column.name, arrow_type(column.type)) for column in columns])


def sort_key(label: Label) -> tuple[tuple[bool, str], ...]:
    """Nulls first, then by code point, which is also the order of UTF-8 bytes."""
    return tuple((text is not None, text or "") for text in label)


class Labels:
    """Distinct labels in sorted order; ``columns`` are the string columns of the table, in its order."""

    def __init__(self, columns: Sequence[str], labels: Iterable[Label]) -> None:
        self.columns = tuple(columns)
        self.rows = sorted(labels, key=sort_key)

    def values(self, column: str) -> list[str]:
        """The strings of one column, label by label; null reads as empty."""
        position = self.columns.index(column)
        return [label[position] or "" for label in self.rows]

    @cached_property
    def numbers(self) -> pa.Array:
        """0, 1, 2, ...: of each label its number."""
        return arrow.numbers(range(len(self.rows)), "i")

    @cached_property
    def ones(self) -> pa.Array:
        """1, 1, 1, ...: of each label how many rows it has where each has one."""
        return arrow.as_arrow(array("q", [1]) * len(self.rows))

    @cached_property
    def digests(self) -> pa.Array:
        """16 bytes a label, the same on every machine and with every version of pyarrow."""
        import pyarrow as pa

        parts = [hashlib.blake2b(json.dumps(row).encode(), digest_size=16).digest() for row in self.rows]
        return pa.Array.from_buffers(pa.binary(16), len(parts), [None, pa.py_buffer(b"".join(parts))])

    @cached_property
    def encoded(self) -> dict[str, tuple[pa.Array, pa.Array]]:
        """For each column: its distinct strings, sorted, and the number of its string for each label."""
        found = {}
        for position, name in enumerate(self.columns):
            texts = [row[position] for row in self.rows]
            distinct = sorted({text for text in texts if text is not None})
            codes = {text: code for code, text in enumerate(distinct)}
            numbers = [None if text is None else codes[text] for text in texts]
            found[name] = (arrow.texts(distinct), arrow.numbers(numbers, "i"))
        return found

    @cached_property
    def holders(self) -> dict[str, list[int]]:
        """For each column of few strings: for each string, a bit for each label that has it."""
        import pyarrow.compute as pc

        few = {name: found for name, found in self.encoded.items() if 0 < len(found[0]) <= FEW}
        return {
            name: [_bits(pc.is_in(numbers, value_set=arrow.numbers([code], "i"))) for code in range(len(texts))]
            for name, (texts, numbers) in few.items()
        }


class RowSeries:
    """Which series each row of a day is of. Days of one answer share one where they have the same series.

    :param codes: int32, for each row the number of its label; ascending
    :param single: no label has two rows
    :param shared: it serves many days, and so keeps what was made of it
    """

    def __init__(self, labels: Labels, codes: pa.Array, *, single: bool = False, shared: bool = False) -> None:
        self.labels = labels
        self.codes = codes
        self.single = single
        self.shared = shared
        self._hashed: tuple[tuple[Column, ...], str, Any] | None = None

    def filter(self, mask: pa.Array, *others: pa.Array) -> tuple[RowSeries, list[pa.Array]]:
        """The series of some of the rows, and of other columns the same rows."""
        import pyarrow as pa

        columns = [self.codes, *self.texts.values(), *others]
        found = pa.RecordBatch.from_arrays(columns, list(map(str, range(len(columns))))).filter(mask).columns
        series = RowSeries(self.labels, found[0], single=self.single)
        series.texts = dict(zip(self.texts, found[1:], strict=False))
        if self.single and len(self.codes) == len(self.labels.rows):  # each label has one row, and so one bit
            series.present = _bits(mask)
        return series, found[1 + len(self.texts) :]

    @cached_property
    def texts(self) -> dict[str, pa.Array]:
        """For each column with any string: for each row the number of its string among the column's."""
        return {name: numbers.take(self.codes) for name, (texts, numbers) in self.labels.encoded.items() if len(texts)}

    @cached_property
    def counts(self) -> tuple[pa.Array, pa.Array]:
        """The labels' numbers that there are, and how many rows each has."""
        import pyarrow.compute as pc

        if self.single:
            return self.codes, self.labels.ones.slice(0, len(self.codes))
        runs = pc.value_counts(self.codes)
        return runs.field(0), runs.field(1)

    @cached_property
    def present(self) -> int:
        """A bit for each label, set where there are rows of it."""
        import pyarrow.compute as pc

        return _bits(pc.is_in(self.labels.numbers, value_set=self.counts[0]))

    def hashed(self, schema: tuple[Column, ...]) -> tuple[str, Any]:
        """SHA-256 of the columns and the series; and as far as these and their numbers of rows go, the figures being
        still to come."""
        if self._hashed is None or self._hashed[0] != schema:
            digest = hashlib.sha256(json.dumps([[c.name, c.type] for c in schema]).encode())
            numbers, counts = self.counts
            digest.update(_fixed(self.labels.digests.take(numbers), 16))
            series = digest.hexdigest()
            digest.update(_bytes(counts))
            self._hashed = (schema, series, digest)
        return self._hashed[1], self._hashed[2].copy()

    def columns(self) -> dict[str, pa.Array]:
        """The labels' columns, dictionary-encoded, their dictionaries sorted and of just the strings that there are:
        what is written depends on the rows alone, not on the other days of the answer."""
        return self._columns if self.shared else self._encoded()

    @cached_property
    def _columns(self) -> dict[str, pa.Array]:
        return self._encoded()

    def _encoded(self) -> dict[str, pa.Array]:
        import pyarrow as pa
        import pyarrow.compute as pc

        # An empty dictionary would take longer to write than all the other columns together.
        found = dict.fromkeys(self.labels.columns, pa.nulls(len(self.codes), pa.string()))
        for name, codes in self.texts.items():
            texts = self.labels.encoded[name][0]
            if not self._has_every(name):
                here = pc.unique(codes)
                if here.null_count:
                    here = here.drop_null()
                if not len(here):
                    continue
                if len(here) < len(texts):
                    here = here.take(pc.sort_indices(here))
                    codes, texts = pc.index_in(codes, here, skip_nulls=True), texts.take(here)
            found[name] = pa.DictionaryArray.from_arrays(codes, texts)
        return found

    def _has_every(self, name: str) -> bool:
        """Whether every string of a column is in the rows, where that is quick to tell."""
        holders = self.labels.holders.get(name) if "present" in self.__dict__ else None
        return holders is not None and all(self.present & labels for labels in holders)


class Day(Protocol):
    """A day of a load: what is known of its rows, and the rows themselves.

    - ``usage``: how many rows tell of usage: those with a value other than zero; in lists, all
    - ``present``: a bit for each label, set where there are rows of it
    """

    @property
    def schema(self) -> tuple[Column, ...]: ...
    @property
    def labels(self) -> Labels: ...
    @property
    def usage(self) -> int: ...
    @property
    def present(self) -> int: ...
    def __len__(self) -> int: ...
    def whole(self) -> Rows: ...


@dataclass(frozen=True)
class Rows:
    """Sorted rows of one day.

    - ``schema``: all columns of the table, in order
    - ``label``: int32, for each row the number of its label; ascending
    - ``numbers``: the other columns by name (``time`` int64 in ms since the epoch, ``value``, ...)
    - ``shared``: ``label`` as other days have it too, where they do
    """

    schema: tuple[Column, ...]
    labels: Labels
    label: pa.Array
    numbers: Mapping[str, pa.Array]
    shared: RowSeries | None = None

    def __len__(self) -> int:
        return len(self.label)

    @cached_property
    def series(self) -> RowSeries:
        """Which series the rows are of."""
        return self.shared or RowSeries(self.labels, self.label)

    def whole(self) -> Rows:
        """These rows themselves: see :class:`Day`."""
        return self

    @property
    def present(self) -> int:
        return self.series.present

    @cached_property
    def usage(self) -> int:
        import pyarrow.compute as pc

        values = self.numbers.get("value")
        return len(self) if values is None else int(pc.sum(pc.cast(values, "bool")).as_py() or 0)

    def table(self) -> pa.Table:
        """Plain Arrow: strings as strings."""
        table = self.encoded_table()
        return table.cast(arrow_schema(self.schema))

    def encoded_table(self) -> pa.Table:
        """Arrow with dictionary-encoded strings."""
        import pyarrow as pa

        texts = self.series.columns()
        columns = [
            texts[column.name] if column.name in texts else _as(arrow_type(column.type), self.numbers[column.name])
            for column in self.schema
        ]
        return pa.Table.from_arrays(columns, names=[column.name for column in self.schema])

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the rows' meaning: columns, labels, figures. No Parquet, no pyarrow in it."""
        _, digest = self.series.hashed(self.schema)
        for column in self.schema:
            if column.name in self.numbers:
                digest.update(_bytes(self.numbers[column.name]))
        return str(digest.hexdigest())

    @property
    def series_hash(self) -> str:
        """SHA-256 over which series there are."""
        return self.series.hashed(self.schema)[0]


def _as(kind: pa.DataType, values: pa.Array) -> pa.Array:
    """Times, which are int64 in ms, become timestamps as they are."""
    import pyarrow as pa

    return values if values.type == kind else values.view(kind) if pa.types.is_timestamp(kind) else values.cast(kind)


def _bytes(values: pa.Array) -> bytes:
    """A 64-bit column: how many nulls, which rows they are, then the values as Arrow lays them out (little-endian)."""
    import pyarrow.compute as pc

    nulls = values.null_count
    marks = bytes(values.is_valid().to_pylist()) if nulls else b""
    if nulls:
        values = pc.fill_null(values, arrow.scalar(0, arrow.code_of(values)))
    return struct.pack("<qq", len(values), nulls) + marks + _fixed(values, 8)


def _bits(mask: pa.BooleanArray) -> int:
    """A mask without nulls as a number, its first element the lowest bit."""
    bits: int = int.from_bytes(mask.buffers()[1], "little") >> mask.offset
    return bits & ((1 << len(mask)) - 1)


def _fixed(values: pa.Array, width: int) -> bytes:
    """The values of an array whose values have so many bytes."""
    start, end = values.offset * width, (values.offset + len(values)) * width
    return memoryview(values.buffers()[1])[start:end].tobytes() if end > start else b""
