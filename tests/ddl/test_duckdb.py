"""DuckDB runs the script: tables have the types and the rows of the lake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow.dataset as ds
import pytest

from airflow_provider_ldusage.ddl.duckdb import DuckDbDialect
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.inventory import StoredTable
from tests.example_lake import ExampleLake

TYPES = {"timestamp[ms, UTC]": "TIMESTAMP WITH TIME ZONE", "int64": "BIGINT", "double": "DOUBLE", "string": "VARCHAR"}


def test_each_table_has_the_rows_of_its_files(
    ask: Callable[[str], list[Any]], lake: ExampleLake, tables: dict[str, StoredTable]
) -> None:
    for name, table in tables.items():
        names = [column.name for column in table.table.schema]
        stored = ds.dataset(lake.folder / name, partitioning="hive").to_table(columns=[*names, "usage_date"])
        wanted = [tuple(row.values()) for row in stored.to_pylist()]
        found = [(*row[:-1], row[-1].isoformat()) for row in ask(f'SELECT * FROM "{name}"')]
        assert sorted(found, key=repr) == sorted(wanted, key=repr) or _same(found, wanted), name


def _same(found: list[Any], wanted: list[Any]) -> bool:
    """Times compare equal whatever library their zone is of."""
    return len(found) == len(wanted) and all(row in wanted for row in found)


def test_columns_have_their_types(ask: Callable[[str], list[Any]], tables: dict[str, StoredTable]) -> None:
    for name, table in tables.items():
        described = {row[0]: row[1] for row in ask(f'DESCRIBE "{name}"')}
        wanted = {column.name: TYPES[column.type] for column in table.table.schema}
        assert described == {**wanted, "usage_date": "DATE"}


@pytest.mark.parametrize("path", ["data/[a]", "data/*", "data/a?"])
def test_an_address_that_is_a_pattern_is_refused(path: str) -> None:
    with pytest.raises(UsageArgumentError, match="patterns"):
        DuckDbDialect.located("file", "", path)
