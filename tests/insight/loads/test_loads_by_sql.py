"""``usage_restatements`` beside what DuckDB finds by comparing the tables from before with those from after."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import instant_text
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from airflow_provider_ldusage.insight.report import ReportOptions, report
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader

FIRST, LAST = "2026-11-06", "2026-11-11"
TABLES: dict[str, dict[str, Any]] = {
    "mau": {"metric": "clientside_mau"},
    "mau_by_project": {"metric": "clientside_mau", "group_by": ["projectId"]},
    "connections": {"metric": "service_connections", "group_by": ["projectId", "sdkName", "sdkVersion"]},
    "runs": {"metric": "ai_runs", "group_by": ["environmentId"], "granularity": "hourly"},
    "streams": {"metric": "streams", "source": "server"},
    "projects": {"metric": "projects"},
}
COMPARED = """
    SELECT coalesce(old.usage_date, new.usage_date)::VARCHAR, coalesce(old.time, new.time), coalesce(old.key, new.key),
        old.value::DOUBLE, new.value::DOUBLE
    FROM (SELECT *, {key} AS key FROM read_parquet('{old}/*/*.parquet', hive_partitioning = true)) AS old
    FULL JOIN (SELECT *, {key} AS key FROM read_parquet('{new}/*/*.parquet', hive_partitioning = true)) AS new
    ON old.usage_date = new.usage_date AND old.time = new.time AND old.key = new.key
    WHERE old.value IS DISTINCT FROM new.value
