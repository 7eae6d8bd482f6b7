"""``lake_health`` where tables come and go, and which of them have a sum."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.insight.health import health
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery
from tests.insight.health.lake_health import MORNING, day, look, states
from tests.loading import Loader


def test_a_table_that_was_deleted_has_no_rows_any_more(load: Loader) -> None:
    for first, table in (("2026-11-01", "old"), ("2026-11-04", "runs")):
        load(first, "2026-11-11", table=table, metric="ai_runs")
    look(load, MORNING)
    before = states(load, "runs")
    assert len(states(load, "old")) == 11
    shutil.rmtree(load.lake / "old")
    (load.lake / "_ldusage" / "old.json").unlink()
    look(load, MORNING + timedelta(hours=8))
    assert (states(load, "old"), states(load, "runs")) == ({}, before)
    (table,) = look(load, MORNING + timedelta(hours=20)).tables
    assert day(1) not in table.commit.outcomes


def test_a_table_that_was_made_anew_has_its_own_days_alone(load: Loader) -> None:
    load("2026-11-01", "2026-11-11", table="runs", metric="ai_runs")
    load("2026-11-01", "2026-11-11", table="other", metric="ai_runs")
    for hours in (0, 9):
        look(load, MORNING + timedelta(hours=hours))
    shutil.rmtree(load.lake / "runs")
    (load.lake / "_ldusage" / "runs.json").unlink()
    load.simulator.now = MORNING + timedelta(hours=9)
    load("2026-11-08", "2026-11-11", table="runs", metric="ai_runs", group_by=["projectId"])
    look(load, MORNING + timedelta(hours=10))
    assert sorted(states(load, "runs")) == ["08", "09", "10", "11"]
    assert len(states(load, "other")) == 11


def test_a_table_that_was_brought_with_its_state_has_rows(load: Loader, tmp_path: Path) -> None:
    load.simulator.now = MORNING - timedelta(days=1)
    elsewhere = Loader(load.simulator, tmp_path / "elsewhere")
    for loader, table in ((load, "runs"), (elsewhere, "brought")):
        loader("2026-11-05", "2026-11-10", table=table, metric="ai_runs")
    look(load, MORNING)
    for folder in ("brought", "_ldusage/state/brought"):
        shutil.copytree(elsewhere.lake / folder, load.lake / folder)
    shutil.copy(elsewhere.lake / "_ldusage" / "brought.json", load.lake / "_ldusage")
    look(load, MORNING + timedelta(minutes=5))
    assert {**states(load, "brought"), "11": "late"} == {**states(load, "runs"), "11": "late"} != {}
    assert len(states(load, "brought")) >= 6


def test_a_report_looks_back_so_many_days(load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MAX_DAYS", 3)
    load("2026-11-06", "2026-11-11", table="runs", metric="ai_runs")
    look(load, MORNING)
    assert sorted(states(load, "runs")) == ["09", "10", "11"]


@pytest.mark.parametrize(
    ("arguments", "adds_up"),
    [
        ({"metric": "clientside_mau"}, True),
        ({"metric": "clientside_mau", "group_by": ["projectId"]}, False),
        ({"metric": "mau_by_category"}, False),
        ({"metric": "evaluations", "project_key": "p", "environment_key": "e"}, True),
        ({"metric": "ai_runs", "group_by": ["projectId"], "granularity": "hourly"}, True),
        ({"metric": "data_export_events", "group_by": ["environmentId"]}, True),
        ({"metric": "data_export_events", "group_by": ["projectId"], "filters": {"projectKey": ["p"]}}, False),
        ({"metric": "streams", "source": "server"}, True),
        ({"metric": "experimentation_keys", "granularity": "hourly"}, False),
    ],
)
def test_changes_are_added_up_where_figures_are(arguments: dict[str, Any], adds_up: bool) -> None:
    assert health._adds_up(Table.of("t", UsageQuery.build(**arguments), {"id": "a"})) is adds_up
