"""Two hundred mapped loads: 13 metrics of each of 3 projects, 22 flags in each of 7 environments one by one, and all
flags of each environment."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

ENVIRONMENTS = {
    "default": ("production", "staging", "test"),
    "mobile-app": ("production", "test"),
    "data-platform": ("production", "staging"),
}
METRICS = (
    "ai_runs", "clientside_contexts", "clientside_mau", "data_export_events", "experimentation_events",
    "experimentation_keys", "observability_errors", "observability_logs", "observability_sessions",
    "serverside_contexts", "service_connections", "total_mau", "warehouse_export",
)  # fmt: skip
FLAGS = (
    "banner_text", "kill-switch", "old-banner", "page-size", "ranking-experiment", "retry-policy",
    *(f"release-{number:04d}" for number in range(16)),
)  # fmt: skip

places = [
    {"project_key": project, "environment_key": environment}
    for project, environments in ENVIRONMENTS.items()
    for environment in environments
]
by_project = [
    {"metric": metric, "table": f"{metric}_of_projects", "filters": {"projectKey": [project]}}
    for metric in METRICS
    for project in ENVIRONMENTS
]
by_flag = [{**place, "feature_flag_key": flag} for place in places for flag in FLAGS]

with DAG(
    dag_id="scale",
    schedule=None,
    default_args={
        "destination": "{{ var.value.ldusage_destination }}",
        "retries": 3,
        "retry_delay": timedelta(seconds=5),
    },
) as dag:
    LaunchDarklyUsageOperator.partial(
        task_id="by_environment", metric="evaluations", table="evaluations_of_environments"
    ).expand_kwargs(places)
    LaunchDarklyUsageOperator.partial(task_id="by_project").expand_kwargs(by_project)
    LaunchDarklyUsageOperator.partial(
        task_id="by_flag", metric="evaluations", table="evaluations_of_flags"
    ).expand_kwargs(by_flag)
