"""Loads of which lineage and links tell: a plain one, a mapped one, and one that fails."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from airflow_provider_ldusage.operators.usage import LaunchDarklyStreamsUsageOperator, LaunchDarklyUsageOperator

with DAG(
    "told",
    schedule=None,
    default_args={
        "destination": "{{ var.value.lake }}",
        "start": "{{ dag_run.conf.start }}",
        "end": "{{ dag_run.conf.end }}",
        "retries": 0,
    },
):
    LaunchDarklyUsageOperator(
        task_id="plain",
        metric="service_connections",
        table="told_plain",
        group_by=["projectId"],
        aggregation_type="month_to_date",
        outlets=[Asset("file:///launchdarkly/told_plain")],
    )
    LaunchDarklyStreamsUsageOperator.partial(task_id="mapped", metric="streams", table="told_mapped").expand(
        source=["client", "server"]
    )
    LaunchDarklyUsageOperator(
        task_id="unreachable",
        metric="vega_ai",
        table="told_unreachable",
        launchdarkly_conn_id="launchdarkly_eu",
        outlets=[Asset("file:///launchdarkly/told_unreachable")],
    )
