"""Owners month by month."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.names import KnownNames, Names
from airflow_provider_ldusage.insight.bill.owner_days import MOST, OwnerDays
from airflow_provider_ldusage.insight.bill.owner_rows import OwnerRow
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.bill.sources import find_sources
from airflow_provider_ldusage.lake.inventory import tables_of
from tests.insight.figures import day
from tests.insight.lakes import ReportLake

READ = Window(day("02-01"), day("03-10"))


def owner_days(lake: ReportLake, billing_day: int = 1) -> OwnerDays:
    sources = find_sources(tables_of(lake.load.store, with_files=False), {})
    return OwnerDays(lake.load.store, sources.meters, Periods(billing_day), {}, Names(KnownNames()), READ)


def key(row: OwnerRow) -> tuple[str, ...]:
    return row.meter, row.level, *(each or "" for each in row.owner)


def by_key(rows: list[OwnerRow]) -> dict[tuple[str, ...], float]:
    return {key(row): row.period_to_date for row in rows}


def test_figures_go_on_from_one_part_to_the_next(loaded: ReportLake) -> None:
    at_once = owner_days(loaded, 15).rows(READ)
    in_parts = owner_days(loaded, 15)
    found = {}
    for part in (
        Window(day("02-01"), day("02-20")),
        Window(day("02-20"), day("03-01")),
        Window(day("03-01"), READ.end),
    ):
        found |= in_parts.rows(part)
    assert {each: by_key(rows) for each, rows in found.items()} == {
        each: by_key(rows) for each, rows in at_once.items()
    }


def test_days_before_those_that_are_asked_for_count(loaded: ReportLake) -> None:
    found = owner_days(loaded).rows(Window(day("02-20"), day("02-22")))
    whole = owner_days(loaded).rows(READ)
    assert found.keys() == {day("02-20"), day("02-21")}
    assert by_key(found[day("02-20")]) == by_key(whole[day("02-20")])


def test_an_owner_has_one_row_of_a_meter_and_level(loaded: ReportLake) -> None:
    for rows in owner_days(loaded).rows(READ).values():
        assert len({key(row) for row in rows}) == len(rows)


def test_those_that_have_grown_most_come_first(loaded: ReportLake) -> None:
    owners = owner_days(loaded)
    rows = owners.rows(READ)
    found = [each for each in owners.grown() if each.row.meter == "service_connections"]
    now, before = (
        {row.project_id: row.period_to_date for row in rows[each] if key(row)[:2] == ("service_connections", "project")}
        for each in (day("03-09"), day("02-09"))
    )
    grown = sorted((figure - before.get(project, 0) for project, figure in now.items()), reverse=True)[:MOST]
    assert [each.growth for each in found] == pytest.approx([figure for figure in grown if figure > 0])
    assert {each.row.level for each in owners.grown() if each.row.meter == "clientside_mau"} <= {"project"}
