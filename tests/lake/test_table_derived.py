"""Tables that are computed from others."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.commit import commit
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.lake.parquet import no_rows
from airflow_provider_ldusage.lake.stored import rows_of
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.records import rows_from

ACCOUNT = {"id": "acc-1", "host": "app.launchdarkly.com"}
SCHEMA = (
    Column("name", "string"),
    Column("figure", "double"),
    Column("day", "date32"),
    Column("moment", "timestamp[ms, UTC]"),
    Column("whole", "bool"),
)
DAY = date(2026, 11, 1)
RECORDS: list[dict[str, Any]] = [
    {"name": None, "figure": None, "day": None, "moment": None, "whole": None},
    {"name": "a", "figure": 0.5, "day": DAY, "moment": datetime(2026, 11, 2, tzinfo=timezone.utc), "whole": True},
]


def derived(schema: tuple[Column, ...] = SCHEMA, name: str = "t", account: dict[str, str] = ACCOUNT) -> Table:
    return Table.derived(name, account, schema, "What it holds.")


def stored(place: Any) -> TableSlice:
    target = TableSlice(place.store, derived(), {})
    commit(target, {DAY: rows_from(SCHEMA, RECORDS)})
    return target.opened()


def test_what_is_stored_is_read_back(place: Any) -> None:
    found = stored(place).read(DAY)
    assert found is not None and found.to_pylist() == RECORDS
    assert rows_of(found, SCHEMA).content_hash == rows_from(SCHEMA, RECORDS).content_hash


def test_the_same_rows_are_not_written_again(place: Any) -> None:
    target = stored(place)
    again = commit(target, {DAY: rows_from(SCHEMA, RECORDS[::-1])})
    other = commit(target, {DAY: rows_from(SCHEMA, RECORDS[:1])})
    assert (again.outcomes, other.outcomes) == ({DAY: "unchanged"}, {DAY: "restated"})


def test_a_day_may_have_no_rows(place: Any) -> None:
    target = TableSlice(place.store, derived(), {})
    assert commit(target, {DAY: None}).outcomes == {DAY: "empty"}
    found = target.opened().read(DAY)
    assert found is not None and found.schema.names == [column.name for column in SCHEMA]
    assert no_rows(SCHEMA).content_hash == rows_from(SCHEMA, []).content_hash


def test_the_lake_knows_it_as_derived(place: Any) -> None:
    stored(place)
    found = tables_of(place.store)["t"]
    assert found.is_derived and not found.is_forecast
    assert found.table == derived().opened(place.store)
    assert found.table.total_file is None


@pytest.mark.parametrize("other", [derived(account={**ACCOUNT, "id": "other"})])
def test_another_account_is_refused(place: Any, other: Table) -> None:
    stored(place)
    with pytest.raises(LakeError, match="holds something else: account"):
        other.opened(place.store)
