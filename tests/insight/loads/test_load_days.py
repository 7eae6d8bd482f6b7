"""The rows of a day of loads."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.loads.load_days import unheard_of, union
from airflow_provider_ldusage.insight.loads.load_row import LOADS_SCHEMA, LOADS_SUMMARY, LoadRow, LoadTask
from airflow_provider_ldusage.insight.report_table import Reporting, ReportTable
from airflow_provider_ldusage.query import Column
from tests.engine.memory import MemoryStore
from tests.insight.loads.restated_lake import ACCOUNT, NOW, RestatedLake
from tests.insight.loads.test_loads import TODAY, load

SILENT = LoadRow.of(LoadTask("daily", "1", "mau", -1), "failed", TODAY, None)


def opened(lake: RestatedLake, seen: list[str]) -> ReportTable:
    store = MemoryStore(lake.objects, lambda what, name: seen.append(name))
    return Reporting(store, ACCOUNT, Silent(), NOW).open("usage_loads", LOADS_SCHEMA, LOADS_SUMMARY)


def test_what_is_new_replaces_what_is_stored_of_the_same_try() -> None:
    stored = union(LOADS_SCHEMA, None, [load(state="failed")]).table()
    found = union(LOADS_SCHEMA, stored, [load()]).table().to_pylist()
    assert [row["outcome"] for row in found] == ["success"]


def test_the_mere_fact_of_a_try_replaces_nothing() -> None:
    stored = union(LOADS_SCHEMA, None, [load()]).table()
    (mere, _) = [*load(try_number=2).earlier_tries(), load(try_number=2)]
    assert union(LOADS_SCHEMA, stored, [mere]).table().to_pylist() == stored.to_pylist()


def test_a_table_that_knows_other_columns_keeps_them() -> None:
    newer = (*LOADS_SCHEMA, Column("newer", "string"))
    found = union(newer, None, [load()]).table()
    assert found.column_names[-1] == "newer" and found.column("newer").to_pylist() == [None]


def test_days_are_read_only_where_the_time_of_a_row_is_unknown() -> None:
    lake, seen = RestatedLake(), list[str]()
    lake.report([SILENT])
    table = opened(lake, seen)
    seen.clear()
    assert (unheard_of(table, [load()], TODAY), seen) == ([load()], [])
    assert unheard_of(table, [load(), SILENT], TODAY + timedelta(days=2)) == [load()]
    assert len(seen) == 2, "from the first day of the run to yesterday"


def test_a_try_that_ended_by_a_clock_that_is_ahead_is_known_too() -> None:
    lake = RestatedLake()
    lake.report([load(state="failed", at=NOW + timedelta(hours=22))])
    table = opened(lake, [])
    again = load(try_number=2)
    assert unheard_of(table, [*again.earlier_tries(), again], TODAY) == [again]


def test_an_old_run_reads_no_more_days_than_the_table_has() -> None:
    lake, seen = RestatedLake(), list[str]()
    lake.report([load()])
    old = LoadRow.of(SILENT.task, "failed", TODAY - timedelta(days=900), None)
    table = opened(lake, seen)
    seen.clear()
    assert unheard_of(table, [old], TODAY + timedelta(days=1)) == [old]
    assert len(seen) == 1
