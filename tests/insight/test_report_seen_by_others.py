"""The report's tables on the command line, and in SQL that ``ldusage ddl`` makes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_ldusage.cli.main import main
from airflow_provider_ldusage.ddl.duckdb import DuckDbDialect
from airflow_provider_ldusage.ddl.script import DIALECTS, script
from airflow_provider_ldusage.lake.inventory import tables_of
from tests.insight.figures import day
from tests.insight.lakes import ReportLake

TABLES = ("usage_meters", "usage_by_owner")


@pytest.fixture(scope="module")
def lake(loaded: ReportLake, tmp_path_factory: pytest.TempPathFactory) -> ReportLake:
    copied = loaded.copy(tmp_path_factory.mktemp("seen") / "lake", day("01-20"))
    copied.report(day("01-20"))
    return copied


def printed(capsys: pytest.CaptureFixture[str], *command: str) -> Any:
    assert main([*command, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_tables_shows_them(lake: ReportLake, capsys: pytest.CaptureFixture[str]) -> None:
    destination = lake.folder.as_uri()
    found = printed(capsys, "tables", destination, *TABLES)["tables"]
    assert [(each["series"], each["days"], each["gaps"]) for each in found] == [("derived", 20, [])] * 2
    assert found[1]["columns"]["period_start"] == "date32"
    assert main(["tables", destination]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("usage_")]
    assert [line[:2] for line in lines] == [["usage_by_owner", "report"], ["usage_meters", "report"]]


def test_status_shows_how_far_they_are_written(lake: ReportLake, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "status", lake.folder.as_uri(), *TABLES)["tables"]
    assert [(each["table"], each["last_day"], each["gaps"]) for each in found] == [
        ("usage_by_owner", "2026-01-20", []), ("usage_meters", "2026-01-20", []),
    ]  # fmt: skip


def test_duckdb_reads_them_by_its_script(lake: ReportLake) -> None:
    import duckdb

    statements = script(DuckDbDialect(str(lake.folder)), tables_of(lake.load.store), TABLES)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in statements:
            connection.execute(str(statement))
        found = connection.execute(
            """SELECT typeof(period_start), typeof(complete), typeof(data_through), typeof(quantity), count(*)
            FROM usage_meters GROUP BY ALL"""
        ).fetchall()
        unattributed = connection.execute("SELECT count(*) FROM usage_by_owner WHERE unattributed").fetchall()
    assert [row[:4] for row in found] == [("DATE", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "DOUBLE")]
    assert found[0][4] == len(lake.rows("usage_meters"))
    assert unattributed == [(sum(row["unattributed"] for row in lake.rows("usage_by_owner")),)]


@pytest.mark.parametrize("engine", DIALECTS)
def test_every_engine_has_types_for_them_and_says_what_they_are(lake: ReportLake, engine: str) -> None:
    made = script(
        DIALECTS[engine]("s3://lake/launchdarkly", "hive.launchdarkly"), tables_of(lake.load.store), ["usage_by_owner"]
    )
    text = "\n".join(map(str, made))
    assert "Choose one level" in text and "unattributed" in text.lower()
