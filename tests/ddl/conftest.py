"""A lake of every kind of table, and DuckDB sessions that have run its script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_ldusage.ddl.duckdb import DuckDbDialect
from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.lake.inventory import StoredTable, tables_of
from airflow_provider_ldusage.testing import Simulator
from tests.example_lake import ExampleLake, example_lake
from tests.loading import NOW


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleLake]:
    with Simulator(now=NOW) as simulator:
        yield example_lake(simulator, tmp_path_factory.mktemp("it's") / "lake é")


@pytest.fixture(scope="session")
def tables(lake: ExampleLake) -> dict[str, StoredTable]:
    return tables_of(lake.store)


@pytest.fixture
def ask(lake: ExampleLake, tables: dict[str, StoredTable]) -> Iterator[Callable[[str], list[Any]]]:
    """Answers of DuckDB, once the lake's script has run."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in script(DuckDbDialect(str(lake.folder)), tables):
            connection.execute(str(statement))
        yield lambda sql: connection.execute(sql).fetchall()
