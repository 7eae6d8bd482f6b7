"""What the provider adds to a process of Airflow that parses DAG files.

``python -m benchmarks.parsing WHAT`` is one such process, in Airflow's environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.bench import ROOT, Bench, table

RUNS = 5
OPERATORS = "import of the operators"
HEAVY = ("pyarrow", "pandas", "numpy", "requests", "fsspec", "s3fs", "msgspec")
HEADS = ("in a process of Airflow's", "ms on top", "modules on top", "heavy ones", "Airflow's own imports, ms")


def measure(bench: Bench) -> list[str]:
    whats = [OPERATORS, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "dags_examples").glob("*.py"))]
    rows = []
    for what in whats:
        best = min((_fresh(bench, what) for _ in range(RUNS)), key=lambda one: float(one["ours"]))
        heavy = ", ".join(best["heavy"])
        rows.append((what, f"{best['ours']:.0f}", best["modules"], heavy or "none", f"{best['airflow']:,.0f}"))
        bench.figures |= {
            f"parse {what}: ms": best["ours"],
            f"parse {what}: % of Airflow": best["ours"] / best["airflow"] * 100,
            f"parse {what}: heavy": len(best["heavy"]),
        }
    return table("What parsing costs", HEADS, rows)


def _fresh(bench: Bench, what: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"AIRFLOW_HOME": str(bench.folder / "parsing"), "PYTHONPATH": str(ROOT)}
    command = [str(bench.airflow), "-m", "benchmarks.parsing", what]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{what} was not parsed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one(what: str) -> dict[str, Any]:
    """In milliseconds: what Airflow imports by itself, and then what comes on top."""
    began = time.perf_counter()
    from airflow.sdk import DAG, BaseOperator, Param, TaskGroup, task  # noqa: F401 - what DAG files begin with

    if what != OPERATORS:
        from airflow.dag_processing.dagbag import DagBag
    ready, had = time.perf_counter(), set(sys.modules)
    if what == OPERATORS:
        import airflow_provider_ldusage.operators.usage  # noqa: F401
    else:
        errors = DagBag(Path(what), known_pools=set()).import_errors
        assert not errors, errors
    over = time.perf_counter()
    new = set(sys.modules) - had
    return {
        "airflow": (ready - began) * 1000,
        "ours": (over - ready) * 1000,
        "modules": len(new),
        "heavy": [name for name in HEAVY if name in new],
    }


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1])))
