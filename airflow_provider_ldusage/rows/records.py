"""Makes the rows of a day from records, for tables that are computed rather than loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Labels, sort_key

_EPOCH = date(1970, 1, 1)
_MOMENT = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NUMBERS: Mapping[str, Callable[[Any], int]] = {
    "timestamp[ms, UTC]": lambda moment: round((moment - _MOMENT).total_seconds() * 1000),
    "date32": lambda day: (day - _EPOCH).days,
    "bool": int,
    "int64": int,
}
"""Type of a column -> makes the whole number that stands for a value, see :func:`.arrow.plain_type`."""


def rows_from(schema: tuple[Column, ...], records: Sequence[Mapping[str, Any]]) -> Rows:
    """Sort records by their strings and return them as the rows of a day.

    :param records: each has a value for every column, None for null
    """
    texts = [column.name for column in schema if column.type == "string"]
    labelled = sorted(
        ((tuple(record[name] for name in texts), record) for record in records), key=lambda each: sort_key(each[0])
    )
    labels = Labels(texts, {label for label, _ in labelled})
    codes = arrow.numbers((labels.ranks[label] for label, _ in labelled), "i")
    numbers = {
        column.name: _numbers(column.type, [record[column.name] for _, record in labelled])
        for column in schema
        if column.type != "string"
    }
    return Rows.of(schema, labels, codes, numbers)


def _numbers(kind: str, values: Sequence[Any]) -> Any:
    if kind == "double":
        return arrow.numbers([None if value is None else float(value) for value in values], "d")
    whole = _NUMBERS[kind]
    return arrow.numbers([None if value is None else whole(value) for value in values], "q")
