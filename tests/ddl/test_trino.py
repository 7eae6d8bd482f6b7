"""Trino: what its parser reads. No Trino runs here."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.ddl.trino import TrinoDialect
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.inventory import StoredTable
from tests.ddl.parsing import columns, parsed


def test_every_table_and_view_parses(tables: dict[str, StoredTable]) -> None:
    found = parsed("trino", script(TrinoDialect("s3://lake/usage", "hive.ld"), tables))
    assert tables.keys() <= found.keys()
    assert columns(found["service_connections"]) == {
        "time": "TIMESTAMP(3)", "value": "DOUBLE", "project_id": "VARCHAR",
        "environment_id": "VARCHAR", "sdk_name": "VARCHAR", "extra": "VARCHAR", "usage_date": "DATE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "call"),
    [
        ("hive.ld", """CALL "hive".system.sync_partition_metadata('ld', 'streams', 'ADD')"""),
        ("ld", """CALL system.sync_partition_metadata('ld', 'streams', 'ADD')"""),
    ],
)
def test_its_days_are_registered(tables: dict[str, StoredTable], schema: str, call: str) -> None:
    made = script(TrinoDialect("s3://lake", schema), tables, ["streams"])
    assert call in [each.sql for each in made if each.kind == "command"]


def test_it_needs_a_schema() -> None:
    with pytest.raises(UsageArgumentError, match=r"--schema hive\.launchdarkly"):
        TrinoDialect("s3://lake")
