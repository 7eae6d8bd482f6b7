"""The views, run in DuckDB, compared with sums that the simulator's truth gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.ddl.duckdb import DuckDbDialect
from airflow_provider_ldusage.ddl.script import script
from airflow_provider_ldusage.lake.inventory import StoredTable, list_of, tables_of
from airflow_provider_ldusage.testing import Simulator
from tests.example_lake import ExampleLake
from tests.loading import Loader, answer, every_day
from tests.support import Load, expected_rows

Ask = Callable[[str], list[Any]]
NOVEMBER = date(2026, 11, 1)
START, END = date(2026, 10, 25), date(2026, 11, 12)


def names_of(simulator: Simulator, metric: str) -> dict[str, str]:
    columns = ["id", "key", "name"]
    return {
        dict(row)["id"]: dict(row)["name"] for row in expected_rows(simulator, Load(metric, ""), START, END, columns)
    }


def test_a_month_of_uniques_is_its_last_days_figure_by_name(ask: Ask, lake: ExampleLake) -> None:
    last = {"start": date(2026, 11, 11), "end": END, "aggregation_type": "month_to_date"}
    truth = lake.simulator.truth("clientside-mau", group_by=["projectId"], **last)
    names = names_of(lake.simulator, "projects")
    found = ask(f"SELECT project_name, value FROM clientside_mau_by_project_monthly WHERE month = '{NOVEMBER}'")
    assert sorted(found, key=repr) == sorted(
        ((names.get(row["projectId"]), row["value"]) for row in truth), key=repr
    )  # fmt: skip
    (total,) = lake.simulator.truth("clientside-mau", **last)
    assert ask(f"SELECT value, last_day FROM clientside_mau_monthly WHERE month = '{NOVEMBER}'") == [
        (total["value"], date(2026, 11, 11))
    ]
    assert sum(value for _, value in found) != total["value"], "groups do not add up"


def test_a_month_of_minutes_is_their_sum_by_name(ask: Ask, lake: ExampleLake) -> None:
    truth = lake.simulator.truth(
        "service-connections", start=NOVEMBER, end=END, group_by=["projectId", "environmentId", "sdkName"],
        aggregation_type="incremental",
    )  # fmt: skip
    names = names_of(lake.simulator, "environments")
    wanted: dict[Any, float] = defaultdict(float)
    for row in truth:
        wanted[names.get(row["environmentId"]), row["sdkName"]] += row["value"]
    found = ask(
        "SELECT environment_name, sdk_name, sum(value), min(first_day), max(last_day) FROM service_connections_monthly "
        f"WHERE month = '{NOVEMBER}' GROUP BY ALL"
    )
    assert {row[:2]: pytest.approx(row[2]) for row in found} == wanted
    assert (min(row[3] for row in found), max(row[4] for row in found)) == (NOVEMBER, date(2026, 11, 11))


def test_months_of_hours_are_sums_too(ask: Ask, lake: ExampleLake) -> None:
    truth = lake.simulator.truth("ai-runs", start=START, end=END, aggregation_type="incremental")
    assert ask("SELECT sum(value)::BIGINT FROM ai_runs_monthly") == [(sum(row["value"] for row in truth),)]


def test_named_rows_are_the_tables_rows_each_once(ask: Ask) -> None:
    for table in ("service_connections", "ai_runs", "evaluations", "streams"):
        assert ask(f"SELECT count(*), sum(value) FROM {table}_named") == ask(
            f"SELECT count(*), sum(value) FROM {table}"
        )


def test_an_environment_brings_its_projects_key(ask: Ask) -> None:
    found = ask("SELECT DISTINCT project_key, environment_key FROM ai_runs_named WHERE environment_key IS NOT NULL")
    assert ("default", "production") in found


def test_what_must_not_be_summed_has_no_view_of_days(ask: Ask) -> None:
    views = {name for (name,) in ask("SELECT view_name FROM duckdb_views() WHERE NOT internal")}
    assert not views & {"clientside_mau_named", "clientside_mau_by_project_named", "streams_monthly"}
    assert {"clientside_mau_monthly", "streams_named", "sdk_versions_latest", "project_names"} <= views


def loaded(folder: Path, simulator: Simulator) -> tuple[Loader, Callable[[], Ask]]:
    """A lake to fill, and what makes DuckDB's answers about it."""
    duckdb = pytest.importorskip("duckdb")
    load = Loader(simulator, folder)

    def opened() -> Ask:
        connection = duckdb.connect()
        for statement in script(DuckDbDialect(str(folder)), tables_of(load.store)):
            connection.execute(statement.sql)
        return lambda sql: connection.execute(sql).fetchall()

    return load, opened


def test_names_are_the_last_known_also_of_what_is_gone(simulator: Simulator, tmp_path: Path) -> None:
    load, opened = loaded(tmp_path / "lake", simulator)
    for day, projects in (("2026-11-12", [("a", "old"), ("b", "gone")]), ("2026-11-13", [("a", "new")])):
        simulator.now = simulator.now.replace(day=int(day[-2:]))
        items = [{"_id": key, "key": key, "name": name} for key, name in projects]
        simulator.fail(status=200, body={"items": items}, path="/api/v2/projects")
        load(day, day, table="projects", metric="projects", now=simulator.now)
    found = opened()("SELECT project_id, project_name FROM project_names ORDER BY ALL")
    assert found == [("a", "new"), ("b", "gone")]


def test_rows_that_differ_in_extra_alone_are_all_kept(simulator: Simulator, tmp_path: Path) -> None:
    load, opened = loaded(tmp_path / "lake", simulator)
    body = answer({"one": every_day("2026-11-08", "2026-11-11"), "two": every_day("2026-11-08", "2026-11-10")})
    body["metadata"] = [{"news": "x"}, {"news": "y"}]
    load.answers(body, "clientside-mau")
    load(table="t", metric="clientside_mau", checks={"gaps": "off"})
    assert opened()("SELECT extra, last_day FROM t_monthly") == [('{"news":"x"}', date(2026, 11, 11))]
    assert len(opened()("SELECT * FROM t")) == 7


def test_only_whole_lists_give_names(tables: dict[str, StoredTable]) -> None:
    found = list_of(tables, "projects")
    assert found is not None and found.table.name == "projects"
    assert list_of({"clientside_mau": tables["clientside_mau"]}, "projects") is None
