"""Loads every LaunchDarkly usage metric, every day, into one lake.

To use it, copy this file into your DAGs folder, define a connection ``launchdarkly_default`` (type LaunchDarkly, the
access token as password), and set the Airflow Variable ``ldusage_destination`` to the lake's address, such as
``s3://aws_default@lake/launchdarkly``. Each run loads the UTC day before it, and again the earlier days that
LaunchDarkly may have corrected since. Clearing a task, or a backfill, never duplicates a row.

Remove what your plan does not include: each metric in ``FAMILIES`` is a task, and no task depends on another.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook
from airflow_provider_ldusage.operators.usage import (
    LaunchDarklyAIUsageOperator,
    LaunchDarklyContextsUsageOperator,
    LaunchDarklyDataExportUsageOperator,
    LaunchDarklyDimensionsOperator,
    LaunchDarklyEvaluationsUsageOperator,
    LaunchDarklyEventsUsageOperator,
    LaunchDarklyExperimentationUsageOperator,
    LaunchDarklyMauUsageOperator,
    LaunchDarklyObservabilityUsageOperator,
    LaunchDarklySdkVersionsUsageOperator,
    LaunchDarklyServiceConnectionsUsageOperator,
    LaunchDarklyStreamsUsageOperator,
)

try:
    from airflow.sdk import DAG, TaskGroup, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task
    from airflow.utils.task_group import TaskGroup

CONNECTION = "launchdarkly_default"
DESTINATION = "{{ var.value.ldusage_destination }}"

# Evaluations cost one request for each flag, so only environments with these keys are loaded, in every project.
EVALUATED_ENVIRONMENTS = ("production",)

BY_APPLICATION = {"group_by": ["projectId", "environmentId", "sdkAppId"]}

# Each family has an operator, and for each metric its arguments.
FAMILIES = {
    "dimensions": (LaunchDarklyDimensionsOperator, {"projects": {}, "environments": {}}),
    "mau": (
        LaunchDarklyMauUsageOperator,
        {"clientside_mau": BY_APPLICATION, "total_mau": {"group_by": ["projectId"]}, "mau_sdks": {}},
    ),
    "contexts": (
        LaunchDarklyContextsUsageOperator,
        {
            "clientside_contexts": BY_APPLICATION,
            "serverside_contexts": BY_APPLICATION,
            "total_contexts": {"group_by": ["projectId"]},
        },
    ),
    "data_export": (
        LaunchDarklyDataExportUsageOperator,
        {
            "data_export_events": {"group_by": ["environmentId", "eventKind", "destinationId"]},
            "data_export_project_ranking": {},
            "warehouse_export": {"group_by": ["projectId", "environmentId", "destinationId"]},
        },
    ),
    "experimentation": (
        LaunchDarklyExperimentationUsageOperator,
        {
            "experimentation_events": {"group_by": ["environmentId", "eventKey"]},
            "experimentation_keys": {"group_by": ["projectId", "environmentId", "experimentId"]},
        },
    ),
    "service_connections": (
        LaunchDarklyServiceConnectionsUsageOperator,
        {"service_connections": {"group_by": ["projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId"]}},
    ),
    "sdk_versions": (LaunchDarklySdkVersionsUsageOperator, {"sdk_versions_details": {}, "sdk_versions_all": {}}),
    "observability": (
        LaunchDarklyObservabilityUsageOperator,
        {f"observability_{kind}": {} for kind in ("errors", "logs", "metrics", "sessions", "traces")},
    ),
    "ai": (
        LaunchDarklyAIUsageOperator,
        {"ai_runs": {"group_by": ["projectId", "environmentId", "sdkName"]}, "vega_ai": {}},
    ),
}

with DAG(
    dag_id="ldusage_daily",
    description="LaunchDarkly usage, by day, into day-partitioned Parquet",
    doc_md=__doc__,
    schedule="0 3 * * *",  # 03:00 UTC: the day before is over, and mostly counted
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=4,  # LaunchDarkly's rate limits are shared by all tokens of the account
    default_args={
        "launchdarkly_conn_id": CONNECTION,
        "destination": DESTINATION,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
    },
    tags=["launchdarkly", "usage"],
) as dag:
    for family, (operator, metrics) in FAMILIES.items():
        with TaskGroup(family):
            for metric, arguments in metrics.items():
                operator(task_id=metric, metric=metric, **arguments)

    # Metrics with a path argument have one mapped task for each value. All of them fill one table in parallel.
    with TaskGroup("events"):
        LaunchDarklyEventsUsageOperator.partial(task_id="events").expand(event_type=["received", "published"])

    with TaskGroup("streams"):
        for metric in ("streams", "streams_by_sdk_version", "stream_sdk_versions"):
            LaunchDarklyStreamsUsageOperator.partial(task_id=metric, metric=metric).expand(source=["client", "server"])

    with TaskGroup("evaluations"):

        @task
        def environments(launchdarkly_conn_id: str = CONNECTION) -> list[dict[str, str]]:
            hook = LaunchDarklyUsageHook(launchdarkly_conn_id)
            return [
                {"project_key": project["key"], "environment_key": environment["key"]}
                for project in hook.list_projects()
                for environment in hook.list_environments(project["key"])
                if environment["key"] in EVALUATED_ENVIRONMENTS
            ]

        LaunchDarklyEvaluationsUsageOperator.partial(task_id="evaluations").expand_kwargs(environments())
