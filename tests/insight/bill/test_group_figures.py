"""Figures of owners to date."""

from __future__ import annotations

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.group_figures import Groups
from airflow_provider_ldusage.insight.bill.names import KnownNames, Named
from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods
from tests.insight.figures import day, group_table, owner

A, B, NOBODY = owner("p", "e", "a"), owner("p", "e", "b"), owner("p", None, None)
APPLICATIONS = ("projectId", "environmentId", "sdkAppId")
WINDOW = Window(day("03-30"), day("04-03"))
NAMES = KnownNames({}, {"e": Named("key", "name", "of-e")})


def test_additive_groups_add_days_and_begin_anew_with_each_period() -> None:
    read = {day("03-30"): {A: 1.0}, day("03-31"): {A: 2.0, B: 4.0}, day("04-02"): {B: 8.0}}
    found = Groups.of(group_table("service_connections", *APPLICATIONS), CALENDAR, read, WINDOW, {A: 16.0})
    assert found.to_date[day("03-31")] == {A: 19, B: 4}
    assert found.to_date[day("04-01")] == {}
    assert found.to_date[day("04-02")] == {B: 8}
    by_billing_day = Groups.of(found.table, Periods(15), read, WINDOW, {A: 16.0})
    assert by_billing_day.to_date[day("04-02")] == {A: 19, B: 12}


def test_additive_groups_make_coarser_levels_and_absent_ids_stay_apart() -> None:
    read = {day("03-30"): {A: 1.0, B: 2.0, NOBODY: 4.0}}
    found = Groups.of(group_table("service_connections", *APPLICATIONS), CALENDAR, read, WINDOW, {})
    assert found.of_level("application", day("03-30"), NAMES) == {A: 1, B: 2, NOBODY: 4}
    assert found.of_level("environment", day("03-30"), NAMES) == {owner("p", "e"): 3, NOBODY: 4}
    assert found.of_level("project", day("03-30"), NAMES) == {owner("p"): 7}


def test_unique_groups_stand_where_a_day_does_not_have_them() -> None:
    read = {day("03-30"): {A: 5.0, B: 7.0}, day("03-31"): {A: 6.0}, day("04-01"): {B: 1.0}}
    found = Groups.of(group_table("clientside_mau", *APPLICATIONS), CALENDAR, read, WINDOW, {})
    assert found.of_level("application", day("03-31"), NAMES) == {A: 6, B: 7}
    assert found.to_date[day("04-02")] == {B: 1}


def test_an_environment_tells_its_project_where_the_table_does_not() -> None:
    read = {day("03-30"): {owner(None, "e"): 1.0, owner(None, "unlisted"): 2.0, owner(): 4.0}}
    found = Groups.of(group_table("data_export_events", "environmentId"), CALENDAR, read, WINDOW, {})
    assert found.of_level("project", day("03-30"), NAMES) == {owner("of-e"): 1, owner(): 6}
    assert found.of_level("environment", day("03-30"), NAMES)[owner("of-e", "e")] == 1
