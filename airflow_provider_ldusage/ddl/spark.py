"""Spark SQL: a view on each table's folder. New days are seen at once, without ``MSCK REPAIR TABLE``."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement, with_backslashes


class SparkDialect(Dialect):
    """See https://spark.apache.org/docs/latest/sql-data-sources-file.html. Times are shown in the session's zone."""

    name = "spark"
    quote_mark = "`"
    types = {
        "timestamp[ms, UTC]": "TIMESTAMP", "int64": "BIGINT", "double": "DOUBLE", "string": "STRING",
        "bool": "BOOLEAN", "date32": "DATE",
    }  # fmt: skip
    schemes = {"file": "file", "s3": "s3a", "gs": "gs"}
    example = "abfss://container@account.dfs.core.windows.net/launchdarkly"

    def table(self, relation: Relation) -> list[Statement]:
        source = f"parquet.{self.quote(self.folder(relation.name))}"
        return [self.view(relation.name, f"SELECT\n{self.cast(relation.columns)}\nFROM {source}", relation.comment)]

    def comment_clause(self, comment: str) -> str:
        return f" COMMENT {self.text(comment)}"

    def text(self, value: str) -> str:
        return with_backslashes(value)
