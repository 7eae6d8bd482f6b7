"""Tables with groups."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.insight.bill.owners import COLUMNS, DIMENSIONS, LEVELS
from airflow_provider_ldusage.metrics import snake_case
from tests.insight.figures import group_table

PROJECT, ENVIRONMENT, APPLICATION = DIMENSIONS


@pytest.mark.parametrize(
    ("meter", "group_by", "levels"),
    [
        ("clientside_mau", DIMENSIONS, ["application"]),
        ("clientside_mau", [PROJECT, ENVIRONMENT], ["environment"]),
        ("clientside_mau", [PROJECT], ["project"]),
        ("clientside_mau", [PROJECT, "sdkName"], []),
        ("experimentation_keys", [PROJECT, "experimentId"], []),
        ("service_connections", [*DIMENSIONS, "sdkName"], ["project", "environment", "application"]),
        ("data_export_events", [ENVIRONMENT, "eventKind"], ["project", "environment"]),
        ("ai_runs", ["sdkName"], []),
    ],
)
def test_a_table_has_the_levels_that_may_be_told(meter: str, group_by: list[str], levels: list[str]) -> None:
    table = group_table(meter, *group_by)
    assert [level for level in LEVELS if table.has(level)] == levels


def test_columns_are_those_of_the_dimensions() -> None:
    assert tuple(map(snake_case, DIMENSIONS)) == COLUMNS
    table = group_table("service_connections", PROJECT, "sdkName", APPLICATION)
    assert (table.columns, table.dimensions) == (["project_id", "sdk_app_id"], [PROJECT, APPLICATION])
    assert table.dimensions_of("environment") == [PROJECT]


def test_more_dimensions_of_owners_are_finer_and_fewer_others_preferred() -> None:
    tables = [
        group_table("service_connections", *group_by)
        for group_by in (
            [PROJECT, "sdkName", "sdkVersion"], [PROJECT, "sdkName"], [PROJECT], [PROJECT, ENVIRONMENT, "sdkName"],
        )
    ]  # fmt: skip
    assert sorted(tables, key=lambda table: table.fineness) == tables
