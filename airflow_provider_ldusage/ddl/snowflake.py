"""Snowflake: an external table on each folder of a stage, refreshed for new days, and a view on it."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement
from airflow_provider_ldusage.lake.layout import PARTITION
from airflow_provider_ldusage.query import Column

DAY = f"TO_DATE(REGEXP_SUBSTR(METADATA$FILENAME, '{PARTITION}=([0-9-]+)', 1, 1, 'e'))"


class SnowflakeDialect(Dialect):
    """Every external table has a column ``VALUE`` of Snowflake's own, so that ours is renamed in it, and has its name
    back in the view. Names are in capitals, as Snowflake reads them without quotes.

    See https://docs.snowflake.com/en/sql-reference/sql/create-external-table.
    """

    name = "snowflake"
    types = {
        "timestamp[ms, UTC]": "TIMESTAMP_NTZ", "int64": "NUMBER(38, 0)", "double": "DOUBLE", "string": "VARCHAR",
        "bool": "BOOLEAN", "date32": "DATE",
    }  # fmt: skip
    schemes = {"s3": "s3", "gs": "gcs"}
    example = "azure://account.blob.core.windows.net/container/launchdarkly"

    def setup(self) -> list[Statement]:
        sql = (
            f"CREATE STAGE IF NOT EXISTS {self.named(self.stage)}\n  URL = {self.text(f'{self.location}/')}\n"
            f"  STORAGE_INTEGRATION = {self.quote(self.stage)}"
        )
        return [
            Statement(
                "command", self.stage, sql, "Needs a storage integration of the same name that may read the lake."
            )
        ]

    def table(self, relation: Relation) -> list[Statement]:
        name = f"{relation.name}_files"
        columns = [f"  {self.quote(PARTITION)} DATE AS ({DAY})"]
        for each in relation.columns:
            kind = self.type_of(each)
            columns.append(f"  {self.quote(_kept(each))} {kind} AS (VALUE:{_field(each)}::{kind})")
        listed = ",\n".join(columns)
        create = (
            f"CREATE OR REPLACE EXTERNAL TABLE {self.named(name)} (\n{listed}\n)\n"
            f"PARTITION BY ({self.quote(PARTITION)})\nLOCATION = @{self.named(self.stage)}/{relation.name}/\n"
            "AUTO_REFRESH = FALSE\nPATTERN = '.*[.]parquet'\n"
            "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)"
        )
        taken = [f"  {self.quote(_kept(each))} AS {self.quote(each.name)}" for each in relation.columns]
        select = ",\n".join([*taken, f"  {self.quote(PARTITION)}"])
        return [
            Statement("table", name, create, f"For new days: ALTER EXTERNAL TABLE {self.named(name)} REFRESH"),
            self.view(relation.name, f"SELECT\n{select}\nFROM {self.named(name)}", relation.comment),
        ]

    def comment_clause(self, comment: str) -> str:
        return f" COMMENT = {self.text(comment)}"

    def quote(self, name: str) -> str:
        return super().quote(name.upper())

    def text(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _kept(column: Column) -> str:
    return "figure" if column.name == "value" else column.name


def _field(column: Column) -> str:
    return '"' + column.name.replace('"', '""') + '"'
