"""Which series each row of a day is of, and all that follows from that alone.

Days of one answer share it where they have the same series, so what is derived here is computed once for all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.labels import DIGEST, Labels

if TYPE_CHECKING:
    import pyarrow as pa


class RowSeries:
    """The series of each row of a day.

    :param schema: all columns of the table, in order
    :param labels: of the whole answer; a day may have rows of some only
    :param codes: int32, for each row the code of its label, ascending
    :param unique: True if no label has two rows; False where that is not known
    :param text_codes: see :attr:`text_codes`, where they are known
    :param present: see :attr:`present`, where it is known
    """

    def __init__(
        self,
        schema: tuple[Column, ...],
        labels: Labels,
        codes: pa.Array,
        *,
        unique: bool = False,
        text_codes: Mapping[str, pa.Array] | None = None,
        present: int | None = None,
    ) -> None:
        self.schema = schema
        self.labels = labels
        self.codes = codes
        self.unique = unique
        self._text_codes = text_codes
        self._present = present

    def filter(self, mask: pa.Array, *others: pa.Array) -> tuple[RowSeries, list[pa.Array]]:
        """The series of the rows in a mask, and the same rows of other columns."""
        import pyarrow as pa

        columns = [self.codes, *self.text_codes.values(), *others]
        found = pa.RecordBatch.from_arrays(columns, list(map(str, range(len(columns))))).filter(mask).columns
        kept = 1 + len(self.text_codes)
        series = RowSeries(
            self.schema,
            self.labels,
            found[0],
            unique=self.unique,
            text_codes=dict(zip(self.text_codes, found[1:kept], strict=True)),
            present=arrow.bits(mask) if self.unique and len(self.codes) == len(self.labels.rows) else None,
        )
        return series, found[kept:]

    @property
    def text_codes(self) -> Mapping[str, pa.Array]:
        """For each column with any string: for each row its string's place in :attr:`.Labels.encoded`."""
        if self._text_codes is None:
            self._text_codes = {
                name: codes.take(self.codes) for name, (texts, codes) in self.labels.encoded.items() if len(texts)
            }
        return self._text_codes

    @property
    def present(self) -> int:
        """A bit for each label, set where it has rows."""
        import pyarrow.compute as pc

        if self._present is None:
            self._present = arrow.bits(pc.is_in(self.labels.codes, value_set=self.counts[0]))
        return self._present

    @cached_property
    def counts(self) -> tuple[pa.Array, pa.Array]:
        """The codes that have rows (int32), and the number of rows of each (int64)."""
        import pyarrow.compute as pc

        if self.unique:
            return self.codes, self.labels.ones.slice(0, len(self.codes))
        runs = pc.value_counts(self.codes)
        return runs.field(0), runs.field(1)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the columns, and of the labels that have rows."""
        return str(self._hasher.hexdigest())

    def content_hasher(self) -> Any:
        """A SHA-256 of the columns, the labels and their numbers of rows, to be updated with the figures."""
        return self._content_hasher.copy()

    @cached_property
    def _hasher(self) -> Any:
        digest = hashlib.sha256(json.dumps([[column.name, column.type] for column in self.schema]).encode())
        digest.update(arrow.fixed_bytes(self.labels.digests.take(self.counts[0]), DIGEST))
        return digest

    @cached_property
    def _content_hasher(self) -> Any:
        digest = self._hasher.copy()
        digest.update(arrow.hashable(self.counts[1]))
        return digest

    @cached_property
    def columns(self) -> dict[str, pa.Array]:
        """The string columns, dictionary-encoded.

        Each dictionary is sorted and holds just the strings of these rows: what is written depends on the rows alone,
        not on the other days of the answer.
        """
        import pyarrow as pa

        # An empty dictionary would take longer to write than all the other columns together.
        found = dict.fromkeys(self.labels.columns, pa.nulls(len(self.codes), pa.string()))
        for name, codes in self.text_codes.items():
            encoded = self._encoded(name, codes)
            if encoded is not None:
                found[name] = encoded
        return found

    def _encoded(self, name: str, codes: pa.Array) -> pa.DictionaryArray | None:
        """A column with a dictionary of its own strings; None if all are null."""
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = self.labels.encoded[name][0]
        if not self._has_every_text(name):
            here = pc.unique(codes)
            if here.null_count:
                here = here.drop_null()
            if not len(here):
                return None
            if len(here) < len(texts):
                here = here.take(pc.sort_indices(here))
                codes, texts = pc.index_in(codes, here, skip_nulls=True), texts.take(here)
        return pa.DictionaryArray.from_arrays(codes, texts)

    def _has_every_text(self, name: str) -> bool:
        """Whether these rows have every string of a column. False where that takes a look at each row."""
        if self._present is None or name not in self.labels.holders:
            return False
        return all(self._present & labels for labels in self.labels.holders[name])
