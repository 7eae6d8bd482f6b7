"""The closing task in a real scheduler: it runs whatever became of the loads, and changes nothing about their run.

Nothing here depends on the version of Airflow.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.system.servers.conftest import Servers
from tests.system.servers.hearing import days_in, heard

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]
DAYS = {date(2026, 10, day) for day in (1, 2, 3)}


def run(servers: Servers, dag_id: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Of a run: its state, those of its tasks by name or label, and what the closing task has returned."""
    airflow = servers.airflow
    airflow.unpause(dag_id)
    run_id = servers.trigger(dag_id)
    state = airflow.wait(f"{dag_id} {run_id}", lambda: servers.finished(dag_id, run_id), 300)
    tasks = airflow.query(
        "SELECT task_id, map_index, rendered_map_index, state FROM task_instance WHERE dag_id = ? AND run_id = ?",
        dag_id, run_id,
    )  # fmt: skip
    names = {task if index < 0 else f"{task} {label}": state for task, index, label, state in tasks}
    return state, names, airflow.reports(dag_id, run_id)["close"]


def test_a_whole_table_closes_with_its_run(servers: Servers) -> None:
    state, tasks, closed = run(servers, "closing_whole")
    assert state == "success"
    assert set(tasks.items()) == {(name, "success") for name in ("load client", "load server", "close", "after")}
    assert (closed["announced"]["count"], closed["missing"]) == (3, {})
    assert closed["final_through"] is not None


def test_a_failed_load_fails_the_run_and_the_others_days_are_announced(servers: Servers) -> None:
    servers.airflow.unpause("hears_closing_failed")
    state, tasks, closed = run(servers, "closing_failed")
    assert state == "failed"
    assert (tasks["load client"], tasks["close"], tasks["after"]) == ("success", "success", "success")
    assert sorted(tasks.values()).count("failed") == 1
    assert closed["missing"] == {"load[1]": "failed"}
    servers.airflow.wait("the event", lambda: heard(servers.airflow, "hears_closing_failed"), 300)
    (event,) = heard(servers.airflow, "hears_closing_failed")
    assert (days_in(event["days"]), event["table"], event["final_through"]) == (DAYS, "closing_failed", None)


def test_loads_without_a_plan_are_skipped_and_hold_up_nothing(servers: Servers) -> None:
    state, tasks, closed = run(servers, "closing_skipped")
    assert state == "success"
    assert (tasks["close"], tasks["after"]) == ("success", "success")
    assert sorted(tasks.values()).count("skipped") == 2
    assert closed["missing"] == {"load[0]": "skipped", "load[1]": "skipped"}
    assert closed["announced"]["count"] == 0
    assert not (servers.lake / "closing_skipped").exists()
    assert not (servers.lake / "_ldusage" / "closing_skipped.json").exists()
    logs = "".join(
        path.read_text() for path in (servers.airflow.home / "logs").rglob("*.log")
        if "closing_skipped" in str(path) and "load" in str(path)
    )  # fmt: skip
    assert "the account's plan does not include it, or the token's role may not read it. Nothing was loaded." in logs


def test_loads_that_never_began_are_missing_too(servers: Servers) -> None:
    state, tasks, closed = run(servers, "closing_unmapped")
    assert state == "failed"
    assert (tasks["sources"], tasks["load"], tasks["close"]) == ("failed", "upstream_failed", "success")
    assert closed["missing"] == {"load": "upstream_failed"}
