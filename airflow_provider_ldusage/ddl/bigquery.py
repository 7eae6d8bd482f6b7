"""BigQuery: external tables over hive partitions. New days are seen at once."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement, in_a_line, with_backslashes
from airflow_provider_ldusage.lake.layout import PARTITION


class BigQueryDialect(Dialect):
    """See https://cloud.google.com/bigquery/docs/hive-partitioned-queries."""

    name = "bigquery"
    quote_mark = "`"
    types = {
        "timestamp[ms, UTC]": "TIMESTAMP", "int64": "INT64", "double": "FLOAT64", "string": "STRING",
        "bool": "BOOL", "date32": "DATE",
    }  # fmt: skip
    schemes = {"gs": "gs"}
    example = "gs://lake/launchdarkly"

    def table(self, relation: Relation) -> list[Statement]:
        folder = self.folder(relation.name)
        sql = (
            f"CREATE OR REPLACE EXTERNAL TABLE {self.named(relation.name)} (\n{self.typed(relation.columns)}\n)\n"
            f"WITH PARTITION COLUMNS ({self.quote(PARTITION)} DATE)\nOPTIONS (\n  format = 'PARQUET',\n"
            f"  uris = [{self.text(f'{folder}/*')}],\n  hive_partition_uri_prefix = {self.text(folder)},\n"
            f"  description = {self.text(in_a_line(relation.comment))}\n)"
        )
        return [Statement("table", relation.name, sql, relation.comment)]

    def comment_clause(self, comment: str) -> str:
        return f"\nOPTIONS (description = {self.text(comment)})"

    def month(self, day: str) -> str:
        return f"DATE_TRUNC({day}, MONTH)"

    def text(self, value: str) -> str:
        return with_backslashes(value)
