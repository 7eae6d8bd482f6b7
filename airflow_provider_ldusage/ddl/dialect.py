"""What engines differ in: quoting, types, how a table lies over files, and where they see the lake.

Dialect
├── AthenaDialect       external tables with partition projection
├── BigQueryDialect     external tables over hive partitions
├── DuckDbDialect       views over read_parquet
├── SnowflakeDialect    external tables on a stage, and a view on each
├── SparkDialect        views over a folder
└── TrinoDialect        external tables of the Hive connector
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.layout import PARTITION
from airflow_provider_ldusage.query import Column


@dataclass(frozen=True)
class Relation:
    """A table of the lake, as an engine is to see it.

    :param columns: as in the table's description, without ``usage_date``
    :param first_day: the first day that is stored; None if there is none
    :param comment: what may be summed
    """

    name: str
    columns: tuple[Column, ...]
    first_day: date | None
    comment: str


@dataclass(frozen=True)
class Statement:
    """An SQL statement, without the semicolon.

    :param kind: ``table``, ``view`` or ``command``
    :param name: of what it creates or is about, as in the lake
    :param comment: for people
    """

    kind: str
    name: str
    sql: str
    comment: str = ""

    def __str__(self) -> str:
        lines = [f"-- {line}" for line in self.comment.splitlines()]
        return "\n".join([*lines, f"{self.sql};"])


class Dialect(ABC):
    """How one engine says it.

    :param location: the lake's address as the engine sees it, without a slash at the end
    :param schema: the schema or dataset that names are qualified with; empty: the session's own
    :param stage: the name of the stage and of its storage integration; only Snowflake has one

    :cvar name: of the engine
    :cvar quote_mark: around identifiers
    :cvar types: a column's type in the lake -> in SQL
    :cvar schemes: scheme of a destination -> how the engine spells it; others need a location of their own
    :cvar example: of such a location
    """

    name: ClassVar[str]
    quote_mark: ClassVar[str] = '"'
    types: ClassVar[Mapping[str, str]]
    schemes: ClassVar[Mapping[str, str]]
    example: ClassVar[str]

    def __init__(self, location: str, schema: str = "", stage: str = "ldusage") -> None:
        self.location, self.schema, self.stage = location, schema, stage

    @classmethod
    def located(cls, scheme: str, bucket: str, path: str) -> str:
        """Return the lake's address as the engine sees it.

        :param scheme: of the destination, as in :attr:`.Place.scheme`
        :param path: without a slash at the beginning
        :raises UsageArgumentError: the engine reads no such store, or its address needs more than the destination says
        """
        if scheme not in cls.schemes:
            raise UsageArgumentError(
                f"{cls.name} cannot read {scheme}:// under this address.",
                f"Give the address by which it sees the lake: --location {cls.example}",
            )
        return f"{cls.schemes[scheme]}://{bucket}/{path}".rstrip("/")

    def setup(self) -> list[Statement]:
        """Return what must be there before the tables."""
        return []

    @abstractmethod
    def table(self, relation: Relation) -> list[Statement]:
        """Return what makes a table of the lake readable under its own name."""

    def view(self, name: str, select: str, comment: str) -> Statement:
        """Return a view.

        :param comment: what may be summed
        """
        said = self.comment_clause(in_a_line(comment)) if comment else ""
        return Statement("view", name, f"CREATE OR REPLACE VIEW {self.named(name)}{said} AS\n{select}", comment)

    def comment_clause(self, comment: str) -> str:
        """Return what gives a view its comment, beginning with a blank or a line of its own; empty if nothing does."""
        return ""

    def month(self, day: str) -> str:
        """Return the first day of a day's month.

        :param day: an expression of type DATE
        """
        return f"CAST(date_trunc('month', {day}) AS DATE)"

    def table_name(self, name: str) -> str:
        """Return the name that a table of the lake has in the engine."""
        return name

    def named(self, name: str) -> str:
        """Return a table's or view's quoted name, with its schema."""
        parts = [*self.schema.split("."), self.table_name(name)] if self.schema else [self.table_name(name)]
        return ".".join(self.quote(part) for part in parts)

    def quote(self, name: str) -> str:
        """Return a quoted identifier."""
        return f"{self.quote_mark}{name.replace(self.quote_mark, self.quote_mark * 2)}{self.quote_mark}"

    def text(self, value: str) -> str:
        """Return a string literal."""
        return "'" + value.replace("'", "''") + "'"

    def type_of(self, column: Column) -> str:
        """Return a column's type."""
        return self.types[column.type]

    def folder(self, table: str) -> str:
        """Return the address of a table's folder, without a slash at the end."""
        return f"{self.location}/{table}"

    def typed(self, columns: Sequence[Column], indent: str = "  ") -> str:
        """Return the columns with their types, one a line."""
        return ",\n".join(f"{indent}{self.quote(each.name)} {self.type_of(each)}" for each in columns)

    def cast(self, columns: Sequence[Column]) -> str:
        """Return the columns and the day, each cast to its type, one a line."""
        types = {each.name: self.type_of(each) for each in columns} | {PARTITION: "DATE"}
        return ",\n".join(f"  CAST({self.quote(name)} AS {kind}) AS {self.quote(name)}" for name, kind in types.items())


def in_a_line(comment: str) -> str:
    """Return a comment without line breaks."""
    return " ".join(comment.split())


def with_backslashes(value: str) -> str:
    """Return a string literal in which quotes and backslashes have a backslash before them."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def earliest(day: date | None) -> date:
    """Return the first day of partitions that are counted up rather than listed: the first of a year.

    :param day: the first day that is stored
    """
    return date((day or date(2026, 1, 1)).year, 1, 1)
