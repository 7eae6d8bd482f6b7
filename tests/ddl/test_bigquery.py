"""BigQuery: what its parser reads, but for the clause of hive partitions. No BigQuery runs here."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.bigquery import BigQueryDialect
from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.lake.inventory import StoredTable
from tests.ddl.parsing import columns, parsed


def test_every_table_and_view_parses(tables: dict[str, StoredTable]) -> None:
    found = parsed("bigquery", script(BigQueryDialect("gs://lake/usage", "ld"), tables))
    assert tables.keys() <= found.keys()
    assert columns(found["service_connections"]) == {
        "time": "TIMESTAMPTZ", "value": "DOUBLE", "project_id": "TEXT", "environment_id": "TEXT", "sdk_name": "TEXT",
        "extra": "TEXT",
    }  # fmt: skip


def test_days_are_hive_partitions(tables: dict[str, StoredTable]) -> None:
    sql = next(each.sql for each in script(BigQueryDialect("gs://lake"), tables) if each.name == "streams")
    assert "WITH PARTITION COLUMNS (`usage_date` DATE)" in sql
    assert "uris = ['gs://lake/streams/*']" in sql
    assert "hive_partition_uri_prefix = 'gs://lake/streams'" in sql
