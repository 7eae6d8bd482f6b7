"""The table ``lake_health`` against what is in the files, and against itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window, parse_instant
from airflow_provider_ldusage.insight.loads.load_row import LOADS_SCHEMA
from airflow_provider_ldusage.insight.loads.restatement_rows import RESTATEMENTS_SCHEMA
from airflow_provider_ldusage.insight.report import TABLES as REPORTED
from airflow_provider_ldusage.insight.views.health_view import health_view
from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from airflow_provider_ldusage.lake import local
from airflow_provider_ldusage.testing import Simulator
from tests.insight.health.lake_health import MORNING, day, look, made, row_of, states
from tests.insight.lakes import LAST, LISTS, NOW, ReportLake
from tests.loading import Loader


def noted(lake: Path) -> Iterator[tuple[str, date, datetime, bool]]:
    """Table, day, when it was last asked for, and whether it is final, by the states of loads."""
    for path in (lake / "_ldusage" / "state").glob("*/*.json"):
        if path.parent.name not in (*REPORTED, *LISTS):
            for each in json.loads(path.read_text())["days"]:
                first, last = date.fromisoformat(each["first"]), date.fromisoformat(each["last"])
                for known in Window(first, last + timedelta(days=1)).days():
                    yield path.parent.name, known, parse_instant(each["asked_at"]), each["status"] == "final"


def test_rows_are_what_the_files_hold(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake")
    outcome = look(lake.load, NOW)
    names = sorted({path.parent.name for path in lake.folder.glob("*/usage_date=*")} - {"lake_health"})
    counted = " UNION ALL ".join(
        f"SELECT usage_date, '{name}' AS t, count(*) AS n FROM {name} GROUP BY 1" for name in names
    )
    expected = lake.sql(f"SELECT * FROM ({counted}) WHERE usage_date <= '{LAST}' ORDER BY ALL")
    found = lake.sql(
        'SELECT usage_date, "table", "rows" FROM lake_health WHERE "rows" > 0 AND state = \'written\' ORDER BY ALL'
    )
    assert found == expected
    assert lake.sql("SELECT DISTINCT \"rows\" FROM lake_health WHERE state = 'empty'") in ([], [(0,)])
    assert outcome.late == {} and set(outcome.missing) == {"projects", "environments"}
    assert set(lake.sql('SELECT "table", usage_date, stored_at, final FROM lake_health')) >= set(noted(lake.folder))
    assert lake.sql("SELECT DISTINCT slices, slices_absent FROM lake_health WHERE state = 'written'") == [(1, 0)]
    view = health_view(WrittenDays.of(lake.load.store, "lake_health"), None, None, NOW)
    assert view is not None
    assert [tuple(row.values()) for row in view["tables"]] == lake.sql(
        """SELECT "table", min(usage_date), max(usage_date) FILTER (state IN ('written', 'empty')),
            count(*) FILTER (state = 'missing'), count(*) FILTER (state = 'late'),
            count(*) FILTER (restated_times > 0)
        FROM lake_health GROUP BY ALL ORDER BY ALL"""
    )


def test_a_day_without_usage_is_empty_and_one_between_others_missing(load: Loader) -> None:
    load.answers({"_links": {}, "metadata": [], "series": []}, times=1)
    load("2026-11-05", "2026-11-05", table="runs", metric="ai_runs")
    load("2026-11-07", "2026-11-11", table="runs", metric="ai_runs")
    outcome = look(load, MORNING)
    found = states(load, "runs")
    assert (found["05"], found["06"], found["07"], found["11"]) == ("empty", "missing", "written", "written")
    assert outcome.missing == {"runs": (day(6),)} and outcome.late == {}
    load("2026-11-06", "2026-11-06", table="runs", metric="ai_runs")
    assert look(load, MORNING + timedelta(minutes=5)).missing == {}
    assert states(load, "runs")["06"] == "written"


def test_a_day_that_its_siblings_have_is_late_at_once(load: Loader) -> None:
    for table in ("runs", "export", "spans"):
        load("2026-11-08", "2026-11-11", table=table, metric="ai_runs")
    load("2026-11-08", "2026-11-10", table="behind", metric="ai_runs")
    assert look(load, MORNING).late == {"behind": (day(11),)}
    assert row_of(load, "behind", "2026-11-11")["state"] == "late"
    load("2026-11-11", "2026-11-11", table="behind", metric="ai_runs")
    assert look(load, MORNING + timedelta(hours=1)).late == {}
    assert row_of(load, "behind", "2026-11-11")["state"] == "written"


def test_a_day_is_not_late_before_it_is_due(load: Loader) -> None:
    load("2026-11-08", "2026-11-10", table="runs", metric="ai_runs")
    assert look(load, MORNING).late == {}
    assert "11" not in states(load, "runs")
    assert look(load, MORNING + timedelta(days=1)).late == {"runs": (day(11),)}
    assert states(load, "runs")["11"] == "late"
    load("2026-11-12", "2026-11-12", table="runs", metric="ai_runs", include_open_day=True)
    assert look(load, MORNING + timedelta(days=1)).missing == {"runs": (day(11),)}
    assert states(load, "runs")["11"] == "missing"


def test_a_list_that_was_not_seen_is_missing_for_good(load: Loader) -> None:
    for number in (8, 9, 11):
        load.simulator.now = MORNING.replace(day=number)
        today = f"2026-11-{number:02d}"
        load(today, today, table="projects", metric="projects")
    look(load, MORNING)
    assert states(load, "projects") == {"08": "written", "09": "written", "10": "missing", "11": "written"}
    look(load, MORNING + timedelta(days=1))
    assert states(load, "projects")["12"] == "missing"


def test_a_slice_that_lacks_a_day_makes_it_late_until_it_has_ended(load: Loader) -> None:
    load("2026-10-20", "2026-11-11", table="events", metric="events", event_type="received")
    load("2026-10-20", "2026-11-09", table="events", metric="events", event_type="published")
    assert look(load, MORNING).late == {"events": (day(10), day(11))}
    row = row_of(load, "events", "2026-11-10")
    assert (row["slices"], row["slices_absent"]) == (2, 1) and row["rows"] > 0
    both = sum(each["usage_date"] == "2026-11-09" for each in load.rows("events"))
    assert row_of(load, "events", "2026-11-09")["rows"] == both > row["rows"]
    load.simulator.now = MORNING.replace(day=29)
    load("2026-11-12", "2026-11-28", table="events", metric="events", event_type="received")
    assert look(load, load.simulator.now).late == {}
    row = row_of(load, "events", "2026-11-10")
    assert (row["state"], row["slices"], row["slices_absent"]) == ("written", 1, 0)


def test_a_file_that_is_gone_or_damaged_is_missing(load: Loader) -> None:
    load("2026-11-08", "2026-11-11", table="runs", metric="ai_runs")
    (load.lake / "runs" / "usage_date=2026-11-09" / "all.parquet").unlink()
    (load.lake / "runs" / "usage_date=2026-11-10" / "all.parquet").write_bytes(b"nothing")
    look(load, MORNING)
    assert states(load, "runs") == {"08": "written", "09": "missing", "10": "missing", "11": "written"}
    assert [row_of(load, "runs", f"2026-11-{number}")["rows"] for number in ("09", "10")] == [None, None]


def test_a_second_look_writes_nothing_and_reads_only_what_is_new(load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    load.simulator.now = MORNING - timedelta(days=1)
    load("2026-09-01", "2026-11-10", table="runs", metric="ai_runs")
    look(load, MORNING - timedelta(hours=12))
    load.simulator.now = MORNING
    load("2026-11-09", "2026-11-11", table="runs", metric="ai_runs")
    ends: list[str] = []
    read_end = local.LocalStore.read_end
    monkeypatch.setattr(
        local.LocalStore, "read_end", lambda self, name, size: ends.append(name) or read_end(self, name, size)
    )
    (table,) = look(load, MORNING).tables
    assert sorted({name.split("=")[1][:10] for name in ends if name.startswith("runs/")}) == [
        "2026-11-09", "2026-11-10", "2026-11-11",
    ]  # fmt: skip
    assert set(table.commit.outcomes) == {day(9), day(10), day(11)}
    before = load.files("lake_health")
    (table,) = look(load, MORNING).tables
    assert set(table.commit.outcomes.values()) <= {"unchanged"} and load.files("lake_health") == before


def test_restated_days_say_how_often_when_and_by_how_much(load: Loader) -> None:
    load("2026-11-06", "2026-11-11", table="runs", metric="ai_runs")
    load("2026-11-06", "2026-11-11", table="mau", metric="clientside_mau", group_by=["projectId"])
    first, second = MORNING.replace(day=10), MORNING.replace(hour=3)
    loads = {
        day(10): [{"table": "runs", "restated": "2026-11-06..2026-11-08", "loaded_at": first}],
        day(12): [
            {"table": "runs", "restated": "2026-11-06, 2026-11-08..2026-11-09", "loaded_at": second},
            {"table": "mau", "restated": "2026-11-07", "loaded_at": second},
            {"table": "runs", "outcome": "failed"},
        ],
    }
    made(load, MORNING, "usage_loads", LOADS_SCHEMA, loads)
    eighth = {"table": "runs", "restated_date": day(8)}
    restatements = {
        day(10): [{**eighth, "value_before": 10.0, "value_after": 12.0}],
        day(12): [
            {**eighth, "value_before": 12.0, "value_after": 17.0},
            {**eighth, "value_after": 1.0, "dimensions": '{"project_id": "p"}'},
            {"table": "mau", "restated_date": day(7), "value_before": 3.0, "value_after": 4.0},
        ],
    }
    made(load, MORNING, "usage_restatements", RESTATEMENTS_SCHEMA, restatements)
    look(load, MORNING)
    found = [
        (row["restated_times"], row["restated_at"], row["restated_by"])
        for row in (row_of(load, "runs", f"2026-11-{number}") for number in ("06", "07", "08", "09", "10"))
    ]
    assert found == [(2, second, None), (1, first, None), (2, second, 8.0), (1, second, None), (0, None, None)]
    mau = row_of(load, "mau", "2026-11-07")
    assert (mau["restated_times"], mau["restated_by"]) == (1, None)


@pytest.mark.parametrize("name", ["usage_loads", "usage_restatements"])
def test_a_load_that_is_gathered_long_after_it_counts_too(load: Loader, name: str) -> None:
    """Reports of other DAGs have looked at its day meanwhile."""
    load("2026-11-06", "2026-11-11", table="runs", metric="ai_runs")
    for hours in (0, 20):
        look(load, MORNING + timedelta(hours=hours))
    gathered = MORNING + timedelta(hours=21)
    told: dict[str, Any] = {
        "usage_loads": {"restated": "2026-11-07..2026-11-08", "loaded_at": MORNING},
        "usage_restatements": {"restated_date": day(8), "value_before": 1.0, "value_after": 3.0},
    }
    schema = {"usage_loads": LOADS_SCHEMA, "usage_restatements": RESTATEMENTS_SCHEMA}[name]
    made(load, gathered, name, schema, {day(12): [{"table": "runs", **told[name]}]})
    (table,) = look(load, gathered).tables
    row = row_of(load, "runs", "2026-11-08")
    assert (row["restated_times"], row["restated_at"], row["restated_by"]) == {
        "usage_loads": (1, MORNING, None), "usage_restatements": (0, None, 2.0),
    }[name]  # fmt: skip
    assert day(9) not in table.commit.outcomes
    for hours in (8, 16):
        (table,) = look(load, gathered + timedelta(hours=hours)).tables
    assert day(8) not in table.commit.outcomes


def test_looks_day_by_day_end_with_the_same_table_as_one(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = MORNING.replace(day=3)
    daily, once = Loader(simulator, tmp_path / "daily"), Loader(simulator, tmp_path / "once")
    for number in range(3, 13):
        simulator.now = MORNING.replace(day=number)
        for load in (daily, once):
            load.daily(table="runs", metric="ai_runs")
            if number not in (5, 6):
                load.daily(table="mau", metric="clientside_mau")
        look(daily, simulator.now)
    look(once, simulator.now)
    assert _but_times(daily) == _but_times(once)


def _but_times(load: Loader) -> list[dict[str, Any]]:
    """The rows, but for the times of day at which each lake was loaded."""
    rows = [{name: value for name, value in row.items() if name != "stored_at"} for row in load.rows("lake_health")]
    return sorted(rows, key=lambda row: (row["usage_date"], row["table"]))
