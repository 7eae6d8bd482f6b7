"""The whole script for a lake and an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_ldusage.ddl.athena import AthenaDialect
from airflow_provider_ldusage.ddl.bigquery import BigQueryDialect
from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement
from airflow_provider_ldusage.ddl.duckdb import DuckDbDialect
from airflow_provider_ldusage.ddl.meaning import comment_on
from airflow_provider_ldusage.ddl.snowflake import SnowflakeDialect
from airflow_provider_ldusage.ddl.spark import SparkDialect
from airflow_provider_ldusage.ddl.trino import TrinoDialect
from airflow_provider_ldusage.ddl.views import NAMES, Views
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.inventory import StoredTable, check_names, list_of

_ALL: tuple[type[Dialect], ...] = (
    AthenaDialect, BigQueryDialect, DuckDbDialect, SnowflakeDialect, SparkDialect, TrinoDialect,
)  # fmt: skip
DIALECTS: Mapping[str, type[Dialect]] = {each.name: each for each in _ALL}


def script(dialect: Dialect, tables: Mapping[str, StoredTable], wanted: Sequence[str] = ()) -> list[Statement]:
    """Return the statements that make a lake readable, in the order in which they run.

    :param tables: of the lake, by name
    :param wanted: names of tables; none: all. The lists of names that their views join come along.
    :raises UsageArgumentError: there is no such table, or two names are one to the engine
    """
    check_names(tables, wanted)
    lists = [found.table.name for metric in NAMES if (found := list_of(tables, metric)) is not None]
    chosen = [tables[name] for name in tables if not wanted or name in wanted or name in lists]
    made = dialect.setup()
    for table in chosen:
        first = min(table.files, default=None)
        made += dialect.table(Relation(table.table.name, table.table.schema, first, comment_on(table, tables)))
    views = Views(dialect, tables)
    made += views.of_names()
    for table in chosen:
        made += views.of_table(table)
    return _distinct(dialect, made)


def _distinct(dialect: Dialect, statements: Sequence[Statement]) -> list[Statement]:
    """:raises UsageArgumentError: two tables or views would have one name"""
    seen: dict[str, str] = {}
    for each in statements:
        name = dialect.named(each.name)
        if each.kind != "command" and name in seen:
            raise UsageArgumentError(
                f"{seen[name]!r} and {each.name!r} would have one name in {dialect.name}.", "Name those that you want."
            )
        if each.kind != "command":
            seen[name] = each.name
    return list(statements)
