"""Loads every LaunchDarkly usage metric into one lake: ``ldusage_daily`` every day, ``ldusage_backfill`` the past.

To use them, copy this file into your DAGs folder, define a connection ``launchdarkly_default`` (type LaunchDarkly, the
access token as password), and set the Airflow Variable ``ldusage_destination`` to the lake's address, such as
``s3://aws_default@lake/launchdarkly``.

``TABLES`` lists the tables of both DAGs. Remove what you do not need: no load depends on another. What your plan does
not include is skipped. Each table is announced as an asset: ``launchdarkly/clientside_mau``.

Both DAGs end with the report: what each billed meter comes to, and who drives it. To see costs and alerts, set the
Variable ``ldusage_plan`` to what your contract says, as JSON:
``{"clientside_mau": {"included": 100000, "price": "8.33", "per": 1000, "currency": "USD"}}``. It is optional, and so is
``ldusage_billing_day``, the day of the month on which your billing period begins.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook
from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.report import LaunchDarklyUsageReportOperator
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

try:
    from airflow.sdk import DAG, Asset, Param, TaskGroup, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.models.param import Param
    from airflow.utils.task_group import TaskGroup

CONNECTION = "launchdarkly_default"
DESTINATION = "{{ var.value.ldusage_destination }}"
PLAN = "{{ var.value.get('ldusage_plan', '') }}"
BILLING_DAY = "{{ var.value.get('ldusage_billing_day', '1') }}"
REPORT = Asset("launchdarkly/usage_report")

# Evaluations cost one request for each flag, so only environments with these keys are loaded, in every project.
EVALUATED_ENVIRONMENTS = ("production",)

BY_APPLICATION = ["projectId", "environmentId", "sdkAppId"]
A_REQUEST_A_DAY = {"max_requests": 3660}  # lists without ranges; ten years may be loaded at once

# Task group -> table -> arguments of its load. The metric has the table's name, unless another one is named. Figures
# that are billed are loaded without groups too (``..._total``): groups of unique counts do not add up to them. So those
# by project have a table of their own as well: a user of two applications counts in both.
TABLES: dict[str, dict[str, dict[str, Any]]] = {
    "dimensions": {"projects": {}, "environments": {}},
    "mau": {
        "clientside_mau": {"group_by": BY_APPLICATION},
        "clientside_mau_by_project": {"metric": "clientside_mau", "group_by": ["projectId"]},
        "clientside_mau_total": {"metric": "clientside_mau"},
        "total_mau": {"group_by": ["projectId"]},
        "total_mau_total": {"metric": "total_mau"},
        "mau_sdks": A_REQUEST_A_DAY,
    },
    "contexts": {
        "clientside_contexts": {"group_by": BY_APPLICATION},
        "serverside_contexts": {"group_by": BY_APPLICATION},
        "total_contexts": {"group_by": ["projectId"]},
    },
    "data_export": {
        "data_export_events": {"group_by": ["environmentId", "eventKind", "destinationId"]},
        "data_export_events_total": {"metric": "data_export_events"},
        "data_export_project_ranking": A_REQUEST_A_DAY,
        "warehouse_export": {"group_by": ["projectId", "environmentId", "destinationId"]},
        "warehouse_export_total": {"metric": "warehouse_export"},
    },
    "experimentation": {
        "experimentation_events": {"group_by": ["environmentId", "eventKey"]},
        "experimentation_events_total": {"metric": "experimentation_events"},
        "experimentation_keys": {"group_by": ["projectId", "environmentId", "experimentId"]},
        "experimentation_keys_by_project": {"metric": "experimentation_keys", "group_by": ["projectId"]},
        "experimentation_keys_total": {"metric": "experimentation_keys"},
    },
    "service_connections": {
        "service_connections": {"group_by": ["projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId"]},
        "service_connections_total": {"metric": "service_connections"},
    },
    "sdk_versions": {"sdk_versions_details": {}, "sdk_versions_all": {}},
    "observability": {f"observability_{kind}": {} for kind in ("errors", "logs", "metrics", "sessions", "traces")},
    "ai": {
        "ai_runs": {"group_by": ["projectId", "environmentId", "sdkName"]},
        "ai_runs_total": {"metric": "ai_runs"},
        "vega_ai": {},
    },
}

# Task group -> table -> a task for each of these. All of them fill the table in parallel.
SIDES = [{"source": "client"}, {"source": "server"}]
MAPPED: dict[str, dict[str, list[dict[str, str]]]] = {
    "events": {"events": [{"event_type": "received"}, {"event_type": "published"}]},
    "streams": {"streams": SIDES, "streams_by_sdk_version": SIDES, "stream_sdk_versions": SIDES},
}

# Lists of what there is now: their past cannot be requested.
WITHOUT_HISTORY = ("projects", "environments", "sdk_versions_details", "sdk_versions_all", "stream_sdk_versions")


def load(table: str, metric: str = "", **arguments: Any) -> None:
    """Add the task that loads a table."""
    LaunchDarklyUsageOperator(
        task_id=table, table=table, metric=metric or table, outlets=[Asset(f"launchdarkly/{table}")], **arguments
    )


def load_mapped(table: str, each: Any, label: str) -> None:
    """Add one task for each of several arguments, and one that announces what all of them have loaded."""
    loads = LaunchDarklyUsageOperator.partial(
        task_id=table, table=table, metric=table, map_index_template=label
    ).expand_kwargs(each)
    LaunchDarklyUsageAssetOperator(
        task_id=f"{table}_loaded", reports=loads.output, outlets=[Asset(f"launchdarkly/{table}")]
    )


@task
def environments(launchdarkly_conn_id: str = CONNECTION) -> list[dict[str, str]]:
    """The environments whose evaluations are loaded."""
    hook = LaunchDarklyUsageHook(launchdarkly_conn_id)
    return [
        {"project_key": project["key"], "environment_key": environment["key"]}
        for project in hook.list_projects()
        for environment in hook.list_environments(project["key"])
        if environment["key"] in EVALUATED_ENVIRONMENTS
    ]


def load_tables(without: Collection[str] = ()) -> list[TaskGroup]:
    """Add the tasks that load all tables but some; the groups that they are in."""
    groups = []
    for name, tables in TABLES.items():
        if wanted := {table: arguments for table, arguments in tables.items() if table not in without}:
            with TaskGroup(name) as group:
                for table, arguments in wanted.items():
                    load(table, **arguments)
            groups.append(group)

    for name, mapped in MAPPED.items():
        with TaskGroup(name) as group:
            for table, each in mapped.items():
                if table not in without:
                    load_mapped(table, each, "{{ task.source or task.event_type }}")
        groups.append(group)

    with TaskGroup("evaluations") as group:
        load_mapped("evaluations", environments(), "{{ task.project_key }}/{{ task.environment_key }}")
    return [*groups, group]


def report(**arguments: Any) -> LaunchDarklyUsageReportOperator:
    """The task that reports, whatever became of the loads before it. A failed load still fails the run."""
    return LaunchDarklyUsageReportOperator(
        task_id="report", plan=PLAN, billing_day=BILLING_DAY, outlets=[REPORT], **arguments
    )


DEFAULTS: dict[str, Any] = {
    "launchdarkly_conn_id": CONNECTION,
    "destination": DESTINATION,
    "on_forbidden": "skip",
    "record_restatements": True,
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
}

with DAG(
    dag_id="ldusage_daily",
    description="LaunchDarkly usage, by day, into day-partitioned Parquet",
    doc_md="""Each run loads the UTC day before it, and again the earlier days that LaunchDarkly may have corrected
