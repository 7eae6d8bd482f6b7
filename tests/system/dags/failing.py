"""Loads that fail, each in its own way: what goes wrong is scripted at the simulator, by endpoint."""

from __future__ import annotations

from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from tests.names import DAG

with DAG("failing", schedule=None):
    for metric in (
        "ai_runs",
        "vega_ai",
        "total_mau",
        "clientside_mau",
        "warehouse_export",
        "sdk_versions_all",
        "projects",
    ):
        LaunchDarklyUsageOperator(
            task_id=metric, metric=metric, destination="{{ var.value.lake }}", table=metric, retries=0
        )
    LaunchDarklyUsageOperator(
        task_id="wrong_argument", metric="ai_runs", destination="{{ var.value.lake }}", group_by=["nonsense"], retries=0
    )
    LaunchDarklyUsageOperator(
        task_id="wrong_token",
        metric="ai_runs",
        destination="{{ var.value.lake }}",
        launchdarkly_conn_id="launchdarkly_wrong",
        retries=0,
    )
