"""Rows from records."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.records import rows_from

SCHEMA = (
    Column("name", "string"),
    Column("figure", "double"),
    Column("count", "int64"),
    Column("day", "date32"),
    Column("moment", "timestamp[ms, UTC]"),
    Column("whole", "bool"),
)
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(
    lambda found: found.replace(microsecond=found.microsecond // 1000 * 1000, tzinfo=timezone.utc)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "figure": st.floats(allow_nan=False),
    "count": st.integers(-(2**62), 2**62),
    "day": st.dates(date(1901, 1, 1), date(2100, 1, 1)),
    "moment": MOMENTS,
    "whole": st.booleans(),
}
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"name": st.none() | st.text("ab", max_size=3), **{name: st.none() | each for name, each in VALUES.items()}}
    ),
    unique_by=lambda record: record["name"],
)


@given(RECORDS)
def test_rows_hold_the_records_sorted_by_their_strings(records: list[dict[str, Any]]) -> None:
    found = rows_from(SCHEMA, records)
    assert found.table().to_pylist() == sorted(records, key=lambda each: (each["name"] is not None, each["name"] or ""))
    assert len(found) == found.usage == len(records)


@given(RECORDS)
def test_the_same_records_in_another_order_are_the_same_content(records: list[dict[str, Any]]) -> None:
    assert rows_from(SCHEMA, records).content_hash == rows_from(SCHEMA, records[::-1]).content_hash


def test_each_value_counts_in_the_hash() -> None:
    record: dict[str, Any] = dict.fromkeys(("name", *VALUES))
    others = [
        {**record, "name": "a"}, {**record, "figure": 0.0}, {**record, "count": 0}, {**record, "day": date(1970, 1, 1)},
        {**record, "moment": datetime(1970, 1, 1, tzinfo=timezone.utc)}, {**record, "whole": False},
        {**record, "whole": True},
    ]  # fmt: skip
    assert len({rows_from(SCHEMA, [each]).content_hash for each in [record, *others]}) == 1 + len(others)
