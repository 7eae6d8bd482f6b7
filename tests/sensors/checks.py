"""A run of one midnight, and sensors that wait for the day before it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

from airflow_provider_ldusage.sensors import freshness

# A run of the midnight after 2026-11-19 waits for that day to be counted to its end.
MIDNIGHT = datetime(2026, 11, 20, tzinfo=timezone.utc)
WINDOW = ["2026-11-19", "2026-11-20"]
BOTH = ("data_export_events", "warehouse_export")
HOUR = timedelta(hours=1)


def a_run(**context: Any) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(conf=context.pop("conf", None), run_after=MIDNIGHT), **context}


def sensor(**arguments: Any) -> freshness.LaunchDarklyUsageFreshnessSensor:
    return freshness.LaunchDarklyUsageFreshnessSensor(task_id="fresh", **arguments)


def execute(**arguments: Any) -> dict[str, Any]:
    context = arguments.pop("context", None) or a_run()
    return sensor(**arguments).execute(context)
