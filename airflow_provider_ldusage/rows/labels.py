"""The strings of a day's rows, once for each series instead of once for each row.

A series' strings (project, SDK, ...) are its label. They repeat in every row, so they are kept once, sorted, as
:class:`Labels`; a row holds the label's code, its place among them. Sorting, hashing and Parquet's dictionaries then
work on numbers.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from airflow_provider_ldusage.rows import arrow

if TYPE_CHECKING:
    import pyarrow as pa

Label = tuple[str | None, ...]
"""A series' strings, in the order of the table's string columns."""
MAX_HELD = 64
"""Most distinct strings of a column for which :attr:`Labels.holders` is worth its time."""
DIGEST = 16  # bytes


def sort_key(label: Label) -> tuple[tuple[bool, str], ...]:
    """Sorts nulls first, then by code point, which is also the order of UTF-8 bytes."""
    return tuple((text is not None, text or "") for text in label)


class Labels:
    """Distinct labels in sorted order. A label's code is its place in that order.

    :param columns: the string columns of the table, in its order
    :param labels: distinct labels, in any order
    """

    def __init__(self, columns: Sequence[str], labels: Iterable[Label]) -> None:
        self.columns = tuple(columns)
        self.rows = sorted(labels, key=sort_key)

    def values(self, column: str) -> list[str]:
        """The strings of one column, label by label; null reads as empty."""
        position = self.columns.index(column)
        return [label[position] or "" for label in self.rows]

    @cached_property
    def codes(self) -> pa.Array:
        """int32: every code, in order: 0, 1, 2, ..."""
        return arrow.numbers(range(len(self.rows)), "i")

    @cached_property
    def ranks(self) -> dict[Label, int]:
        """The code of each label."""
        return {label: code for code, label in enumerate(self.rows)}

    @cached_property
    def ones(self) -> pa.Array:
        """int64: 1 for each label: the number of rows of each where every label has one."""
        return arrow.as_arrow(array("q", [1]) * len(self.rows))

    @cached_property
    def digests(self) -> pa.Array:
        """:data:`DIGEST` bytes for each label, the same on every machine and with every version of pyarrow."""
        import pyarrow as pa

        parts = [hashlib.blake2b(json.dumps(row).encode(), digest_size=DIGEST).digest() for row in self.rows]
        return pa.Array.from_buffers(pa.binary(DIGEST), len(parts), [None, pa.py_buffer(b"".join(parts))])

    @cached_property
    def encoded(self) -> dict[str, tuple[pa.Array, pa.Array]]:
        """For each column: its distinct strings, sorted, and for each label its string's place among them (int32)."""
        found = {}
        for position, name in enumerate(self.columns):
            texts = [row[position] for row in self.rows]
            distinct = sorted({text for text in texts if text is not None})
            places = {text: place for place, text in enumerate(distinct)}
            codes = [None if text is None else places[text] for text in texts]
            found[name] = (arrow.texts(distinct), arrow.numbers(codes, "i"))
        return found

    @cached_property
    def holders(self) -> dict[str, list[int]]:
        """For each column of 1 to :data:`MAX_HELD` strings: for each of them, a bit for each label that has it."""
        import pyarrow.compute as pc

        few = {name: found for name, found in self.encoded.items() if 0 < len(found[0]) <= MAX_HELD}
        return {
            name: [arrow.bits(pc.is_in(codes, value_set=arrow.numbers([place], "i"))) for place in range(len(texts))]
            for name, (texts, codes) in few.items()
        }
