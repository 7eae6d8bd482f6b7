"""Which tables hold what."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError, UsageArgumentError
from airflow_provider_ldusage.insight.bill.sources import Source, Sources, find_sources
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery

ACCOUNT = {"id": "a", "host": "app.launchdarkly.com"}
PLACE = ["projectId", "environmentId"]
MAU: dict[str, Any] = {"metric": "clientside_mau"}
RUNS: dict[str, Any] = {"metric": "ai_runs"}


def stored(name: str, account: dict[str, str] = ACCOUNT, projected: bool = False, **query: Any) -> StoredTable:
    return StoredTable(Table.of(name, UsageQuery.build(**query), account, projected=projected))


def found(*tables: StoredTable, **named: Any) -> Sources:
    return find_sources({each.table.name: each for each in tables}, named)


def chosen(source: Source) -> dict[str, str]:
    """The table of each level, and of the account as ``account``."""
    total = {"account": source.total.table.name} if source.total else {}
    return {**total, **{level: each.table.name for level, each in source.levels.items()}}


def test_each_level_of_unique_keys_has_a_table_of_its_own() -> None:
    source = found(
        stored("total", **MAU),
        stored("by_app", **MAU, group_by=[*PLACE, "sdkAppId"]),
        stored("by_sdk", **MAU, group_by=[*PLACE, "sdkName"]),
        stored("by_project", **MAU, group_by=["projectId"]),
    ).meters["clientside_mau"]
    assert chosen(source) == {"account": "total", "project": "by_project", "application": "by_app"}


def test_the_finest_groups_of_additive_figures_are_added_up() -> None:
    source = found(
        stored("total", **RUNS),
        stored("fine", **RUNS, group_by=[*PLACE, "sdkName"]),
        stored("coarse", **RUNS, group_by=["projectId"]),
    ).meters["ai_runs"]
    assert chosen(source) == {"account": "total", "project": "fine", "environment": "fine"}


@pytest.mark.parametrize(
    "other",
    [
        {"aggregation_type": "month_to_date"},
        {"filters": {"projectKey": ["default"]}},
        {"filters": {"projectKey": ["a", "b"]}},
    ],
)
def test_tables_of_something_else_are_not_meant(other: dict[str, Any]) -> None:
    assert chosen(found(stored("total", **RUNS), stored("other", **RUNS, **other)).meters["ai_runs"]) == {
        "account": "total"
    }


def test_groups_of_additive_figures_make_the_accounts() -> None:
    source = found(stored("by_sdk", **RUNS, group_by=["sdkName"])).meters["ai_runs"]
    assert (chosen(source), source.missing) == ({"account": "by_sdk"}, "")


@pytest.mark.parametrize(
    "query",
    [
        {**MAU, "group_by": ["projectId"]},
        {"metric": "data_export_events", "group_by": ["projectId"], "filters": {"projectKey": ["a", "b"]}},
        {"metric": "experimentation_keys", "group_by": ["experimentId"]},
    ],
)
def test_a_sum_that_may_not_be_made_is_not_made(query: dict[str, Any]) -> None:
    tables = [stored("grouped", **query), stored("runs", **RUNS)]
    source = found(*tables).meters.get(query["metric"])
    assert source is None or (source.total is None and "do not add up" in source.missing)


def test_the_projected_figures_of_the_total_are_found() -> None:
    connections: dict[str, Any] = {"metric": "service_connections"}
    source = found(
        stored("total", **connections), stored("total_projected", **connections, projected=True)
    ).meters["service_connections"]  # fmt: skip
    assert source.projected is not None and source.projected.table.name == "total_projected"


def test_where_several_are_possible_the_error_names_the_argument() -> None:
    tables = (stored("one", **MAU), stored("other", **MAU, granularity="daily"))
    with pytest.raises(UsageArgumentError, match=r'one, other.*tables=\{"clientside_mau"'):
        found(*tables)
    assert chosen(found(*tables, clientside_mau=["other"]).meters["clientside_mau"]) == {"account": "other"}


def test_of_a_table_by_day_and_one_by_hour_the_one_by_day_is_read() -> None:
    connections, groups = {"metric": "service_connections"}, {"group_by": ["projectId"]}
    tables = (
        stored("today", **connections, granularity="hourly"), stored("total", **connections),
        stored("today_by_project", **connections, **groups, granularity="hourly"),
        stored("by_project", **connections, **groups),
    )  # fmt: skip
    both = found(*tables).meters["service_connections"]
    assert chosen(both) == {"account": "total", "project": "by_project"}
    alone = found(*tables[::2]).meters["service_connections"]
    assert chosen(alone) == {"account": "today", "project": "today_by_project"}


def test_tables_that_are_named_are_the_only_ones() -> None:
    tables = (stored("total", **MAU), stored("by_project", **MAU, group_by=["projectId"]))
    assert chosen(found(*tables, clientside_mau=["total"]).meters["clientside_mau"]) == {"account": "total"}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"clientside_mua": ["total"]}, "Did you mean 'clientside_mau'"),
        ({"clientside_mau": ["totl"]}, "Did you mean 'total'"),
        ({"clientside_mau": ["runs"]}, "does not hold what the meter needs"),
    ],
)
def test_wrong_names_are_refused(named: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageArgumentError, match=said):
        found(stored("total", **MAU), stored("runs", **RUNS), **named)


def test_two_accounts_are_not_mixed() -> None:
    with pytest.raises(LakeError, match="of two accounts"):
        found(stored("total", **MAU), stored("runs", {**ACCOUNT, "id": "b"}, **RUNS))


def test_names_are_those_of_the_same_account() -> None:
    other = stored("projects", {**ACCOUNT, "id": "b"}, metric="projects")
    own = stored("projects_of_a", metric="projects")
    assert found(other, own, stored("total", **MAU)).projects is own
    assert found(other, stored("total", **MAU)).projects is None


def test_a_lake_without_meters_is_of_the_account_of_its_tables() -> None:
    streams = stored("streams", metric="streams", source="client")
    sources = found(streams)
    assert (sources.meters, sources.account) == ({}, ACCOUNT)
    with pytest.raises(LakeError, match="of two accounts"):
        found(streams, stored("vega", {**ACCOUNT, "id": "b"}, metric="vega_ai"))


def test_a_lake_without_tables_has_nothing_to_report() -> None:
    with pytest.raises(LakeError, match="no table here"):
        found()
