"""``ldusage ddl``: SQL that makes a lake readable for an engine, with views that join names"""

from __future__ import annotations

import argparse

from airflow_provider_ldusage.cli.output import Result

ENGINES = ("athena", "bigquery", "duckdb", "snowflake", "spark", "trino")
USAGE = "DESTINATION [TABLE ...] --engine ENGINE"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("destination", metavar="DESTINATION", help="as in Airflow: s3://aws_default@lake/launchdarkly")
    parser.add_argument(
        "table", nargs="*", default=[], metavar="TABLE", help="some tables only, and the lists that name their ids"
    )
    parser.add_argument("--engine", required=True, choices=ENGINES, help="the engine that is to read the lake")
    parser.add_argument("--schema", default="", help="the schema or dataset that names are qualified with")
    parser.add_argument("--location", metavar="URL", help="the lake's address as the engine sees it, if it differs")
    parser.add_argument("--stage", default="ldusage", help="the stage and storage integration (snowflake)")


def run(given: argparse.Namespace) -> Result:
    """:raises LakeError: the lake cannot be read, or has no tables
    :raises UsageArgumentError: it has no such table, or the engine needs another option"""
    from airflow_provider_ldusage.cli.places import open_lake
    from airflow_provider_ldusage.cli.tables import chosen_of
    from airflow_provider_ldusage.ddl.script import DIALECTS, script
    from airflow_provider_ldusage.lake.inventory import tables_of
    from airflow_provider_ldusage.lake.place import Place

    kind, place = DIALECTS[given.engine], Place.of(given.destination, lambda scheme: True)
    location = given.location or kind.located(place.scheme, place.bucket, place.path)
    dialect = kind(location.rstrip("/"), given.schema, given.stage)
    store = open_lake(given.destination)
    tables = tables_of(store)
    chosen_of(tables, given.table, store.uri)
    statements = script(dialect, tables, given.table)
    head = f"-- {store.uri} for {given.engine}, by ldusage ddl"
    data = {
        "destination": store.uri,
        "engine": given.engine,
        "statements": [
            {"kind": each.kind, "name": each.name, "sql": each.sql, "comment": each.comment} for each in statements
        ],
    }
    return Result(data, "\n\n".join([head, *map(str, statements)]))
