"""DuckDB: a view on each table. New days are seen at once."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement
from airflow_provider_ldusage.exceptions import UsageArgumentError

PATTERN = "*?["


class DuckDbDialect(Dialect):
    """See https://duckdb.org/docs/stable/data/partitioning/hive_partitioning. On object stores it needs the extension
    ``httpfs`` or ``azure`` and a secret."""

    name = "duckdb"
    types = {
        "timestamp[ms, UTC]": "TIMESTAMPTZ", "int64": "BIGINT", "double": "DOUBLE", "string": "VARCHAR",
        "bool": "BOOLEAN", "date32": "DATE",
    }  # fmt: skip
    schemes = {"file": "file", "s3": "s3", "gs": "gs", "abfs": "az"}
    example = "s3://lake/launchdarkly"

    @classmethod
    def located(cls, scheme: str, bucket: str, path: str) -> str:
        if any(mark in path for mark in PATTERN):
            raise UsageArgumentError(
                f"DuckDB takes {PATTERN!r} in an address for patterns, and this lake's has one.",
                "Give another address of it with --location, such as that of a link to its folder.",
            )
        return f"/{path}" if scheme == "file" else super().located(scheme, bucket, path)

    def table(self, relation: Relation) -> list[Statement]:
        files = self.text(f"{self.folder(relation.name)}/*/*.parquet")
        select = (
            f"SELECT\n{self.cast(relation.columns)}\n"
            f"FROM read_parquet({files}, hive_partitioning = true, hive_types = {{'usage_date': DATE}})"
        )
        return [self.view(relation.name, select, relation.comment)]
