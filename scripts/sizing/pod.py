"""The process of a pod: it imports what the Kubernetes executor's entry point imports, and supervises one task."""

from __future__ import annotations

import sys
import uuid
from datetime import datetime, timezone

import httpx
from airflow.executors import workloads
from airflow.executors.base_executor import BaseExecutor  # noqa: F401 - an import of the entry point's
from airflow.sdk.api.client import Client
from airflow.sdk.api.datamodels._generated import TaskInstance
from airflow.sdk.execution_time.supervisor import supervise_task

NOW = datetime.now(timezone.utc).isoformat()


def main() -> int:
    return supervise_task(
        ti=TaskInstance(
            id=uuid.uuid4(), dag_id="sizing", task_id="load", run_id="sizing", try_number=1, map_index=-1,
            dag_version_id=uuid.uuid4(),
        ),
        bundle_info=workloads.BundleInfo(name="dags-folder"),
        dag_rel_path="measured.py",
        token="",
        client=Client(base_url=None, dry_run=True, token="", transport=httpx.MockTransport(_answer)),
        subprocess_logs_to_stdout=True,
    )  # fmt: skip


def _answer(request: httpx.Request) -> httpx.Response:
    """What the API server says to a task without inlets and outlets: here is your run, and yes."""
    if request.url.path.endswith("/run"):
        nothing = ("end_date", "data_interval_start", "data_interval_end", "partition_key", "logical_date")
        run = {
            **dict.fromkeys(nothing), "dag_id": "sizing", "run_id": "sizing", "run_type": "manual", "state": "running",
            "start_date": NOW, "run_after": NOW, "consumed_asset_events": [],
        }  # fmt: skip
        return httpx.Response(200, json={"dag_run": run, "max_tries": 0, "should_retry": False})
    return httpx.Response(200, json={})


if __name__ == "__main__":
    sys.exit(main())
