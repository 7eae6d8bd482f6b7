"""What a run of the daily example costs a worker, in a real Airflow: four tasks at a time, into a folder and into S3.

``python -m benchmarks.worker_day HOME RESULT LAKE`` is the part that runs in Airflow's environment.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import stores
from benchmarks.bench import ROOT, Bench, table
from benchmarks.processes import mapped_mb
from benchmarks.task_steps import RESULTS, STEPS

AT_A_TIME = 4
WITHIN = 1800  # seconds
DAG_ID = "ldusage_daily"
STORES = {"a folder": "file://{home}/lake", "S3": f"s3://lake@{stores.BUCKET}/launchdarkly"}
TICK = os.sysconf("SC_CLK_TCK")
HEADS = ("a run of the daily example into", *STORES)


def measure(bench: Bench) -> list[str]:
    columns = []
    for name, lake in STORES.items():
        found = _in_airflow(bench, lake)
        bench.figures |= {f"day, {name}: {what}": value for what, value in _figures(found).items()}
        columns.append(_column(found))
    rows = [(what, *(column[what] for column in columns)) for what in columns[0]]
    return table("A day of a worker", HEADS, rows)


def _figures(found: dict[str, Any]) -> dict[str, float]:
    tasks = found["tasks"]
    return {
        "CPU s of a load": statistics.median(sum(task[step] for step in STEPS) for task in tasks),
        "MB of a load": max(task["own MB"] for task in tasks),
    }


def _column(found: dict[str, Any]) -> dict[str, str]:
    tasks, figures = found["tasks"], _figures(found)
    steps = {step: statistics.median(task[step] for task in tasks) for step in STEPS}
    loads = sum(task[step] for task in tasks for step in STEPS)
    return {
        "tasks, loads among them": f"{found['task instances']}, {len(tasks)}",
        "wall, s": f"{found['wall']:.0f}",
        "CPU of the worker, s": f"{found['cpu']:.1f}",
        "CPU of loads, s": f"{loads:.1f}",
        "CPU of other tasks, and of what watches tasks, s": f"{found['cpu'] - loads:.1f}",
        "a load, median, CPU ms": f"{figures['CPU s of a load'] * 1000:.0f}",
        **{f"... {STEPS[step]}": f"{seconds * 1000:.0f}" for step, seconds in steps.items()},
        "a load, median, MB of its own": f"{statistics.median(task['own MB'] for task in tasks):.0f}",
        "a load, highest, MB of its own": f"{figures['MB of a load']:.0f}",
        f"{AT_A_TIME} tasks at a time, highest, MB": f"{found['memory']:.0f}",
    }


def _in_airflow(bench: Bench, lake: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=bench.folder) as home:
        result = Path(home, "result.json")
        done = subprocess.run(
            [str(bench.airflow), "-m", "benchmarks.worker_day", home, str(result), lake.format(home=home)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"The day did not run in Airflow:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        found: dict[str, Any] = json.loads(result.read_text())
        return found


def _run(home: Path, lake: str) -> dict[str, Any]:
    """Start Airflow, let its scheduler run the daily example once, and stop it."""
    from airflow_provider_ldusage.testing import Simulator
    from tests.system.installation import Airflow

    results = home / "steps"
    results.mkdir()
    with Simulator() as simulator, stores.local_s3(home) as s3:
        airflow = Airflow(home, ROOT / "benchmarks" / "dags_of_a_day")
        airflow.environment |= {
            RESULTS: str(results),
            "AIRFLOW__CORE__PARALLELISM": str(AT_A_TIME),
            "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(simulator.connection()),
            "AIRFLOW_CONN_LAKE": json.dumps(s3.connection()),
            "AIRFLOW_VAR_LDUSAGE_DESTINATION": lake,
        }
        airflow.cli("db", "migrate")
        try:
            airflow.start()
            watched = _watched(airflow)
        finally:
            airflow.stop()
    tasks = [json.loads(path.read_text()) for path in results.iterdir()]
    return {**watched, "tasks": tasks}


def _watched(airflow: Any) -> dict[str, Any]:
    """Let the run go, and look at its processes until it is over."""
    scheduler = next(server for server in airflow._servers if "scheduler" in server.args)
    airflow.unpause(DAG_ID)
    over = "SELECT state, run_id, julianday(end_date) - julianday(start_date) FROM dag_run WHERE dag_id = ?"
    over += " AND state IN ('success', 'failed')"
    memory, until = 0.0, time.monotonic() + WITHIN
    while not (found := airflow.query(over, DAG_ID)):
        if time.monotonic() > until:
            raise SystemExit(f"{DAG_ID} took more than {WITHIN} s.")
        memory = max(memory, sum(_mb(task) for worker in _children(scheduler.pid) for task in _children(worker)))
        time.sleep(0.2)
    ((state, run_id, days),) = found
    if state != "success":
        raise SystemExit(f"{DAG_ID}: {state}")
    ((instances,),) = airflow.query("SELECT count(*) FROM task_instance WHERE run_id = ?", run_id)
    cpu = sum(map(_cpu, _children(scheduler.pid)))
    return {"wall": days * 24 * 3600, "cpu": cpu, "memory": memory, "task instances": instances}


def _children(pid: int) -> list[int]:
    """Those of all its threads."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text().split()]
        except OSError:  # it has ended
            continue
    return found


def _cpu(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def _mb(pid: int) -> float:
    """MB of a process, and its part of what it shares with others."""
    try:
        return mapped_mb("Pss", process=pid)
    except (OSError, KeyError):  # it has ended
        return 0.0


if __name__ == "__main__":
    home, result, lake = sys.argv[1:]
    Path(result).write_text(json.dumps(_run(Path(home), lake)))
