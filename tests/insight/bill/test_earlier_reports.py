"""What earlier reports have written."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.earlier_reports import read_earlier_figures, read_earlier_names
from airflow_provider_ldusage.insight.bill.meter_rows import METERS_SCHEMA, METERS_TABLE
from airflow_provider_ldusage.insight.bill.names import KnownNames
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_SCHEMA, OWNERS_TABLE
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column
from tests.insight.figures import day
from tests.insight.lakes import ReportLake

MONTH = Window(day("02-01"), day("03-01"))


@pytest.fixture(scope="module")
def reported(loaded: ReportLake, tmp_path_factory: pytest.TempPathFactory) -> ReportLake:
    lake = loaded.copy(tmp_path_factory.mktemp("own") / "lake", day("03-05"))
    lake.report(day("03-05"))
    return lake


def own(lake: ReportLake, name: str, schema: tuple[Column, ...]) -> tuple[TableSlice, State]:
    table = Table.derived(name, {}, schema, "")
    found = lake.load.store.read(f"_ldusage/{name}.json")
    if found is not None:
        from airflow_provider_ldusage.lake.table import parse_table

        table = parse_table(found, name, "")
    target = TableSlice(lake.load.store, table, {})
    return target, target.state_file().read()[0]


def test_figures_are_those_that_were_read_for_the_report(reported: ReportLake) -> None:
    found = read_earlier_figures(*own(reported, METERS_TABLE, METERS_SCHEMA), MONTH)
    mau = dict(reported.sql("SELECT usage_date, value FROM mau WHERE month(usage_date) = 2"))
    runs = dict(reported.sql("SELECT usage_date, sum(value) FROM runs WHERE month(usage_date) = 2 GROUP BY 1"))
    assert (found["clientside_mau"], found["ai_runs"]) == (mau, runs)


def test_figures_that_were_carried_on_are_not_those_of_a_day(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake", day("01-20"))
    for table in ("mau", "runs"):
        (lake.folder / table / "usage_date=2026-01-11" / "all.parquet").unlink()
    lake.report(day("01-20"))
    found = read_earlier_figures(*own(lake, METERS_TABLE, METERS_SCHEMA), Window(day("01-10"), day("01-13")))
    assert set(found["clientside_mau"]) == set(found["ai_runs"]) == {day("01-10"), day("01-12")}
    rows = {row["meter"]: row for row in lake.rows(METERS_TABLE, day("01-11"))}
    assert not rows["clientside_mau"]["complete"] and rows["clientside_mau"]["period_to_date"] > 0
    assert rows["service_connections"]["complete"]


def test_days_that_were_not_written_are_not_looked_for(reported: ReportLake) -> None:
    target, state = own(reported, METERS_TABLE, METERS_SCHEMA)
    assert read_earlier_figures(target, state, None) == {}
    assert read_earlier_figures(target, state, Window(day("06-01"), day("06-05"))) == {}


def test_names_are_those_of_a_days_owners(reported: ReportLake) -> None:
    found = read_earlier_names(*own(reported, OWNERS_TABLE, OWNERS_SCHEMA), day("02-28"))
    projects = dict(reported.sql("SELECT id, any_value(key) FROM projects GROUP BY id"))
    assert {id_: named.key for id_, named in (found.projects or {}).items()} == projects
    assert {named.project_id for named in (found.environments or {}).values()} <= projects.keys()


def test_before_the_first_report_nothing_is_known(loaded: ReportLake) -> None:
    meters, owners = own(loaded, METERS_TABLE, METERS_SCHEMA), own(loaded, OWNERS_TABLE, OWNERS_SCHEMA)
    assert read_earlier_figures(*meters, MONTH) == {}
    assert read_earlier_names(*owners, day("02-28")) == KnownNames()
