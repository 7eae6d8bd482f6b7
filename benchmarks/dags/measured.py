"""Tasks that write down what they took, for ``benchmarks.airflow_task``, which tells in ``LDUSAGE_BENCH`` what to do.

Each runs in a process of its own, as every task of Airflow's does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, BaseOperator

_began = time.perf_counter()
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator  # noqa: E402 - timed

IMPORTED = time.perf_counter() - _began

from benchmarks.measure import memory_mb  # noqa: E402
from benchmarks.peers import PEERS  # noqa: E402
from benchmarks.shapes import DIMENSIONS, SHAPES, START  # noqa: E402

PLAN = json.loads(os.environ["LDUSAGE_BENCH"])
HEAVY = ("numpy", "pandas", "pyarrow", "requests", "fsspec", "msgspec", "polars", "duckdb")


class Recorded(BaseOperator):
    """Goes before an operator, and records its ``execute``: seconds, MB on top of Airflow's, what it imported."""

    def execute(self, context: Any) -> Any:
        had, before = set(sys.modules), memory_mb("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # from here on VmHWM is the highest of this task
        began, began_cpu = time.perf_counter(), time.process_time()
        super().execute(context)
        found = {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - began_cpu,
            "operators": IMPORTED,
            "airflow": before,
            "memory": memory_mb("VmHWM") - before,
            "imported": [name for name in HEAVY if name in sys.modules and name not in had],
        }
        Path(PLAN["results"], f"{self.task_id}.json").write_text(json.dumps(found))


class _Peer(BaseOperator):
    def __init__(self, *, peer: str, shape: str, out: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.peer, self.shape, self.out = peer, shape, out

    def execute(self, context: Any) -> None:
        PEERS[self.peer].imports()
        PEERS[self.peer].run(Path(PLAN["answers"][self.shape]), Path(self.out))


class RecordedPeer(Recorded, _Peer):
    """A peer as a task of its own."""


class RecordedLoad(Recorded, LaunchDarklyUsageOperator):
    """The operator itself."""


with DAG("measured", schedule="@once", start_date=datetime(2025, 1, 1), max_active_tasks=1, catchup=False) as dag:
    for number, (name, method) in enumerate(PLAN["tasks"]):
        task_id, out = f"task_{number}", f"{PLAN['lakes']}/{number}"
        if method != "ours":
            RecordedPeer(task_id=task_id, peer=method, shape=name, out=out)
            continue
        RecordedLoad(
            task_id=task_id,
            metric="ai_runs",
            destination=f"file://{out}",
            launchdarkly_conn_id=f"launchdarkly_{name}",
            group_by=list(DIMENSIONS),
            granularity=SHAPES[name].granularity,
            start=START.isoformat(),
            end=SHAPES[name].end.isoformat(),
        )
