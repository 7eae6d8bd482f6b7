"""Amazon Athena: external tables whose days are projected, so that new ones are seen without a crawler."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement, earliest, in_a_line, with_backslashes
from airflow_provider_ldusage.lake.layout import PARTITION


class AthenaDialect(Dialect):
    """Tables are Hive DDL with backticks, views are Trino's SQL with double quotes.

    See https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html.
    """

    name = "athena"
    types = {
        "timestamp[ms, UTC]": "timestamp", "int64": "bigint", "double": "double", "string": "string",
        "bool": "boolean", "date32": "date",
    }  # fmt: skip
    schemes = {"s3": "s3"}
    example = "s3://lake/launchdarkly"

    def table(self, relation: Relation) -> list[Statement]:
        folder, first = self.folder(relation.name), earliest(relation.first_day)
        columns = ",\n".join(f"  `{each.name}` {self.type_of(each)}" for each in relation.columns)
        properties = {
            "projection.enabled": "true",
            f"projection.{PARTITION}.type": "date",
            f"projection.{PARTITION}.format": "yyyy-MM-dd",
            f"projection.{PARTITION}.range": f"{first},NOW",
            f"projection.{PARTITION}.interval": "1",
            f"projection.{PARTITION}.interval.unit": "DAYS",
            "storage.location.template": f"{folder}/{PARTITION}=${{{PARTITION}}}/",
        }
        listed = ",\n".join(
            f"  {with_backslashes(key)} = {with_backslashes(value)}" for key, value in properties.items()
        )
        name = ".".join(f"`{part}`" for part in [*self.schema.split("."), self.table_name(relation.name)] if part)
        sql = (
            f"CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{columns}\n)\n"
            f"COMMENT {with_backslashes(in_a_line(relation.comment))}\n"
            f"PARTITIONED BY (`{PARTITION}` date)\nSTORED AS PARQUET\nLOCATION {with_backslashes(f'{folder}/')}\n"
            f"TBLPROPERTIES (\n{listed}\n)"
        )
        return [Statement("table", relation.name, sql, f"{relation.comment}\nDays before {first} are not seen.")]

    def table_name(self, name: str) -> str:
        """Athena's names are lower-case letters, digits and underscores."""
        return name.lower().replace("-", "_")