"""


def load(loader: Loader, try_number: int) -> list[LoadRow]:
    rows = []
    for table, arguments in TABLES.items():
        task = LoadTask("daily", "run", table, -1)
        found = loader(
            FIRST, LAST, table=table, restated_by=Announcer("daily", table, "run", -1, try_number), **arguments
        )
        told = {**found.to_xcom(), "try_number": try_number, "loaded_at": instant_text(loader.simulator.now)}
        rows.append(LoadRow.of(task, "success", loader.simulator.now.date(), told))
    return rows


def sql(query: str) -> list[tuple[Any, ...]]:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return list(connection.execute(query).fetchall())


def dimensions(lake: Path, table: str) -> list[str]:
    found = sql(f"DESCRIBE FROM read_parquet('{lake}/{table}/*/*.parquet', hive_partitioning = false)")
    return sorted(name for name, kind, *_ in found if kind == "VARCHAR" and name != "extra")


def compared(old: Path, new: Path, table: str) -> Counter[tuple[Any, ...]]:
    texts = ["''", *(f"coalesce({name}, '')" for name in dimensions(new, table))]
    key = f"concat_ws('|', {', '.join(texts)})"
    return Counter(sql(COMPARED.format(key=key, old=old / table, new=new / table)))


def told(lake: Path, table: str) -> Counter[tuple[Any, ...]]:
    columns = dimensions(lake, table)
    rows = sql(
        "SELECT restated_date::VARCHAR, time, dimensions, value_before, value_after "
        f"FROM read_parquet('{lake}/usage_restatements/*/*.parquet') WHERE \"table\" = '{table}'"
    )
    return Counter(
        (day, time, "|".join(["", *(json.loads(text).get(name, "") for name in columns)]), old, new)
        for day, time, text, old, new in rows
    )


def restated_in_health(lake: Path) -> set[tuple[Any, ...]]:
    return set(
        sql(
            'SELECT "table", usage_date::DATE, restated_times, restated_at, round(restated_by, 6) '
            f"FROM read_parquet('{lake}/lake_health/*/*.parquet', hive_partitioning = true) WHERE restated_times > 0"
        )
    )


def restated_by_loads(lake: Path) -> set[tuple[Any, ...]]:
    """What the tables of loads tell of each restated day. Groups of MAU do not add up."""
    return set(
        sql(
            f"""WITH ranges AS (
                SELECT "table" AS t, loaded_at, unnest(string_split(restated, ', ')) AS r
                FROM read_parquet('{lake}/usage_loads/*/*.parquet')
            ), days AS (
                SELECT t, loaded_at,
                    unnest(generate_series(r[:10]::DATE, r[-10:]::DATE, INTERVAL 1 DAY))::DATE AS d
                FROM ranges
            ), changes AS (
                SELECT "table" AS t, restated_date AS d,
                    round(sum(coalesce(value_after, 0) - coalesce(value_before, 0)), 6) AS n
                FROM read_parquet('{lake}/usage_restatements/*/*.parquet') WHERE t <> 'mau_by_project' GROUP BY ALL
            )
            SELECT t, d, count(*), max(loaded_at), any_value(n) FROM days LEFT JOIN changes USING (t, d)
            GROUP BY ALL"""
        )
    )


def test_a_first_load_has_told_what_stands(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = NOW
    loader = Loader(simulator, tmp_path / "lake")
    report(loader.store, ReportOptions(), loads=load(loader, 1), now=simulator.now)
    for table in TABLES:
        stands = sql(
            "SELECT count(*), min(usage_date::DATE), max(usage_date::DATE) + 1, min(usage_date::VARCHAR), "
            f"max(usage_date::VARCHAR) FROM read_parquet('{loader.lake}/{table}/*/*.parquet', hive_partitioning = true)"
        )
        (found,) = sql(
            'SELECT "rows", window_start, window_end, written, outcome, restated, empty, kept, loaded_at '
            f"FROM read_parquet('{loader.lake}/usage_loads/*/*.parquet') WHERE \"table\" = '{table}'"
        )
        rows, start, end, first, last = stands[0]
        written = first if first == last else f"{first}..{last}"
        if table == "projects":  # seen on the day of the load, whatever its window
            start, end = found[1:3]
        assert found == (rows, start, end, written, "success", None, None, None, NOW), table
    ((requests,),) = sql(f"SELECT sum(requests) FROM read_parquet('{loader.lake}/usage_loads/*/*.parquet')")
    assert requests == len(simulator.requests)


def test_every_series_that_differs_is_told_and_no_other(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = NOW
    loader = Loader(simulator, tmp_path / "lake")
    report(loader.store, ReportOptions(), loads=load(loader, 1), now=simulator.now)
    assert not (loader.lake / "usage_restatements").exists()
    before = tmp_path / "before"
    shutil.copytree(loader.lake, before)
    simulator.advance(timedelta(days=1))
    simulator.delete_environment("default", "staging")
    report(loader.store, ReportOptions(), loads=load(loader, 2), now=simulator.now)
    differing = 0
    for table in TABLES.keys() - {"projects"}:
        expected = compared(before, loader.lake, table)
        assert told(loader.lake, table) == expected, table
        differing += len(expected)
    assert differing > 100
    assert told(loader.lake, "projects") == Counter()
    health = restated_in_health(loader.lake)
    assert health == restated_by_loads(loader.lake) and len({table for table, *_ in health}) > 3


def test_the_days_of_a_load_are_those_that_differ(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = NOW
    loader = Loader(simulator, tmp_path / "lake")
    first = load(loader, 1)
    simulator.advance(timedelta(days=1))
    report(loader.store, ReportOptions(), loads=[*first, *load(loader, 2)], now=simulator.now)
    rows = sql(
        f"SELECT restated FROM read_parquet('{loader.lake}/usage_loads/*/*.parquet') "
        "WHERE try_number = 2 AND \"table\" = 'connections'"
    )
    ((days,),) = sql(
        "SELECT list(DISTINCT restated_date::VARCHAR ORDER BY restated_date::VARCHAR) FROM "
        f"read_parquet('{loader.lake}/usage_restatements/*/*.parquet') WHERE \"table\" = 'connections'"
    )
    assert rows == [(f"{days[0]}..{days[-1]}",)] and len(days) > 1
