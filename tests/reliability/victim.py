"""A process that runs loads as tasks of their own and kills them: one forked process a task, as Airflow's workers do.

Reads one JSON object a line: ``destination``, ``connection``, ``start``, ``end``, ``now``, and ``delay`` in seconds
until SIGKILL (null: not at all). Answers with ``{"killed": bool, "code": int, "seconds": float}``. It has no threads,
so that forking is safe, and everything is imported before the first task, so that a task's time is the load's.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime
from typing import Any

import pyarrow.parquet  # noqa: F401 - imported here, once, not in every task
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.api import session  # noqa: F401 - likewise
from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import resolve_window

QUERY = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}
TABLE = "t"


def run_load(task: dict[str, Any], **client: Any) -> Any:
    """One load, as the operator runs it once its arguments are rendered."""
    config = config_from_connection(task["connection"]["host"], task["connection"]["password"], task.get("extra"))
    store = open_store(LocalFileSystem(), task["destination"], "file://" + task["destination"])
    query = UsageQuery.build(**(task.get("query") or QUERY))
    with UsageClient(config, **client) as usage:
        return load(
            usage,
            query,
            resolve_window(start=task["start"], end=task["end"]),
            store,
            TABLE,
            LoadOptions(lookback=0, **(task.get("options") or {})),
            now=datetime.fromisoformat(task["now"]),
        )


def main() -> None:
    for line in sys.stdin:
        task = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                run_load(task)
                code = 0
            finally:
                os._exit(code)
        if task["delay"] is not None:
            time.sleep(task["delay"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        answer = {
            "killed": killed,
            "code": 0 if killed else os.WEXITSTATUS(status),
            "seconds": time.monotonic() - started,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
