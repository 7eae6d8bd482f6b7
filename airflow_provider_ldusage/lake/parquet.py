"""Rows <-> the bytes of a day file. The bytes depend on the rows and the versions of the tools alone."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import arrow_type, plain_type
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Labels

if TYPE_CHECKING:
    import pyarrow as pa

HASH_KEY = "ldusage.content_sha256"
SERIES_KEY = "ldusage.series_sha256"
USAGE_KEY = "ldusage.rows_with_usage"
COMPRESSIONS = ("zstd", "snappy")
"""What day files can be compressed with, the default first. Every engine reads snappy; zstd makes smaller files."""
FOOTER_GUESS = 32 * 1024
"""Bytes from the end of a file that nearly always hold the whole footer."""


@dataclass(frozen=True)
class Footer:
    """What a day's file says of itself.

    :param content_hash: of its rows; empty if the file is damaged or not one of ours
    :param rows: how many it has; None if it cannot be read
    :param usage: how many of them are not zero; None if unknown
    :param series_hash: equal if the file has the same series
    """

    content_hash: str
    rows: int | None
    usage: int | None = None
    series_hash: str = ""


DAMAGED = Footer("", None)
"""Of a file that cannot be read."""


def encoder(rows: Rows, footer: Mapping[str, str], compression: str = COMPRESSIONS[0]) -> Callable[[], bytes]:
    """Prepare a day's file: one row group, dictionaries for strings and times, plain figures.

    :param footer: key-value metadata, beside the hashes of the rows
    :param compression: one of :data:`COMPRESSIONS`
    :return: makes the file's bytes. Nearly all of its work is done without Python's lock, so that threads may call it.
    """
    table = rows.encoded_table()
    times = [column.name for column in rows.schema if column.type == "timestamp[ms, UTC]"]
    strings = [column.name for column in rows.schema if column.type == "string"]
    constant = [name for name in strings if _is_constant(table.column(name))]
    pairs = {
        **footer, HASH_KEY: rows.content_hash, SERIES_KEY: rows.series_hash, USAGE_KEY: str(rows.usage),
    }  # fmt: skip
    options = {"compression": compression, "use_dictionary": times + strings, "write_statistics": times + constant}
    return lambda: _encode(table, pairs, options)


def _encode(table: pa.Table, pairs: Mapping[str, str], options: Mapping[str, Any]) -> bytes:
    """Engines that are still in use refuse newer encodings, such as deltas: Spark reads them from 3.3 on. So this fixes
    the versions of the format and of its pages, whatever pyarrow's defaults become."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, table.schema, version="2.6", data_page_version="1.0", store_schema=False, **options
    ) as writer:
        if len(table):
            writer.write_table(table, row_group_size=len(table))
        writer.add_key_value_metadata(pairs)
    return bytes(sink.getvalue())


def _is_constant(column: pa.ChunkedArray) -> bool:
    """Whether a column has one string, as a slice key has: its statistics then let an engine skip the whole file."""
    import pyarrow as pa

    return pa.types.is_dictionary(column.type) and len(column.chunk(0).dictionary) == 1


def footer_of(end: bytes) -> Footer | int:
    """Read a footer.

    :param end: the last bytes of a file
    :return: an int if these are too few: how many bytes the footer takes
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(end) < 12 or end[-4:] != b"PAR1":
        return DAMAGED
    needed = struct.unpack("<I", end[-8:-4])[0] + 12
    if needed > len(end):
        return int(needed)
    try:
        metadata = pq.read_metadata(pa.BufferReader(end))
    except (pa.ArrowException, OSError):
        return DAMAGED
    pairs = metadata.metadata or {}
    content, series, usage = (
        pairs.get(key.encode(), b"").decode("ascii", "replace") for key in (HASH_KEY, SERIES_KEY, USAGE_KEY)
    )
    known = int(usage) if usage.isdecimal() else (metadata.num_rows or None)
    return Footer(content, metadata.num_rows, known, series)


def no_rows(schema: tuple[Column, ...]) -> Rows:
    """Return the rows of a day without usage."""
    import pyarrow as pa

    strings = [column.name for column in schema if column.type == "string"]
    numbers = {
        column.name: pa.nulls(0, plain_type(arrow_type(column.type))) for column in schema if column.type != "string"
    }
    return Rows.of(schema, Labels(strings, []), pa.nulls(0, pa.int32()), numbers)
