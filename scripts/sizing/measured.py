"""A DAG of one load, which writes down what it took. ``LDUSAGE_SIZING`` has the load, and where its figures go."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from benchmarks.processes import memory_mb

PLAN = json.loads(os.environ["LDUSAGE_SIZING"])


class Recorded(LaunchDarklyUsageOperator):
    """A load that watches itself."""

    def execute(self, context: Any) -> Any:
        began, cpu = time.perf_counter(), time.process_time()
        at_rest, disk = memory_mb("VmRSS"), Disk()
        with disk:
            report = super().execute(context)
        found = {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "at rest": at_rest,
            "peak": memory_mb("VmHWM"),
            "supervisor": memory_mb("VmHWM", os.getppid()),
            "disk": disk.peak,
            "rows": report["rows"],
            "requests": report["requests"],
        }
        Path(PLAN["result"]).write_text(json.dumps(found))
        return report


class Disk:
    """The most bytes that this process's files in the temporary folder held at a time. They have no names."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._watch.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.peak = max(self.peak, sum(_held()))


def _held() -> list[int]:
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            if str(each.readlink()).startswith(tempfile.gettempdir()):
                found.append(each.stat().st_blocks * 512)
        except FileNotFoundError:
            pass
    return found


with DAG("sizing", schedule=None):
    Recorded(task_id="load", **PLAN["arguments"])
