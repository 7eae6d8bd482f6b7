"""Loads of which some fail or are skipped, and the tasks that close them.

They import what every version of Airflow has.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

from airflow_provider_ldusage.compat import Asset, BaseOperator
from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.usage import LaunchDarklyStreamsUsageOperator
from tests.system.dags.announcements import HearOperator

BEGIN = datetime(2026, 1, 1)
LAKE = "{{ var.value.lake }}"
STREAMS = {
    "metric": "streams", "destination": LAKE, "start": "2026-10-01", "end": "2026-10-04",
    "map_index_template": "{{ task.source }}",
}  # fmt: skip
FAILED = Asset("closing/failed")


class NothingOperator(BaseOperator):
    """Returns what it is given, or fails."""

    def __init__(self, *, result: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.result = result

    def execute(self, context: Any) -> Any:
        if isinstance(self.result, str):
            raise ValueError(self.result)
        return self.result


def close(loads: Any, *outlets: Any) -> None:
    """Add the task that closes mapped loads, and one after it."""
    closing = LaunchDarklyUsageAssetOperator(
        task_id="close", destination=LAKE, reports=loads.output, outlets=[*outlets] or [Asset("closing/unheard")]
    )
    closing >> NothingOperator(task_id="after")


with DAG("closing_failed", schedule=None, start_date=BEGIN):
    close(
        LaunchDarklyStreamsUsageOperator.partial(task_id="load", table="closing_failed", **STREAMS).expand(
            source=["client", "nonsense"]
        ),
        FAILED,
    )

with DAG("closing_skipped", schedule=None, start_date=BEGIN):
    close(
        LaunchDarklyStreamsUsageOperator.partial(
            task_id="load", table="closing_skipped", launchdarkly_conn_id="launchdarkly_without_streams",
            on_forbidden="{{ 'skip' }}", **STREAMS,
        ).expand(source=["client", "server"]),
    )  # fmt: skip

with DAG("closing_unmapped", schedule=None, start_date=BEGIN):
    # The values to map over are never found: the load has no index.
    close(
        LaunchDarklyStreamsUsageOperator.partial(task_id="load", table="closing_unmapped", **STREAMS).expand(
            source=NothingOperator(task_id="sources", result="on purpose").output
        ),
    )

with DAG("closing_whole", schedule=None, start_date=BEGIN):
    close(
        LaunchDarklyStreamsUsageOperator.partial(task_id="load", table="closing_whole", **STREAMS).expand(
            source=["client", "server"]
        ),
    )

with DAG("hears_closing_failed", schedule=[FAILED], start_date=BEGIN):
    HearOperator(task_id="hear")
