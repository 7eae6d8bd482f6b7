"""Rows of owners."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.group_figures import Groups
from airflow_provider_ldusage.insight.bill.names import KnownNames, Named
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_SCHEMA, OwnerRow, owner_rows
from airflow_provider_ldusage.insight.bill.owners import Owner
from airflow_provider_ldusage.insight.bill.periods import CALENDAR
from tests.insight.figures import day, group_table, owner

DAY = day("03-02")
NAMES = KnownNames({"p": Named("key", "Name")}, {"e": Named("production", "Production", "p")})
APPLICATIONS = ("projectId", "environmentId", "sdkAppId")


def rows(
    figures: dict[Owner, float], level: str = "application", known: KnownNames = NAMES, account: float | None = 50
) -> list[OwnerRow]:
    table = group_table("clientside_mau", *APPLICATIONS)
    groups = Groups.of(table, CALENDAR, {DAY: figures}, Window(DAY, day("03-03")), {})
    return list(owner_rows(level, groups, DAY, account, known))


def test_a_row_has_the_figure_its_share_and_the_accounts_by_it() -> None:
    first, second = rows({owner("p", "e", "a"): 45.0, owner("p", "e", "b"): 15.0})
    assert (first.period_to_date, first.share, first.allocated) == (45, 0.75, 37.5)
    assert (first.project_key, first.project_name) == ("key", "Name")
    assert (first.environment_key, first.environment_name, first.application_id) == ("production", "Production", "a")
    assert second.share == 0.25 and not second.unattributed
    assert list(first.to_record()) == [column.name for column in OWNERS_SCHEMA]


def test_without_the_accounts_figure_nothing_is_allocated() -> None:
    assert [row.allocated for row in rows({owner("p", "e", "a"): 45.0}, account=None)] == [None]


def test_owners_without_usage_have_no_row() -> None:
    assert rows({owner("p", "e", "a"): 0.0}) == []


@pytest.mark.parametrize(
    "absent",
    [
        owner("p", "e"), owner("p", "e", "Unknown"), owner("p", "e", ""), owner("p", None, "a"), owner(None, "e", "a"),
        owner("never named", "e", "a"), owner("p", "never named", "a"), owner(),
    ],
)  # fmt: skip
def test_absent_unknown_and_never_named_is_unattributed(absent: Owner) -> None:
    assert [row.unattributed for row in rows({absent: 1.0})] == [True]


def test_without_lists_nothing_counts_as_never_named() -> None:
    (row,) = rows({owner("p", "e", "a"): 1.0}, known=KnownNames())
    assert (row.unattributed, row.project_key, row.environment_name) == (False, None, None)


def test_connections_are_minutes_divided() -> None:
    groups = Groups.of(
        group_table("service_connections", "projectId"), CALENDAR, {DAY: {owner("p"): 87_600.0}},
        Window(DAY, day("03-03")), {},
    )  # fmt: skip
    assert [row.period_to_date for row in owner_rows("project", groups, DAY, 3.0, NAMES)] == [2]
