"""Days of tables."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.insight.stored_days import read_days, read_records, read_written
from airflow_provider_ldusage.lake.inventory import StoredTable, tables_of
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.table_slice import TableSlice
from tests.insight.figures import day
from tests.insight.lakes import ReportLake

WANTED = [day("01-01"), date(2025, 12, 31), day("04-21")]


@pytest.fixture(scope="module")
def mau(loaded: ReportLake) -> StoredTable:
    return tables_of(loaded.load.store, with_files=False)["mau"]


def test_days_without_a_file_are_left_out(loaded: ReportLake, mau: StoredTable) -> None:
    found = read_days(loaded.load.store, mau.table, WANTED, ["value"], lambda rows: rows.column_names)
    assert found == {day("01-01"): ["value"]}


def test_records_have_the_columns_that_were_asked_for(loaded: ReportLake, mau: StoredTable) -> None:
    found = read_records(loaded.load.store, mau.table, WANTED, ["value"])
    ((value,),) = loaded.sql(f"SELECT value FROM mau WHERE usage_date = DATE '{day('01-01')}'")
    assert found == {day("01-01"): [{"value": value}]}


def test_days_that_nobody_has_written_are_not_looked_for(loaded: ReportLake, mau: StoredTable) -> None:
    target = TableSlice(loaded.load.store, mau.table, {})
    state = target.state_file().read()[0]
    assert read_written(target, state, WANTED, ["value"]).keys() == {day("01-01")}
    assert read_written(target, State(mau.table.id), WANTED, ["value"]) == {}
