"""Snowflake: what its parser reads. No Snowflake runs here."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.ddl.snowflake import SnowflakeDialect
from airflow_provider_ldusage.lake.inventory import StoredTable
from tests.ddl.parsing import columns, parsed


def test_every_table_and_view_parses(tables: dict[str, StoredTable]) -> None:
    found = parsed("snowflake", script(SnowflakeDialect("s3://lake/usage", "ld"), tables))
    assert tables.keys() | {f"{name}_files" for name in tables} <= found.keys()
    assert columns(found["service_connections_files"]) == {
        "USAGE_DATE": "DATE", "TIME": "TIMESTAMPNTZ", "FIGURE": "DOUBLE", "PROJECT_ID": "VARCHAR",
        "ENVIRONMENT_ID": "VARCHAR", "SDK_NAME": "VARCHAR", "EXTRA": "VARCHAR",
    }  # fmt: skip


def test_our_value_is_not_snowflakes_own(tables: dict[str, StoredTable]) -> None:
    found = {each.name: each for each in script(SnowflakeDialect("s3://lake"), tables, ["streams"])}
    assert '"FIGURE" NUMBER(38, 0) AS (VALUE:"value"::NUMBER(38, 0))' in found["streams_files"].sql
    assert '"FIGURE" AS "VALUE"' in found["streams"].sql
    assert '"VALUE" AS (' not in found["streams_files"].sql


def test_a_stage_comes_first(tables: dict[str, StoredTable]) -> None:
    first, *others = script(SnowflakeDialect("s3://lake/usage", "ld", "my_stage"), tables)
    assert first.sql.startswith('CREATE STAGE IF NOT EXISTS "LD"."MY_STAGE"\n  URL = \'s3://lake/usage/\'')
    assert any('LOCATION = @"LD"."MY_STAGE"/streams/' in each.sql for each in others)
