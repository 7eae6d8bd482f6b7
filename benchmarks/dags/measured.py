"""Tasks that write down what they took, for ``benchmarks.airflow_task``, which tells in ``LDUSAGE_BENCH`` what to do.

Each runs in a process of its own, as every task of Airflow's does.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, BaseOperator

_began = time.perf_counter()
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator  # noqa: E402 - timed

IMPORTED = time.perf_counter() - _began

from benchmarks import ours  # noqa: E402
from benchmarks.airflow_task import BARE_PROCESS, UNCURED  # noqa: E402
from benchmarks.peers import PEERS  # noqa: E402
from benchmarks.processes import memory_mb  # noqa: E402
from benchmarks.shapes import DIMENSIONS, SHAPES, START  # noqa: E402

PLAN = json.loads(os.environ["LDUSAGE_BENCH"])
HEAVY = ("numpy", "pandas", "pyarrow", "requests", "fsspec", "msgspec", "polars", "duckdb")


class Recorded(BaseOperator):
    """Goes before an operator, and records its ``execute``: seconds, MB on top of Airflow's, what it imported, and what
    the operator itself has ``recorded``."""

    def execute(self, context: Any) -> Any:
        had, before = set(sys.modules), memory_mb("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # from here on VmHWM is the highest of this task
        began, began_cpu = time.perf_counter(), time.process_time()
        super().execute(context)
        found = {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - began_cpu,
            "airflow": before,
            "memory": memory_mb("VmHWM") - before,
            "imported": [name for name in HEAVY if name in sys.modules and name not in had],
        }
        Path(PLAN["results"], f"{self.task_id}.json").write_text(json.dumps({**found, **getattr(self, "recorded", {})}))


class _Peer(BaseOperator):
    def __init__(self, *, peer: str, shape: str, out: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.peer, self.shape, self.out = peer, shape, out

    def execute(self, context: Any) -> None:
        PEERS[self.peer].imports()
        PEERS[self.peer].run(Path(PLAN["answers"][self.shape]), Path(self.out))


class RecordedPeer(Recorded, _Peer):
    """A peer as a task of its own."""


class _TimedLoad(LaunchDarklyUsageOperator):
    """Also records the load by itself, without what is around it in ``execute``."""

    def execute(self, context: Any) -> Any:
        from airflow_provider_ldusage.engine import load as engine

        ours.imports()  # within the task's time; the load alone is timed without imports, as in a bare process
        load = engine.load

        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            report = load(*arguments, **options)
            self.recorded = {"load": time.perf_counter() - began, "operators": IMPORTED}
            return report

        engine.load = timed
        return super().execute(context)


class RecordedLoad(Recorded, _TimedLoad):
    """The operator itself."""


class RecordedUncured(Recorded, _TimedLoad):
    """The operator while nobody may tell Python's garbage collector anything."""

    def execute(self, context: Any) -> Any:
        for name in ("freeze", "unfreeze", "disable", "enable", "set_threshold"):
            setattr(gc, name, lambda *_: None)
        return super().execute(context)


class RecordedBare(BaseOperator):
    """The same load by the same Python, in a process that has nothing of Airflow."""

    def __init__(self, *, shape: str, out: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shape, self.out = shape, out

    def execute(self, context: Any) -> None:
        arguments = ["ours", json.dumps(asdict(SHAPES[self.shape])), PLAN["answers"][self.shape], self.out]
        command = [sys.executable, "-m", "benchmarks.measure", *arguments]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        one = json.loads(done.stdout.splitlines()[-1])
        found = {"seconds": one["work"], "load": one["work"], "cpu": one["cpu"]}
        found |= {"airflow": 0.0, "memory": one["memory"], "imported": ["without imports"]}
        Path(PLAN["results"], f"{self.task_id}.json").write_text(json.dumps(found))


LOADS = {"ours": RecordedLoad, UNCURED: RecordedUncured}

with DAG("measured", schedule="@once", start_date=datetime(2025, 1, 1), max_active_tasks=1, catchup=False) as dag:
    for number, (name, method) in enumerate(PLAN["tasks"]):
        task_id, out = f"task_{number}", f"{PLAN['lakes']}/{number}"
        if method == BARE_PROCESS:
            RecordedBare(task_id=task_id, shape=name, out=out)
            continue
        if method not in LOADS:
            RecordedPeer(task_id=task_id, peer=method, shape=name, out=out)
            continue
        LOADS[method](
            task_id=task_id,
            metric="ai_runs",
            destination=f"file://{out}",
            launchdarkly_conn_id=f"launchdarkly_{name}",
            group_by=list(DIMENSIONS),
            granularity=SHAPES[name].granularity,
            start=START.isoformat(),
            end=SHAPES[name].end.isoformat(),
        )
