"""Rows of ``usage_restatements``: for each series of a replaced day, what was stored before and what is now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.lake.restatement import Restatement
from airflow_provider_ldusage.lake.stored import rows_of
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.arrow import arrow_schema
from airflow_provider_ldusage.rows.day import Rows

if TYPE_CHECKING:
    import pyarrow as pa

RESTATEMENTS_TABLE = "usage_restatements"
RESTATEMENTS_SUMMARY = (
    "What changed in days that were stored already, by the UTC day on which it was seen. A value that is null was not "
    "there."
)
RESTATEMENTS_SCHEMA = (
    Column("table", "string"),
    Column("restated_date", "date32"),
    Column("dimensions", "string"),
    Column("value_before", "double"),
    Column("value_after", "double"),
    Column("seen_at", "timestamp[ms, UTC]"),
    Column("time", "timestamp[ms, UTC]"),
    Column("dag_id", "string"),
    Column("run_id", "string"),
    Column("task_id", "string"),
    Column("map_index", "int64"),
    Column("try_number", "int64"),
)
_KEY = ("table", "restated_date", "dag_id", "run_id", "task_id", "map_index", "try_number", "seen_at")
_ORDER = ("restated_date", "seen_at", "map_index", "try_number", "time")  # beside the strings
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def union(schema: tuple[Column, ...], stored: pa.Table | None, notes: Sequence[Restatement]) -> Rows:
    """The rows of a day's file: those that are stored, and those of notes in place of the same notes' rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    new = [_rows(note).select([column.name for column in schema]) for note in notes]
    keys = {_key(note) for note in notes}
    kept = [] if stored is None else [stored.take(arrow.numbers(_others(stored, keys), "i"))]
    whole = pa.concat_tables([arrow_schema(schema).empty_table(), *kept, *new])
    order = pc.sort_indices(whole, sort_keys=[(name, "ascending") for name in _ORDER])
    return rows_of(whole.take(order), schema)


def _rows(note: Restatement) -> pa.Table:
    """The rows of a note, with all columns."""
    import pyarrow as pa

    count, schema = len(note.changes), arrow_schema(RESTATEMENTS_SCHEMA)
    facts = dict(zip(_KEY, _key(note), strict=True))
    columns = [
        _repeated(facts[column.name], column, count)
        if column.name in facts
        else note.changes.column(column.name).cast(schema.field(column.name).type)
        for column in RESTATEMENTS_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _key(note: Restatement) -> tuple[Any, ...]:
    by = note.by
    return note.table, note.day, by.dag_id, by.run_id, by.task_id, by.map_index, by.try_number, note.seen_at


def _others(stored: pa.Table, keys: set[tuple[Any, ...]]) -> Iterator[int]:
    found = zip(*(stored.column(name).to_pylist() for name in _KEY), strict=True)
    return (place for place, key in enumerate(found) if key not in keys)


def _repeated(value: str | int | date | datetime, column: Column, count: int) -> Any:
    if isinstance(value, str):
        return arrow.texts([value] * count)
    return arrow.as_column(arrow.numbers([_whole(value)] * count, "q"), arrow.arrow_type(column.type))


def _whole(value: int | date | datetime) -> int:
    """A value as the number that its column is held in."""
    if isinstance(value, datetime):
        return round((value - _EPOCH).total_seconds() * 1000)
    return (value - _EPOCH.date()).days if isinstance(value, date) else value