since. Clearing a task, or a backfill, never duplicates a row.""",
    schedule="0 3 * * *",  # 03:00 UTC: the day before is over, and mostly counted
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=4,  # LaunchDarkly's rate limits are shared by all tokens of the account
    default_args=DEFAULTS,
    tags=["launchdarkly", "usage"],
) as daily:
    load_tables() >> report()


def year_before(end: str) -> date:
    """The earliest first of a month from which one request, of at most 365 days, reaches ``end``."""
    earliest = date.fromisoformat(end) - timedelta(days=365)
    return earliest if earliest.day == 1 else (earliest.replace(day=1) + timedelta(days=31)).replace(day=1)


# Renders to nothing if the run's conf has the days, which the operators read themselves.
UNLESS_IN_CONF = "{%% if 'ldusage' not in (dag_run.conf or {}) %%}{{ %s }}{%% endif %%}"
TODAY = "(dag_run.run_after | default(dag_run.logical_date) | ds)"  # Airflow 2 has no run_after

with DAG(
    dag_id="ldusage_backfill",
    description="A year of LaunchDarkly usage, in as few requests as the API allows",
    doc_md="""Loads the past into the tables of `ldusage_daily`. Trigger it by hand. Without dates it loads the past
year by whole months: from the first of a month, at most 365 days ago, through yesterday. For other days, give the first
day (`start`) and the day after the last (`end`), in the form or in the run's conf as for any other DAG:
`{"ldusage": {"start": "2025-01-01", "end": "2026-01-01"}}`.

Each task sends one request for up to 365 days of its table. Evaluations take one request for each flag. The two lists
(`mau_sdks`, `data_export_project_ranking`) take one for each day, since LaunchDarkly offers no other way. Month-to-date
figures are requested from a month's first day, so 365 days that begin within a month take two requests for each of
their tables.

The report is then written anew for the past year.

You can run it beside the daily DAG and as often as you like: no row is duplicated. Lists without a history, such as
projects or SDK versions, are not included: their past cannot be requested.""",
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
        **DEFAULTS,
        "start": UNLESS_IN_CONF % f"params.start or year_before(params.end or {TODAY})",
        "end": UNLESS_IN_CONF % f"params.end or {TODAY}",
    },
    tags=["launchdarkly", "usage"],
) as backfill:
    load_tables(without=WITHOUT_HISTORY) >> report(months=12)
