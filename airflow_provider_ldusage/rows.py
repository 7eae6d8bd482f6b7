"""The rows of one day, before they are Parquet: the labels of each series once, and the figures beside them.

A series' strings (project, SDK, ...) repeat in every row. They are kept once, sorted, as :class:`Labels`; a row
holds its label's number. Sorting, hashing and the Parquet dictionaries then work on numbers.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.query import Column

if TYPE_CHECKING:
    import pyarrow as pa

Label = tuple[str | None, ...]


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

    @cached_property
    def digests(self) -> list[bytes]:
        """16 bytes a label, the same on every machine and with every version of pyarrow."""
        return [hashlib.blake2b(json.dumps(row).encode(), digest_size=16).digest() for row in self.rows]

    @cached_property
    def encoded(self) -> dict[str, tuple[pa.Array, pa.Array]]:
        """For each column: its distinct strings, and the number of its string for each label."""
        import pyarrow as pa

        found = {}
        for position, name in enumerate(self.columns):
            codes: dict[str, int] = {}
            texts = [row[position] for row in self.rows]
            numbers = [None if text is None else codes.setdefault(text, len(codes)) for text in texts]
            found[name] = (pa.array(list(codes), pa.string()), pa.array(numbers, pa.int32()))
        return found


@dataclass(frozen=True)
class Rows:
    """Sorted rows of one day.

    - ``schema``: all columns of the table, in order
    - ``label``: int32, for each row the number of its label; ascending
    - ``numbers``: the other columns by name (``time`` int64 in ms since the epoch, ``value``, ...)
    """

    schema: tuple[Column, ...]
    labels: Labels
    label: pa.Array
    numbers: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.label)

    @cached_property
    def usage(self) -> int:
        """How many rows tell of usage: those with a value other than zero; in lists, all."""
        import pyarrow.compute as pc

        values = self.numbers.get("value")
        return len(self) if values is None else int(pc.sum(pc.not_equal(values, 0)).as_py() or 0)

    def table(self) -> pa.Table:
        """Plain Arrow: strings as strings."""
        table = self.encoded_table()
        return table.cast(arrow_schema(self.schema))

    def encoded_table(self) -> pa.Table:
        """Arrow with dictionary-encoded strings that hold just what this day has, in order of appearance:
        what is written depends on the rows alone, not on the other days of the answer."""
        import pyarrow as pa

        columns: list[Any] = []
        for column in self.schema:
            if column.name in self.numbers:
                columns.append(self.numbers[column.name].cast(arrow_type(column.type)))
                continue
            texts, codes = self.labels.encoded[column.name]
            encoded = codes.take(self.label).dictionary_encode()
            columns.append(pa.DictionaryArray.from_arrays(encoded.indices, texts.take(encoded.dictionary)))
        return pa.Table.from_arrays(columns, names=[column.name for column in self.schema])

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the rows' meaning: columns, labels, figures. No Parquet, no pyarrow in it."""
        import pyarrow.compute as pc

        digest = hashlib.sha256(json.dumps([[c.name, c.type] for c in self.schema]).encode())
        runs = pc.value_counts(self.label)
        numbers, counts = runs.field(0), runs.field(1)
        digests = self.labels.digests
        digest.update(b"".join([digests[number] for number in numbers.to_pylist()]))
        digest.update(_bytes(counts))
        for column in self.schema:
            if column.name in self.numbers:
                digest.update(_bytes(self.numbers[column.name]))
        return digest.hexdigest()


def _bytes(array: pa.Array) -> bytes:
    """A 64-bit column: how many nulls, which rows they are, then the values as Arrow lays them out (little-endian)."""
    import pyarrow.compute as pc

    nulls = array.null_count
    marks = bytes(array.is_valid().to_pylist()) if nulls else b""
    if nulls:
        array = pc.fill_null(array, 0)
    start, width = array.offset * 8, len(array) * 8
    data = memoryview(array.buffers()[1])[start : start + width].tobytes() if width else b""
    return struct.pack("<qq", len(array), nulls) + marks + data
