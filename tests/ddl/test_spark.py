"""Spark: what its parser reads. ``python scripts/engines/ddl.py`` runs it in Spark."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.ddl.spark import SparkDialect
from airflow_provider_ldusage.lake.inventory import StoredTable
from tests.ddl.parsing import parsed


def test_every_view_parses(tables: dict[str, StoredTable]) -> None:
    found = parsed("spark", script(SparkDialect("file:///data/lake", "ld"), tables))
    assert tables.keys() <= found.keys()
    assert {each.kind for each in found.values()} == {"VIEW"}


def test_a_table_is_a_view_on_its_folder(tables: dict[str, StoredTable]) -> None:
    made = script(SparkDialect("s3a://lake/usage"), tables, ["streams"])
    (table,) = [each for each in made if each.name == "streams"]
    assert "FROM parquet.`s3a://lake/usage/streams`" in table.sql
    assert "CAST(`time` AS TIMESTAMP) AS `time`" in table.sql
    assert "CAST(`usage_date` AS DATE) AS `usage_date`" in table.sql
    assert "COMMENT 'LaunchDarkly usage: streams, in connections." in table.sql
