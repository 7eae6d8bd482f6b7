"""The whole script: what is in it, in which order, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_ldusage.cli.ddl import ENGINES
from airflow_provider_ldusage.ddl.athena import AthenaDialect
from airflow_provider_ldusage.ddl.duckdb import DuckDbDialect
from airflow_provider_ldusage.ddl.script import DIALECTS, script
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.inventory import StoredTable


def test_each_engine_has_a_dialect() -> None:
    assert sorted(DIALECTS) == sorted(ENGINES)


def test_tables_come_before_the_views_on_them(tables: dict[str, StoredTable]) -> None:
    names = [each.name for each in script(DuckDbDialect("/x"), tables)]
    assert len(names) == len(set(names))
    assert names[: len(tables)] == list(tables)
    assert names.index("project_names") < names.index("clientside_mau_by_project_monthly")


def test_some_tables_come_with_the_lists_that_name_them(tables: dict[str, StoredTable]) -> None:
    names = {each.name for each in script(DuckDbDialect("/x"), tables, ["streams"])}
    assert names == {
        "streams", "streams_named", "projects", "environments", "project_names", "environment_names",
    }  # fmt: skip


def test_an_unknown_table_is_refused(tables: dict[str, StoredTable]) -> None:
    with pytest.raises(UsageArgumentError, match=r"no table 'maus'\. .*It has: ai_runs,"):
        script(DuckDbDialect("/x"), tables, ["maus"])


def test_names_that_are_one_to_the_engine_are_refused(tables: dict[str, StoredTable]) -> None:
    table = tables["streams"]
    both = {name: replace(table, table=replace(table.table, name=name)) for name in ("my-table", "my_table")}
    with pytest.raises(UsageArgumentError, match="'my-table' and 'my_table' would have one name in athena"):
        script(AthenaDialect("s3://x"), both)
    assert script(DuckDbDialect("/x"), both)


def test_a_lake_without_lists_has_views_without_names(tables: dict[str, StoredTable]) -> None:
    some = {"service_connections": tables["service_connections"]}
    made = script(DuckDbDialect("/x"), some)
    assert [each.name for each in made] == [
        "service_connections", "service_connections_named", "service_connections_monthly",
    ]  # fmt: skip
    assert not any("JOIN" in each.sql for each in made)
