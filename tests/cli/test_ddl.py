"""``ldusage ddl``: the script of a lake."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.cli.ddl import ENGINES

OPTIONS = {"trino": ["--schema", "hive.ld"]}


def test_its_output_runs_in_duckdb_as_it_is(ldusage: Any, lake: Any) -> None:
    duckdb = pytest.importorskip("duckdb")
    shown = ldusage("ddl", lake.destination, "--engine", "duckdb")
    assert shown.code == 0 and shown.err == ""
    with duckdb.connect() as connection:
        connection.execute(shown.out)
        ((count,),) = connection.execute("SELECT count(*) FROM service_connections_monthly").fetchall()
        assert count > 0


def test_its_output_runs_within_a_schema(ldusage: Any, lake: Any) -> None:
    duckdb = pytest.importorskip("duckdb")
    shown = ldusage("ddl", lake.destination, "clientside_mau_by_project", "--engine", "duckdb", "--schema", "ld")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA ld; {shown.out}")
        assert connection.execute("SELECT * FROM ld.clientside_mau_by_project_monthly").fetchall()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_location_stands_for_the_destination(ldusage: Any, lake: Any, engine: str) -> None:
    options = ["--engine", engine, "--location", "s3://elsewhere/usage/", *OPTIONS.get(engine, [])]
    shown = ldusage("ddl", lake.destination, *options)
    assert shown.code == 0, shown.err
    assert "s3://elsewhere/usage/" in shown.out and "usage//" not in shown.out
    assert str(lake.folder) not in shown.out.partition("\n")[2]
    found = ldusage("ddl", lake.destination, *options, "--json").data
    assert found["engine"] == engine
    assert {each["kind"] for each in found["statements"]} <= {"table", "view", "command"}
    assert all(each["sql"] in shown.out for each in found["statements"])


def test_what_an_engine_cannot_read_is_wrong_usage(ldusage: Any, lake: Any) -> None:
    for engine in ("athena", "bigquery", "snowflake"):
        ended = ldusage("ddl", lake.destination, "--engine", engine)
        assert ended.code == 2
        assert "--location" in ended.err


def test_an_unknown_table_is_wrong_usage(ldusage: Any, lake: Any) -> None:
    assert ldusage("ddl", lake.destination, "maus", "--engine", "duckdb").code == 2
