"""Loads a year of every LaunchDarkly usage metric that has a history, into the tables of ``ldusage_daily``.

To use it, copy this file beside ``ldusage_daily.py``, which says what it needs, and trigger it by hand. Without dates
it loads the past year by whole months: from the first of a month, at most 365 days ago, through yesterday. For other
days, give the first day (``start``) and the day after the last (``end``), in the form or in the run's conf as for any
other DAG: ``{"ldusage": {"start": "2025-01-01", "end": "2026-01-01"}}``.

Each task sends one request for up to 365 days of its table. Evaluations take one request for each flag. The two lists
(``mau_sdks``, ``data_export_project_ranking``) take one for each day, since LaunchDarkly offers no other way.
Month-to-date figures are requested from a month's first day, so 365 days that begin within a month take two requests
for each of their tables.

You can run it beside the daily DAG and as often as you like: no row is duplicated. Lists without a history, such as
projects or SDK versions, are not included: their past cannot be requested.
"""

from __future__ import annotations

from datetime import date, timedelta

from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

try:
    from airflow.sdk import DAG, Param, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task
    from airflow.models.param import Param

CONNECTION = "launchdarkly_default"
DESTINATION = "{{ var.value.ldusage_destination }}"
EVALUATED_ENVIRONMENTS = ("production",)

BY_APPLICATION = ["projectId", "environmentId", "sdkAppId"]

# Metrics with the groupings of ldusage_daily, since another grouping needs another table.
METRICS: dict[str, list[str]] = {
    "clientside_mau": BY_APPLICATION,
    "total_mau": ["projectId"],
    "clientside_contexts": BY_APPLICATION,
    "serverside_contexts": BY_APPLICATION,
    "total_contexts": ["projectId"],
    "data_export_events": ["environmentId", "eventKind", "destinationId"],
    "warehouse_export": ["projectId", "environmentId", "destinationId"],
    "experimentation_events": ["environmentId", "eventKey"],
    "experimentation_keys": ["projectId", "environmentId", "experimentId"],
    "service_connections": ["projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId"],
    **{f"observability_{kind}": [] for kind in ("errors", "logs", "metrics", "sessions", "traces")},
    "ai_runs": ["projectId", "environmentId", "sdkName"],
    "vega_ai": [],
}

LISTS = ("mau_sdks", "data_export_project_ranking")


def year_before(end: str) -> date:
    """The earliest first of a month from which one request, of at most 365 days, reaches ``end``."""
    earliest = date.fromisoformat(end) - timedelta(days=365)
    return earliest if earliest.day == 1 else (earliest.replace(day=1) + timedelta(days=31)).replace(day=1)


# Renders to nothing if the run's conf has the days, which the operators read themselves.
UNLESS_IN_CONF = "{%% if 'ldusage' not in (dag_run.conf or {}) %%}{{ %s }}{%% endif %%}"

with DAG(
    dag_id="ldusage_backfill",
    description="A year of LaunchDarkly usage, in as few requests as the API allows",
    doc_md=__doc__,
    schedule=None,
    params={
        "start": Param(
            None,
            type=["null", "string"],
            format="date",
            description="First UTC day to load. Default: the first of a month, at most 365 days before the end",
        ),
        "end": Param(
            None,
            type=["null", "string"],
            format="date",
            description="The UTC day after the last. Default: the day of the run, so that yesterday is the last",
        ),
    },
    user_defined_macros={"year_before": year_before},
    max_active_runs=1,
    max_active_tasks=2,  # leave some of the account's rate limit to others
    default_args={
        "launchdarkly_conn_id": CONNECTION,
        "destination": DESTINATION,
        "start": UNLESS_IN_CONF % "params.start or year_before(params.end or dag_run.run_after | ds)",
        "end": UNLESS_IN_CONF % "params.end or dag_run.run_after | ds",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
    },
    tags=["launchdarkly", "usage"],
) as dag:
    for metric, group_by in METRICS.items():
        LaunchDarklyUsageOperator(task_id=metric, metric=metric, group_by=group_by)

    for metric in LISTS:
        LaunchDarklyUsageOperator(task_id=metric, metric=metric, max_requests=3660)  # ten years, at one request a day

    LaunchDarklyUsageOperator.partial(task_id="events", metric="events").expand(event_type=["received", "published"])

    for metric in ("streams", "streams_by_sdk_version"):
        LaunchDarklyUsageOperator.partial(task_id=metric, metric=metric).expand(source=["client", "server"])

    @task
    def evaluated_environments(launchdarkly_conn_id: str = CONNECTION) -> list[dict[str, str]]:
        hook = LaunchDarklyUsageHook(launchdarkly_conn_id)
        return [
            {"project_key": project["key"], "environment_key": environment["key"]}
            for project in hook.list_projects()
            for environment in hook.list_environments(project["key"])
            if environment["key"] in EVALUATED_ENVIRONMENTS
        ]

    LaunchDarklyUsageOperator.partial(task_id="evaluations", metric="evaluations").expand_kwargs(
        evaluated_environments()
    )
