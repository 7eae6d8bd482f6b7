"""Loads that succeed, fail, are tried again and are killed, and the report that gathers what became of them.

They import what every version of Airflow has.
"""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from typing import Any

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

from airflow_provider_ldusage.operators.report import LaunchDarklyUsageReportOperator
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

LAKE = "{{ var.value.lake }}-gathered"
LOAD: dict[str, Any] = {
    "destination": LAKE, "start": "2026-10-01", "end": "2026-10-04", "record_restatements": True,
}  # fmt: skip


class FailsOnceOperator(LaunchDarklyUsageOperator):
    """Stores everything, and then fails in its first try."""

    def execute(self, context: Any) -> Any:
        found = super().execute(context)
        if context["ti"].try_number == 1:
            raise ValueError("on purpose")
        return found


class IsKilledOperator(LaunchDarklyUsageOperator):
    """Is killed before its first request."""

    def asking(self, *_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


with DAG("gathering", schedule=None, start_date=datetime(2026, 1, 1)):
    report = LaunchDarklyUsageReportOperator(task_id="report", destination=LAKE)
    mau = LaunchDarklyUsageOperator(task_id="mau", metric="clientside_mau", **LOAD)
    again = FailsOnceOperator(task_id="again", metric="ai_runs", retries=1, retry_delay=timedelta(0), **LOAD)
    killed = IsKilledOperator(task_id="killed", metric="vega_ai", **LOAD)
    streams = LaunchDarklyUsageOperator.partial(task_id="streams", metric="streams", **LOAD).expand(
        source=["client", "nonsense"]
    )
    [mau, again, killed, streams] >> report
