"""Rows <-> the bytes of a day file. The bytes depend on the rows and the versions of the tools alone."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import arrow_type
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Labels

if TYPE_CHECKING:
    import pyarrow as pa

HASH_KEY = "ldusage.content_sha256"
SERIES_KEY = "ldusage.series_sha256"
USAGE_KEY = "ldusage.rows_with_usage"
COMPRESSIONS = ("zstd", "snappy")
"""What day files can be compressed with, the default first. Every engine reads snappy; zstd makes smaller files."""
FOOTER_GUESS = 32 * 1024  # bytes from the end that nearly always hold the whole footer


@dataclass(frozen=True)
class Stored:
    """What a day file in the lake says of itself: ``content_hash`` is empty where the file is not ours or damaged.

    ``usage`` is the number of rows that are not zero; None where nobody can tell. ``series_hash`` tells which series
    there are.
    """

    content_hash: str
    rows: int | None
    usage: int | None = None
    series_hash: str = ""


def encoder(rows: Rows, footer: Mapping[str, str], compression: str = COMPRESSIONS[0]) -> Callable[[], bytes]:
    """What makes the bytes of a day file: one row group, dictionaries for strings and times, figures plain.

    Newer encodings, such as deltas, are refused by engines that are still in use: Spark reads them from 3.3 on. So the
    versions of the format and of its pages are fixed, whatever pyarrow's defaults become.

    Nearly all that it does when it is called is done without Python's lock, so that threads may call it.

    :param compression: one of :data:`COMPRESSIONS`
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = rows.encoded_table()
    times = [column.name for column in rows.schema if column.type == "timestamp[ms, UTC]"]
    strings = [column.name for column in rows.schema if column.type == "string"]
    told = {
        **footer, HASH_KEY: rows.content_hash, SERIES_KEY: rows.series_hash, USAGE_KEY: str(rows.usage),
    }  # fmt: skip

    def encode() -> bytes:
        sink = pa.BufferOutputStream()
        with pq.ParquetWriter(
            sink,
            table.schema,
            version="2.6",
            data_page_version="1.0",
            compression=compression,
            use_dictionary=times + strings,
            write_statistics=times + [name for name in strings if _is_constant(table.column(name))],
            store_schema=False,
        ) as writer:
            if len(table):
                writer.write_table(table, row_group_size=len(table))
            writer.add_key_value_metadata(told)
        return bytes(sink.getvalue())

    return encode


def _is_constant(column: pa.ChunkedArray) -> bool:
    """Whether a column has one string, so that its statistics let an engine skip the whole file: a slice key has."""
    import pyarrow as pa

    return pa.types.is_dictionary(column.type) and len(column.chunk(0).dictionary) == 1


def footer_of(end: bytes) -> Stored | int:
    """Read a footer from a file's last bytes; an int is the number of bytes it would take."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(end) < 12 or end[-4:] != b"PAR1":
        return Stored("", None)
    needed = struct.unpack("<I", end[-8:-4])[0] + 12
    if needed > len(end):
        return int(needed)
    try:
        metadata = pq.read_metadata(pa.BufferReader(end))
    except (pa.ArrowException, OSError):
        return Stored("", None)
    pairs = metadata.metadata or {}
    content, series, usage = (
        pairs.get(key.encode(), b"").decode("ascii", "replace") for key in (HASH_KEY, SERIES_KEY, USAGE_KEY)
    )
    known = int(usage) if usage.isdecimal() else (metadata.num_rows or None)
    return Stored(content, metadata.num_rows, known, series)


def no_rows(schema: tuple[Column, ...]) -> Rows:
    """A day that was asked for and had no usage."""
    import pyarrow as pa

    strings = [column.name for column in schema if column.type == "string"]
    numbers = {column.name: _nothing(column) for column in schema if column.type != "string"}
    return Rows.of(schema, Labels(strings, []), pa.nulls(0, pa.int32()), numbers)


def _nothing(column: Column) -> pa.Array:
    import pyarrow as pa

    kind = arrow_type(column.type)
    return pa.nulls(0, pa.int64() if pa.types.is_timestamp(kind) else kind)
