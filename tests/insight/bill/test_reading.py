"""The figures of meters, against SQL over their tables."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.meters import METERS
from airflow_provider_ldusage.insight.bill.owners import GroupTable
from airflow_provider_ldusage.insight.bill.reading import read_groups, read_projections, read_totals
from airflow_provider_ldusage.lake.inventory import StoredTable, tables_of
from tests.insight.figures import day
from tests.insight.lakes import ReportLake
from tests.loading import Loader, answer

DAYS = list(Window(day("02-26"), day("03-03")).days())
YESTERDAY, BEFORE = date(2026, 11, 11), date(2026, 11, 10)


@pytest.fixture(scope="module")
def tables(loaded: ReportLake) -> dict[str, StoredTable]:
    return tables_of(loaded.load.store, with_files=False)


def stored(loader: Loader, name: str = "t") -> StoredTable:
    return tables_of(loader.store, with_files=False)[name]


@pytest.mark.parametrize(
    ("meter", "table"), [("ai_runs", "runs"), ("clientside_mau", "mau"), ("service_connections", "connections")]
)
def test_totals_are_those_of_the_days(
    loaded: ReportLake, tables: dict[str, StoredTable], meter: str, table: str
) -> None:
    found = read_totals(loaded.load.store, METERS[meter], tables[table].table, DAYS)
    expected = dict(loaded.sql(f"SELECT usage_date, sum(value) FROM {table} GROUP BY 1"))
    assert found == pytest.approx({each: expected[each] for each in DAYS})


def test_groups_are_summed_over_what_is_no_owner(loaded: ReportLake, tables: dict[str, StoredTable]) -> None:
    groups = GroupTable(METERS["ai_runs"], tables["runs"])
    found = read_groups(loaded.load.store, groups, DAYS)
    rows = loaded.sql("SELECT usage_date, project_id, environment_id, NULL, sum(value) FROM runs GROUP BY ALL")
    for each in DAYS:
        assert found[each] == {tuple(row[1:4]): row[4] for row in rows if row[0] == each}


def test_the_last_hour_of_unique_keys_is_the_days_figure(loader: Loader) -> None:
    figures = {f"{YESTERDAY}T{hour:02}:00": hour + 1.0 for hour in range(24)}
    loader.answers(answer({"": figures}))
    loader(str(YESTERDAY), str(YESTERDAY), table="t", metric="experimentation_keys", granularity="hourly")
    assert read_totals(loader.store, METERS["experimentation_keys"], stored(loader).table, [YESTERDAY]) == {
        YESTERDAY: 24
    }


def test_a_day_without_usage_is_zero_or_says_nothing(loader: Loader) -> None:
    for meter in ("ai_runs", "clientside_mau"):
        loader.answers(answer({}))
        loader(str(YESTERDAY), str(YESTERDAY), table=meter, metric=meter)
    found = [
        read_totals(loader.store, METERS[meter], stored(loader, meter).table, [YESTERDAY, BEFORE])
        for meter in ("ai_runs", "clientside_mau")
    ]
    assert found == [{YESTERDAY: 0}, {YESTERDAY: None}]


def test_projections_are_of_the_day_before_they_were_seen(loader: Loader) -> None:
    loader.daily(table="t", metric="service_connections")
    table = stored(loader, "t_projected").table
    today = loader.simulator.now.date()
    found = read_projections(loader.store, METERS["service_connections"], table, [today])
    assert found.keys() == {YESTERDAY}
    expected = {row["time"].date(): row["value"] / 43_800 for row in loader.rows("t_projected")}
    assert found[YESTERDAY] == expected and max(expected) > YESTERDAY
