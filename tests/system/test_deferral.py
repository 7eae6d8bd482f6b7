"""On a real Airflow, a task that a rate limit holds up for long gives its slot back, and loads the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.support import day_files

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def simulator(airflow: Any, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator(now=now) as simulator:
        airflow.environment |= {
            "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(simulator.connection()),
            "AIRFLOW_VAR_LAKE": (tmp_path_factory.mktemp("lake") / "launchdarkly").as_uri(),
        }
        airflow.cli("pools", "set", "one_slot", "1", "for the DAGs of these tests")
        yield simulator


@pytest.fixture(scope="module")
def lake(airflow: Any, simulator: Simulator) -> Path:
    return Path(airflow.environment["AIRFLOW_VAR_LAKE"].removeprefix("file://"))


@pytest.fixture(scope="module")
def truth(airflow: Any, simulator: Simulator, lake: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Report and files of the same load, which nothing has disturbed."""
    report = airflow.test("waiting", simulator.now.date().isoformat())["load"]
    assert report["rows"] > 0
    return report, day_files(lake / "waiting")


@pytest.fixture(scope="module")
def servers(airflow: Any, simulator: Simulator) -> Iterator[Any]:
    """Scheduler, API server, DAG processor and triggerer."""
    with (airflow.home / "triggerer.log").open("wb") as log:
        triggerer = subprocess.Popen(
            [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"],
            env=airflow.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        airflow.start()
        airflow.wait("the DAG", lambda: airflow.query("SELECT 1 FROM dag WHERE dag_id = 'deferring'"), 240)
        yield airflow
    finally:
        os.killpg(triggerer.pid, signal.SIGTERM)
        try:
            triggerer.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(triggerer.pid, signal.SIGKILL)
            triggerer.wait()


def limit_once(simulator: Simulator, seconds: int) -> None:
    simulator.clear_requests()
    simulator.fail(
        429, headers={"Retry-After": str(seconds)}, path="vega-ai"
    )  # which no other DAG of this folder asks for


def same(report: dict[str, Any], truth: dict[str, Any]) -> bool:
    return all(report[name] == truth[name] for name in ("rows", "window", "data_through", "skipped")) and (
        report["days"]["written"] == truth["days"]["written"]
    )


def test_dags_test_defers_and_resumes_in_line(airflow: Any, simulator: Simulator, lake: Path, truth: Any) -> None:
    limit_once(simulator, 5)
    report = airflow.test("deferring", simulator.now.date().isoformat())["load"]
    assert [request.path for request in simulator.requests].count("/api/v2/caller-identity") == 2  # it began twice
    assert same(report, truth[0]) and day_files(lake / "deferring") == truth[1]


def test_a_deferred_task_has_no_slot_and_is_resumed_by_the_triggerer(
    servers: Any, simulator: Simulator, lake: Path, truth: Any
) -> None:
    limit_once(simulator, 30)  # time enough to look while it lasts
    run_id = servers.api("POST", "/dags/deferring/dagRuns", {"logical_date": None})["dag_run_id"]

    def state() -> str | None:
        sql = "SELECT state FROM task_instance WHERE dag_id = 'deferring' AND run_id = ?"
        return servers.query(sql, run_id)[0][0]

    servers.wait("the deferral", lambda: state() == "deferred", 240)
    (slots,) = [pool for pool in servers.api("GET", "/pools")["pools"] if pool["name"] == "one_slot"]
    assert slots["occupied_slots"] == 0 and slots["deferred_slots"] == 1
    servers.wait("the end", lambda: state() in ("success", "failed"), 300)
    assert state() == "success"
    report = servers.reports("deferring", run_id)["load"]
    assert report["window"] == truth[0]["window"] and report["rows"] == truth[0]["rows"]
    assert report["days"]["unchanged"] == truth[0]["days"]["written"]
    assert day_files(lake / "deferring") == truth[1]


def test_the_token_is_nowhere_in_this_airflow(servers: Any, simulator: Simulator, lake: Path) -> None:
    """Neither in the trigger, nor in what a deferred task is resumed with, nor in the triggerer's log."""
    files = servers.files(lake)
    assert any("trigger" in path.name for path in files)
    assert [path for path, data in files.items() if simulator.token.encode() in data] == []
