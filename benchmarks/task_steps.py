"""What each step of a task of the provider's takes, within its process: CPU seconds since the last step, and memory."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.processes import mapped_mb

RESULTS = "LDUSAGE_BENCH_STEPS"
"""The environment's variable with the folder for a file of each task."""
STEPS = {
    "start": "Airflow's start",
    "parse": "the DAG file",
    "prepare": "connection to Airflow, arguments",
    "imports": "imports",
    "open": "the store is opened",
    "load": "the load",
    "end": "the report",
}


class Steps:
    """Steps of this process, from its start on, which is a fork."""

    def __init__(self) -> None:
        self._last = 0.0
        self._found: dict[str, float] = {}
        self._over("start")

    def _over(self, step: str) -> None:
        now = time.process_time()
        self._found[step] = self._found.get(step, 0.0) + now - self._last
        self._last = now

    def parsed(self) -> None:
        """The DAG file has been read: its tasks go on from here."""
        from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

        self._over("parse")
        load = LaunchDarklyUsageOperator._load

        def recorded(operator: Any, *arguments: Any) -> Any:
            self._over("prepare")
            self._import()
            report = load(operator, *arguments)
            self._over("end")
            self._write()
            return report

        LaunchDarklyUsageOperator._load = recorded  # type: ignore[method-assign]

    def _import(self) -> None:
        """What ``_load`` imports, and then a wrapper around each of its two steps."""
        from airflow_provider_ldusage.engine import load as engine
        from airflow_provider_ldusage.operators import destination
        from benchmarks import ours

        ours.imports()
        self._over("imports")
        for module, name, step in ((destination, "open_store", "open"), (engine, "load", "load")):
            setattr(module, name, self._timed(getattr(module, name), step))

    def _timed(self, function: Any, step: str) -> Any:
        def timed(*arguments: Any, **options: Any) -> Any:
            self._over("end")
            try:
                return function(*arguments, **options)
            finally:
                self._over(step)

        return timed

    def _write(self) -> None:
        own = mapped_mb("Private_Dirty")
        found = {**self._found, "own MB": own}
        Path(os.environ[RESULTS], f"{uuid4()}.json").write_text(json.dumps(found))
