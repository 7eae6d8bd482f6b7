"""Trino: external tables of the Hive connector. Their partitions are registered by a call, again for new days."""

from __future__ import annotations

from airflow_provider_ldusage.ddl.dialect import Dialect, Relation, Statement, in_a_line
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.layout import PARTITION


class TrinoDialect(Dialect):
    """See https://trino.io/docs/current/connector/hive.html.

    :raises UsageArgumentError: no schema is given, which the call needs
    """

    name = "trino"
    types = {
        "timestamp[ms, UTC]": "timestamp(3)", "int64": "bigint", "double": "double", "string": "varchar",
        "bool": "boolean", "date32": "date",
    }  # fmt: skip
    schemes = {"s3": "s3", "gs": "gs"}
    example = "abfs://container@account.dfs.core.windows.net/launchdarkly"

    def __init__(self, location: str, schema: str = "", stage: str = "") -> None:
        super().__init__(location, schema, stage)
        if not schema:
            raise UsageArgumentError(
                "trino needs the schema of its Hive catalog.", "Give it, as in --schema hive.launchdarkly."
            )

    def table(self, relation: Relation) -> list[Statement]:
        folder = self.text(f"{self.folder(relation.name)}/")
        create = (
            f"CREATE TABLE IF NOT EXISTS {self.named(relation.name)} (\n{self.typed(relation.columns)},\n"
            f"  {self.quote(PARTITION)} date\n)\nCOMMENT {self.text(in_a_line(relation.comment))}\n"
            f"WITH (\n  external_location = {folder},\n  format = 'PARQUET',\n"
            f"  partitioned_by = ARRAY[{self.text(PARTITION)}]\n)"
        )
        catalog, _, schema = self.schema.rpartition(".")
        procedure = (
            f"{self.quote(catalog)}.system.sync_partition_metadata" if catalog else "system.sync_partition_metadata"
        )
        call = f"CALL {procedure}({self.text(schema)}, {self.text(self.table_name(relation.name))}, 'ADD')"
        return [
            Statement("table", relation.name, create, relation.comment),
            Statement("command", relation.name, call, "Registers the days that are stored; repeat it for new ones."),
        ]

    def comment_clause(self, comment: str) -> str:
        return f" COMMENT {self.text(comment)}"

    def table_name(self, name: str) -> str:
        return name.lower()
