"""Athena: what its parser reads. No Athena runs here."""

from __future__ import annotations

from datetime import date

from airflow_provider_ldusage.ddl.athena import AthenaDialect
from airflow_provider_ldusage.ddl.dialect import Relation
from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.query import Column
from tests.ddl.parsing import columns, parsed

LAKE = "s3://lake/usage"


def test_every_table_and_view_parses(tables: dict[str, StoredTable]) -> None:
    found = parsed("athena", script(AthenaDialect(LAKE, "ld"), tables))
    assert tables.keys() <= found.keys()
    assert columns(found["service_connections"]) == {
        "time": "TIMESTAMP", "value": "DOUBLE", "project_id": "TEXT", "environment_id": "TEXT", "sdk_name": "TEXT",
        "extra": "TEXT",
    }  # fmt: skip


def test_days_are_projected(tables: dict[str, StoredTable]) -> None:
    sql = next(each.sql for each in script(AthenaDialect(LAKE), tables) if each.name == "streams")
    assert "PARTITIONED BY (`usage_date` date)" in sql
    assert "'projection.enabled' = 'true'" in sql
    assert "'projection.usage_date.range' = '2026-01-01,NOW'" in sql
    assert f"'storage.location.template' = '{LAKE}/streams/usage_date=${{usage_date}}/'" in sql
    assert f"LOCATION '{LAKE}/streams/'" in sql


def test_days_before_the_projection_are_said() -> None:
    relation = Relation("t", (Column("time", "timestamp[ms, UTC]"),), date(2024, 5, 6), "It's usage.")
    (table,) = AthenaDialect(LAKE).table(relation)
    assert table.comment == "It's usage.\nDays before 2024-01-01 are not seen."
    assert "COMMENT 'It\\'s usage.'" in table.sql


def test_names_are_as_athena_takes_them() -> None:
    assert AthenaDialect(LAKE, "ld").named("My-Table") == '"ld"."my_table"'
