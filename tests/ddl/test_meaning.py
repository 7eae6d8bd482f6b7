"""What a table's comment says may be summed."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.meaning import comment_on, is_series, is_snapshot
from airflow_provider_ldusage.lake.inventory import StoredTable


def test_each_kind_of_table_says_what_may_be_summed(tables: dict[str, StoredTable]) -> None:
    found = {name: comment_on(table, tables).partition(". ")[2] for name, table in tables.items()}
    assert found["service_connections"] == found["evaluations"] == "May be summed over days and over groups."
    assert found["streams"] == "The figures of one day may be summed over groups. Never sum days."
    assert found["clientside_mau"] == "Never sum days or groups."
    assert found["clientside_mau_by_project"] == ("Never sum days or groups. The account's total is in clientside_mau.")
    assert found["projects"] == "A list as it was seen on usage_date: never count it over several days."
    assert found["service_connections_projected"] == (
        "LaunchDarkly's forecasts, by the day they were seen: never sum them."
    )


def test_a_total_that_is_not_loaded_is_asked_for(tables: dict[str, StoredTable]) -> None:
    without = {name: table for name, table in tables.items() if name != "clientside_mau"}
    said = comment_on(tables["clientside_mau_by_project"], without)
    assert said.endswith("For the account's total, load the metric without group_by too.")


def test_a_comment_names_metric_aggregation_and_unit(tables: dict[str, StoredTable]) -> None:
    said = comment_on(tables["clientside_mau"], tables)
    assert said.startswith("LaunchDarkly usage: clientside_mau, month_to_date, in contexts.")


def test_lists_and_forecasts_are_no_series(tables: dict[str, StoredTable]) -> None:
    assert {name for name, table in tables.items() if is_snapshot(table)} == {
        "projects",
        "environments",
        "sdk_versions",
    }
    assert {name for name, table in tables.items() if not is_series(table)} == {
        "projects", "environments", "sdk_versions", "service_connections_projected",
    }  # fmt: skip
