"""What a day of a worker is measured by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from airflow_provider_ldusage.testing import Simulator
from benchmarks.targets import WORKER
from benchmarks.task_steps import RESULTS, STEPS
from benchmarks.worker_day import STORES, _column, _figures

A_TASK = {**dict.fromkeys(STEPS, 0.25), "own MB": 60.0}
FOUND = {
    "wall": 70.4,
    "cpu": 20.0,
    "memory": 300.0,
    "task instances": 48,
    "tasks": [A_TASK, {**A_TASK, "own MB": 70.0}],
}
CODE = """
import runpy, sys
from datetime import datetime, timezone
from types import SimpleNamespace
assert runpy.run_path(sys.argv[1])["daily"].dag_id == "ldusage_daily"
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
task = LaunchDarklyUsageOperator(task_id="load", metric="vega_ai", destination=sys.argv[2])
task.execute({"dag_run": SimpleNamespace(conf=None, run_after=datetime.now(timezone.utc))})
"""


def test_targets_are_about_what_is_measured() -> None:
    assert {target.figure for target in WORKER} == {
        f"day, {store}: {what}" for store in STORES for what in _figures(FOUND)
    }


def test_the_steps_of_loads_and_the_rest_add_up_to_the_worker_s_cpu() -> None:
    column = _column(FOUND)
    assert float(column["CPU of loads, s"]) == 2 * 0.25 * len(STEPS)
    assert column["CPU of other tasks, and of what watches tasks, s"] == f"{20 - 2 * 0.25 * len(STEPS):.1f}"
    assert column["a load, median, CPU ms"] == f"{0.25 * len(STEPS) * 1000:.0f}"
    assert column["a load, highest, MB of its own"] == "70"


@pytest.mark.airflow
def test_a_task_writes_down_each_of_its_steps(repository: Path, tmp_path: Path) -> None:
    dag = repository / "benchmarks" / "dags_of_a_day" / "daily.py"
    with Simulator() as simulator:
        connection = {"AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(simulator.connection()), RESULTS: str(tmp_path)}
        command = [sys.executable, "-c", CODE, str(dag), (tmp_path / "lake").as_uri()]
        subprocess.run(command, check=True, env=os.environ | connection, cwd=repository)
    (written,) = tmp_path.glob("*.json")
    found = json.loads(written.read_text())
    assert found.keys() == {*STEPS, "own MB"}
    assert min(found.values()) >= 0 and found["load"] > 0 and found["own MB"] > 10
