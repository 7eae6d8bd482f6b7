"""On every page, names exist, links resolve, and Python compiles."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import re
from datetime import date

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api import config
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.ddl.views import NAMES
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.insight.bill.meter_rows import METERS_SCHEMA
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_SCHEMA
from airflow_provider_ldusage.insight.health.health_rows import HEALTH_SCHEMA
from airflow_provider_ldusage.insight.hygiene.outdated_sdks import SDKS_SCHEMA
from airflow_provider_ldusage.insight.hygiene.stale_flags import FLAGS_SCHEMA
from airflow_provider_ldusage.insight.loads.load_row import LOADS_SCHEMA
from airflow_provider_ldusage.insight.loads.restatement_rows import RESTATEMENTS_SCHEMA
from airflow_provider_ldusage.insight.report import TABLES
from airflow_provider_ldusage.lake.announcements import Announcer, Debt
from airflow_provider_ldusage.lake.state import Known, State, Status
from airflow_provider_ldusage.links import PAGES as PAGES_XCOM
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.operators.event_kinds import KINDS
from airflow_provider_ldusage.operators.load_xcom import BEGUN, this_try
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches, fixtures
from tests.docs.pages import (
    NOW,
    PAGES,
    ROOT,
    anchors,
    arguments,
    blocks,
    example_tables,
    operators,
    ours,
    prose,
    spans,
)


def known_names() -> set[str]:
    """Names of ours, and the few of Airflow's that the pages speak of, which have an underscore."""
    queries = [UsageQuery.build(m.name, group_by=m.groupings) for m in METRICS.values()
               if not m.path_arguments and m.name != "data_export_events"]  # fmt: skip
    return {
        *METRICS, *dict(example_tables()), "ldusage_backfill", "ldusage_daily", "ldusage_plan",
        "ldusage_billing_day", *config.EXTRAS,
        *vars(ours("hooks")["LaunchDarklyUsageHook"]),
        *Switches().as_json(), *vars(fixtures), *vars(Simulator),
        *arguments(),
        *(name for metric in METRICS.values() for name in (metric.family, *metric.aggregations)),
        *(found.name for query in queries for found in query.schema),
        *Report("t", "u", Window(date(2026, 11, 1), date(2026, 11, 2)), "the schedule").to_xcom(),
        *(found.name for found in (*METERS_SCHEMA, *OWNERS_SCHEMA, *HEALTH_SCHEMA, *SDKS_SCHEMA, *FLAGS_SCHEMA)),
        *(found.name for found in (*LOADS_SCHEMA, *RESTATEMENTS_SCHEMA)), *TABLES,
        *KINDS, *Debt._fields, *Announcer._fields, "announcements", "usage_asset", "ldusage_consumer", "all_success",
        "none_failed", "all_done", "credential_chain", "dagrun_timeout", "sla_miss_callback",
        "smtp_default", "clientside_mau_by_project", "dataset_events",
        # of the command line, whose keys tests/docs/test_cli.py compares with its JSON
        *re.findall(r"^\| `(\w+)` \| ", PAGES["cli.md"].partition("## JSON")[2], re.M), "several_values", "copied_to",
        *NAMES.values(),
        *json.loads(State("id").to_json({}, NOW)), *Known._fields, *(status.value for status in Status),
        "usage_date", "filter_project_key", "additive_over_time", "additive_over_groups", "content_sha256",
        "ldusage_destination", "run_after", "logical_date", "default_args", "default_deferrable", "max_active_tasks",
        "catchup", "max_active_tis_per_dag", "max_map_length", "worker_concurrency", "worker_prefetch_multiplier",
        "task_acks_late", "task_instance_heartbeat_timeout", "task_queued_timeout", "visibility_timeout",
        "celery_broker_transport_options", "executor_config",
        "ldusage_budget", "return_value", PAGES_XCOM, BEGUN, *this_try({}), "conn_type", "launchdarkly_default",
        # of the connections to object stores
        "account_host", "account_name", "endpoint_url", "google_cloud_platform", "tenant_id", "token_uri",
        UsageQuery.build("service_connections", group_by=["projectId", "sdkName"]).default_table,
    }  # fmt: skip


@pytest.mark.airflow
def test_every_name_that_looks_like_ours_exists() -> None:
    classes = {*operators(), *ours("sensors"), *ours("hooks"), *vars(exceptions)}
    api = {"dataThrough", "outputStatistics"}.union(
        *([*m.groupings, *(f.name for f in m.filters)] for m in METRICS.values())
    )
    names = known_names()
    for span in sorted(spans()):
        word = re.match(r"\w+", span)
        if re.fullmatch(r"LaunchDarkly\w+|[A-Z]\w+Error", span):
            assert span in classes, span
        elif re.fullmatch(r"airflow_provider_ldusage[\w.]*", span):
            assert importlib.util.find_spec(span), span
        elif re.fullmatch(r"(tests|dags_examples|scripts)/\S*", span):
            assert (ROOT / span).exists(), span
        elif re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", span):
            assert span in names, span
        elif re.fullmatch(r"[a-z]+[A-Z]\w*", span):
            assert span in api, span
        elif re.fullmatch(r"[a-z_]+=.+", span) and word and word[0] not in ("run_offset",):
            assert word[0] in names, span
    assert not [span for span in spans() if re.match(r"/(work|tmp|home|root)\b", span)]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    folder = ROOT if page == "README.md" else ROOT / "docs"
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(PAGES[page])):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = (folder / path).resolve() if path else folder / page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text()), target


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_example_compiles(block: str) -> None:
    compile(block, "example", "exec")
