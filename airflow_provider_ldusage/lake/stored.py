"""A day's file: its footer, its rows, and what an answer leaves of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.lake.parquet import DAMAGED, FOOTER_GUESS, Footer, footer_of
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.arrow import arrow_schema
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Label, Labels

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.store import Store

log = logging.getLogger(__name__)

Schema = tuple[Column, ...]


def read_footer(store: Store, name: str) -> Footer | None:
    """Read what a day's file says of itself; None if there is none.

    :raises StoreError: the store cannot be read
    """
    size = FOOTER_GUESS
    while (end := store.read_end(name, size)) is not None:
        found = footer_of(end)
        if isinstance(found, Footer):
            return found
        if len(end) < size:  # the footer claims to be longer than the file
            return DAMAGED
        size = found
    return None


def rows_in(data: bytes, schema: Schema, name: str) -> pa.Table | None:
    """Read the rows of a day's file, with a table's columns.

    :param data: the file
    :param schema: the columns to read
    :param name: the file's name, for the log
    :return: None if the file cannot be read or has other columns
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = arrow_schema(schema)
    try:
        found = pq.ParquetFile(pa.BufferReader(data)).read(columns=wanted.names).select(wanted.names).cast(wanted)
        if any(found.column(name).null_count for name in ("time", "value") if name in wanted.names):
            raise KeyError("figures that are null")
    except (pa.ArrowException, KeyError, OSError) as error:
        log.warning("The file %s cannot be read: %s", name, error)
        return None
    return found


def rows_of(table: pa.Table, schema: Schema) -> Rows:
    """Sort the rows of one day."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [column.name for column in schema if column.type == "string"]
    found = list(zip(*(table.column(name).to_pylist() for name in texts), strict=True))
    labels = Labels(texts, set(found))
    ranks = {label: rank for rank, label in enumerate(labels.rows)}
    numbers = {column.name: _plain(table, column.name) for column in schema if column.type != "string"}
    codes = arrow.numbers((ranks[label] for label in found), "i")
    keys = {"label": codes, **({"time": numbers["time"]} if "time" in numbers else {})}
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys])
    return Rows.of(schema, labels, codes.take(order), {name: values.take(order) for name, values in numbers.items()})


def merged(rows: Rows, rest: pa.Table | None) -> Rows:
    """Merge the rows of an answer with the stored rows of which it says nothing."""
    import pyarrow as pa

    return rows if rest is None else rows_of(pa.concat_tables([rows.table(), rest]), rows.schema)


def gone_from(table: pa.Table, rows: Rows) -> list[Label]:
    """Return the series that have usage among stored rows, and no row among those that replace them.

    :param table: the stored rows
    :param rows: those that replace them; ``extra`` may differ
    """
    import pyarrow.compute as pc

    if "value" in table.column_names:
        table = table.filter(pc.not_equal(table.column("value"), 0))
    columns = [name for name in rows.labels.columns if name != "extra"]
    stored = set(zip(*(table.column(name).to_pylist() for name in columns), strict=True)) if columns else set()
    places = [rows.labels.columns.index(name) for name in columns]
    here = {tuple(rows.labels.rows[code][place] for place in places) for code in rows.series.counts[0].to_pylist()}
    return sorted(stored - here, key=str)


def values_in(table: pa.Table | None, column: str) -> set[str]:
    """Return the distinct strings of a column; null reads as empty."""
    return set() if table is None else {text or "" for text in table.column(column).to_pylist()}


def named(columns: Iterable[str], label: Label) -> str:
    """Return a series for people: its columns that are not null."""
    pairs = zip(columns, label, strict=True)
    return "{" + ", ".join(f"{name}={_cut(text)}" for name, text in pairs if text is not None) + "}"


def split(table: pa.Table, coverage: Coverage) -> tuple[pa.Table, pa.Table]:
    """Split rows into those that the answer does not cover, and those that it does."""
    import pyarrow.compute as pc

    covered = pc.is_in(table.column(coverage.column), value_set=arrow.texts(sorted(coverage.values)))
    return table.filter(pc.invert(covered)), table.filter(covered)


def has_usage(table: pa.Table) -> bool:
    """Whether a value is not zero; if there are no values, whether there is a row."""
    import pyarrow.compute as pc

    if "value" not in table.column_names:
        return len(table) > 0
    return bool(len(table)) and bool(pc.any(pc.cast(table.column("value"), "bool")).as_py())


def _plain(table: pa.Table, name: str) -> Any:
    """Return a column of numbers in one piece, as :func:`.arrow.plain_type` says."""
    import pyarrow as pa

    values = table.column(name).combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # older versions of pyarrow leave an empty column in chunks
        values = values.chunk(0) if values.num_chunks else pa.nulls(0, values.type)
    return arrow.as_plain(values)


def _cut(text: str) -> str:
    shown = text if len(text) <= 60 else text[:60] + "..."
    return shown if shown.isprintable() else repr(shown)
