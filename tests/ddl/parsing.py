"""SQL of engines that do not run here, read by a parser that knows their dialects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from airflow_provider_ldusage.ddl.dialect import Statement

# What sqlglot does not know of BigQuery's DDL.
UNKNOWN = {"bigquery": r"WITH PARTITION COLUMNS \(`usage_date` DATE\)\n"}


def parsed(engine: str, statements: Iterable[Statement]) -> dict[str, Any]:
    """Each table and view by its name, as a syntax tree. Commands are not parsed."""
    sqlglot = pytest.importorskip("sqlglot")
    found = {}
    for each in statements:
        sql = re.sub(UNKNOWN.get(engine, "$^"), "", str(each))
        if each.kind != "command":
            tree = sqlglot.parse_one(sql, dialect=engine)
            assert isinstance(tree, sqlglot.exp.Create), sql
            found[each.name] = tree
    return found


def columns(tree: Any) -> dict[str, str]:
    """The columns of a table with their types."""
    import sqlglot

    found = tree.this.find_all(sqlglot.exp.ColumnDef)
    return {each.name: each.kind.sql() for each in found if each.kind is not None}
