"""What a task takes inside a real Airflow: scheduler, DAG processor, API server, and a process for every task.

``python -m benchmarks.airflow_task HOME`` is the part that runs in Airflow's environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.bench import ROOT, Bench, table
from benchmarks.shapes import SHAPES

IN_SMALL = ("Polars", "DuckDB")  # peers that Airflow's environment has, too
LARGE = ("daily", "hourly")
UNCURED, BARE_PROCESS = "ours, collector untouched", "ours, a bare process"
IN_DAILY = ("ours", UNCURED, BARE_PROCESS)
HEADS = ("task", "s", "load s", "CPU s", "MB on top", "MB of Airflow's", "imported")
MINUTES = 10


def measure(bench: Bench) -> list[str]:
    tasks = [("small", method) for method in ("ours", *IN_SMALL) for _ in range(bench.repeat)]
    tasks += [("daily", method) for _ in range(bench.repeat) for method in IN_DAILY]
    tasks += [("hourly", "ours")]
    home = bench.folder / "airflow"
    results = home / "results"
    results.mkdir(parents=True)
    answers = {name: bench.answer(SHAPES[name]) for name in ("small", *LARGE)}
    plan = {
        "tasks": tasks,
        "answers": {name: str(path) for name, path in answers.items()},
        "results": str(results),
        "lakes": str(home / "lakes"),
    }
    settings = {"LDUSAGE_BENCH": json.dumps(plan)}
    with ExitStack() as servers:
        for name, answer in answers.items():
            url = f"http://127.0.0.1:{servers.enter_context(ours.answering(answer))}"
            connection = {"conn_type": "launchdarkly", "host": url, "password": "benchmark-token"}
            settings[f"AIRFLOW_CONN_LAUNCHDARKLY_{name.upper()}"] = json.dumps(connection)
        _in_airflow(bench.airflow, home, settings)
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number, task in enumerate(tasks):
        if (rows := bench.checked(home / "lakes" / str(number))[0]) != SHAPES[task[0]].cells:
            raise SystemExit(f"{rows} rows were written by {task}, not {SHAPES[task[0]].cells}")
        one = json.loads((results / f"task_{number}.json").read_text())
        one["seconds"] += one.get("operators", 0)
        runs.setdefault(task, []).append(one)
    found = {task: _quickest(ones) for task, ones in runs.items()}
    _note(bench, found)
    return table(
        "Inside an Airflow task, imports and all", HEADS,
        [
            (f"{name}, {method}", f"{one['seconds']:.2f}", _load(one), f"{one['cpu']:.2f}", f"{one['memory']:,.0f}",
             f"{one['airflow']:,.0f}", ", ".join(one["imported"]))
            for (name, method), one in found.items()
        ],
    )  # fmt: skip


def _quickest(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The quickest run; the load, which is a part of it, may have been quickest in another."""
    loads = {"load": min(one["load"] for one in runs)} if "load" in runs[0] else {}
    return min(runs, key=lambda one: float(one["seconds"])) | loads


def _load(one: dict[str, Any]) -> str:
    return f"{one['load']:.2f}" if "load" in one else ""


def _note(bench: Bench, found: dict[tuple[str, str], dict[str, Any]]) -> None:
    small = found["small", "ours"]["seconds"]
    bench.figures["task small: s"] = small
    bench.figures |= {f"task small: x {peer}": found["small", peer]["seconds"] / small for peer in IN_SMALL}
    bare = found["daily", BARE_PROCESS]["load"]
    bench.figures["task daily: load, % of a bare process"] = found["daily", "ours"]["load"] / bare * 100
    bench.figures |= {f"task {name}: MB on top": found[name, "ours"]["memory"] for name in LARGE}


def _in_airflow(python: Path | None, home: Path, settings: dict[str, str]) -> None:
    done = subprocess.run(
        [str(python), "-m", "benchmarks.airflow_task", str(home), json.dumps(settings)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"The DAG did not run in Airflow:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def _run(home: Path, settings: dict[str, str]) -> None:
    """Start Airflow, let its scheduler run the DAG once, and stop it."""
    sys.path.insert(0, str(ROOT))
    from tests.system.installation import Airflow

    airflow = Airflow(home, ROOT / "benchmarks" / "dags")
    airflow.environment |= settings
    airflow.cli("db", "migrate")
    try:
        airflow.start()
        airflow.unpause("measured")  # not before: a scheduler that is up earlier than the API server fails its tasks
        over = "SELECT state FROM dag_run WHERE dag_id = 'measured' AND state IN ('success', 'failed')"
        state = airflow.wait("the DAG", lambda: airflow.query(over), MINUTES * 60)
    finally:
        airflow.stop()
    if state != [("success",)]:
        failed = airflow.query("SELECT task_id FROM task_instance WHERE state = 'failed'")
        logs = [path for (task,) in failed for path in (home / "logs").rglob(f"*task_id={task}/*.log")]
        sys.exit("".join(path.read_text()[-5000:] for path in logs))


if __name__ == "__main__":
    _run(Path(sys.argv[1]), json.loads(sys.argv[2]))
