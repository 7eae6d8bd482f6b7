"""The operators: the arguments that they refuse, what they template, and what they leave to the run."""

from __future__ import annotations

import ast
import gc
import inspect
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.collector import RARE
from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.lake.commit import OUTCOMES
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.operators import destination, usage
from airflow_provider_ldusage.testing import Simulator, Switches

pytestmark = pytest.mark.airflow

FAMILIES = {
    "LaunchDarklyMauUsageOperator": ["clientside_mau", "total_mau", "mau", "mau_by_category", "mau_sdks"],
    "LaunchDarklyContextsUsageOperator": ["clientside_contexts", "serverside_contexts", "total_contexts"],
    "LaunchDarklyEventsUsageOperator": ["events"],
    "LaunchDarklyDataExportUsageOperator": ["data_export_events", "data_export_project_ranking", "warehouse_export"],
    "LaunchDarklyExperimentationUsageOperator": ["experimentation_events", "experimentation_keys"],
    "LaunchDarklyEvaluationsUsageOperator": ["evaluations"],
    "LaunchDarklyStreamsUsageOperator": ["streams", "streams_by_sdk_version", "stream_sdk_versions"],
    "LaunchDarklyServiceConnectionsUsageOperator": ["service_connections"],
    "LaunchDarklySdkVersionsUsageOperator": ["sdk_versions_details", "sdk_versions_all"],
    "LaunchDarklyObservabilityUsageOperator": [
        f"observability_{kind}" for kind in ("errors", "logs", "metrics", "sessions", "traces")
    ],
    "LaunchDarklyAIUsageOperator": ["ai_runs", "vega_ai"],
    "LaunchDarklyDimensionsOperator": ["projects", "environments"],
}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def a_run(**context: Any) -> dict[str, Any]:
    """The context of a manual run: Airflow puts no date into it but ``run_after``."""
    conf = context.pop("conf", None)
    return {"dag_run": SimpleNamespace(conf=conf, run_after=datetime.now(timezone.utc)), **context}


def execute(lake: Path, context: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    operator = arguments.pop("operator", usage.LaunchDarklyUsageOperator)
    task = operator(task_id="load", **{"destination": lake.as_uri(), **arguments})
    return task.execute(context or a_run())


# --- families


@pytest.mark.parametrize("name", FAMILIES)
def test_a_familys_operator_loads_its_metrics_and_no_others(name: str, lake: Path, simulator: Simulator) -> None:
    operator = getattr(usage, name)
    assert [metric for metric, entry in METRICS.items() if entry.family == operator.family] == FAMILIES[name]
    foreign = "vega_ai" if operator.family != "ai" else "events"
    with pytest.raises(AirflowFailException, match=f"not allowed for {name}. Allowed: {', '.join(FAMILIES[name])}"):
        execute(lake, operator=operator, metric=foreign)
    assert not simulator.requests


def test_every_metric_has_a_family_operator() -> None:
    assert sorted(metric for metrics in FAMILIES.values() for metric in metrics) == sorted(METRICS)


def test_a_family_of_one_needs_no_metric(lake: Path, simulator: Simulator) -> None:
    report = execute(lake, operator=usage.LaunchDarklyServiceConnectionsUsageOperator)
    assert report["table"] == "service_connections_incremental_daily"
    with pytest.raises(AirflowFailException, match="metric=None is not allowed"):
        execute(lake, operator=usage.LaunchDarklyMauUsageOperator)


# --- wrong arguments


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metric": "mua"}, "metric='mua' is not allowed.* Allowed: clientside_mau, total_mau"),
        ({"group_by": ["project"]}, "group_by='project' .* Allowed: projectId, environmentId"),
        ({"filters": {"project": ["x"]}}, "filters='project' .* Allowed: projectKey"),
        ({"filters": {"environmentKey": ["production"]}}, "exactly one value of filters\\['projectKey'\\]"),
        ({"aggregation_type": "daily"}, "aggregation_type='daily' .* Allowed: month_to_date, incremental"),
        ({"aggregation_type": "incremental", "granularity": "monthly"}, "month-to-date of its last day"),
        ({"metric": "clientside_mau", "granularity": "hourly"}, "granularity='hourly' .* Allowed: daily"),
        ({"metric": "events"}, "needs event_type. Allowed: received, published"),
        ({"metric": "streams", "source": "browser"}, "source='browser' .* Allowed: client, server"),
        ({"source": "client"}, "takes no such argument"),
        ({"on_empty": "drop"}, "on_empty='drop' .* Allowed: keep, write, fail"),
        ({"compression": "lz4"}, "compression='lz4' .* Allowed: zstd, snappy"),
        ({"lookback": -1}, "lookback=-1"),
        ({"lookback": "three"}, "lookback='three'"),
        ({"start": "2026-11-01"}, "Give both"),
        ({"start": "2026-11-02", "end": "2026-11-01"}, "after the end"),
        ({"table": "a/b"}, "table='a/b'"),
        ({"destination": "lake"}, "no object storage URL"),
        ({"destination": "s3://nowhere@"}, "names no bucket"),
        ({"destination": "gs://bucket/x"}, "airflow-provider-ldusage\\[gcs\\]"),
        ({"destination": "file://relative/path"}, "absolute path"),
        ({"destination": "s3://no_such_connection@bucket/x"}, "connection 'no_such_connection' is not defined"),
        ({"launchdarkly_conn_id": "nope"}, "connection 'nope' is not defined"),
    ],
)
def test_an_invalid_argument_fails_for_good_before_any_request(
    wrong: dict[str, Any], said: str, lake: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AirflowFailException, match=said):
        execute(lake, **{"metric": "service_connections", **wrong})
    assert not simulator.requests
    assert not lake.exists()


@pytest.mark.parametrize("conf", [{"ldusage": {"start": "2026-11-01"}}, {"ldusage": "yesterday"}, {"ldusage": {}}])
def test_a_wrong_conf_fails_before_any_request(conf: dict[str, Any], lake: Path, simulator: Simulator) -> None:
    with pytest.raises(AirflowFailException, match="ldusage"):
        execute(lake, a_run(conf=conf), metric="vega_ai")
    assert not simulator.requests


def test_a_refused_token_is_told_with_its_connection(lake: Path, simulator: Simulator) -> None:
    simulator.fail(status=401, times=9)
    with pytest.raises(AirflowFailException, match=r"access token.* The connection is 'launchdarkly_default'\. \(GET "):
        execute(lake, metric="vega_ai")


def test_what_may_pass_by_itself_is_left_to_airflows_retries(lake: Path, simulator: Simulator) -> None:
    simulator.fail(status=200, body=b"<html>proxy</html>", path="vega-ai")
    with pytest.raises(exceptions.AnswerError):
        execute(lake, metric="vega_ai")
    assert execute(lake, metric="vega_ai")["skipped"] is None


def test_what_trying_again_does_not_help_names_its_cause(lake: Path, simulator: Simulator) -> None:
    simulator.switches = Switches(not_in_plan=frozenset({"vega-ai"}))
    with pytest.raises(AirflowFailException, match=r"^LaunchDarkly denies this usage .*plan") as caught:
        execute(lake, metric="vega_ai")
    assert isinstance(caught.value, exceptions.ForbiddenError) and caught.value.status == 403


# --- what a run brings


def test_the_runs_conf_says_which_days(lake: Path, simulator: Simulator) -> None:
    conf = {"ldusage": {"start": "2026-03-01", "end": "2026-03-04"}}
    assert execute(lake, a_run(conf=conf), metric="vega_ai")["window"] == ["2026-03-01", "2026-03-04"]


def test_a_daily_partition_says_which_day(lake: Path, simulator: Simulator) -> None:
    day = datetime(2026, 3, 1, tzinfo=timezone.utc)
    context = a_run(partition_key="2026-03-01", partition_date=day)
    assert execute(lake, context, metric="vega_ai")["window"] == ["2026-03-01", "2026-03-02"]


def test_recent_windows_are_widened_by_a_lookback_that_may_be_text(lake: Path, simulator: Simulator) -> None:
    context = a_run()
    today = context["dag_run"].run_after.date()
    report = execute(lake, context, metric="vega_ai", lookback="2")
    assert report["window"] == [str(today - timedelta(days=3)), str(today)]


def test_the_report_is_json_and_small(lake: Path, simulator: Simulator) -> None:
    report = execute(lake, metric="vega_ai", start="2025-01-01", end="2026-01-01")
    assert json.loads(json.dumps(report)) == report
    assert list(report) == [
        "table", "slice", "uri", "rows", "window", "days", "requests", "data_through", "final_through", "open",
        "refused", "given_up", "announced", "skipped", "loaded_at", "map_index", "try_number",
    ]  # fmt: skip
    assert list(report["days"]) == list(OUTCOMES)
    assert len(json.dumps(report)) < 5000


def test_deprecated_metrics_load_with_a_warning(
    lake: Path, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    task = usage.LaunchDarklyMauUsageOperator(task_id="load", metric="mau", destination=lake.as_uri())
    said: list[str] = []
    task.log.warning = lambda message, *values: said.append(message % values)  # type: ignore[method-assign]
    assert task.execute(a_run())["rows"] > 0
    assert [message for message in said if "deprecated 'mau'" in message]


# --- Airflow's rules


def test_constructors_only_assign() -> None:
    tree = ast.parse(inspect.getsource(usage))
    constructors = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    assert len(constructors) == 1
    first, *rest = constructors[0].body
    assert ast.unparse(first) == "super().__init__(**kwargs)"
    for statement in rest:
        assert isinstance(statement, ast.Assign)
        (target,) = statement.targets
        assert ast.unparse(target) == f"self.{ast.unparse(statement.value)}"


def test_everything_a_dag_author_may_want_to_template_is_templated() -> None:
    arguments = set(inspect.signature(usage.LaunchDarklyUsageOperator).parameters) - {"kwargs"}
    assert arguments - set(usage.LaunchDarklyUsageOperator.template_fields) == {"asset_events", "deferrable"}


def test_templates_are_rendered_before_they_are_checked(lake: Path, simulator: Simulator) -> None:
    task = usage.LaunchDarklyUsageOperator(
        task_id="load",
        metric="{{ 'vega' }}_ai",
        destination="{{ where }}",
        filters={"projectKey": ["{{ project }}"]},
        compression="{{ codec or '' }}",
        start="{{ start or '' }}",
        end="{{ start or '' }}",
    )
    context = a_run(where=lake.as_uri(), project="default", start=None, codec=None)
    task.render_template_fields(context)
    assert task.execute(context)["table"] == "vega_ai_incremental_daily_where_project_key"
    (request,) = [request for request in simulator.requests if "vega-ai" in request.path][:1]
    assert request.values("projectKey") == ["default"]


def test_a_tables_compression_is_the_operators(lake: Path, simulator: Simulator) -> None:
    task = usage.LaunchDarklyUsageOperator(
        task_id="load", metric="vega_ai", table="t", destination=lake.as_uri(), compression="{{ codec }}"
    )
    context = a_run(codec="snappy")
    task.render_template_fields(context)
    task.execute(context)
    assert json.loads((lake / "_ldusage" / "t.json").read_text())["compression"] == "snappy"
    with pytest.raises(AirflowFailException, match="compressed with snappy"):
        execute(lake, metric="vega_ai", table="t", compression="zstd")


def test_a_templated_value_cannot_become_a_parameter_or_a_path(lake: Path, simulator: Simulator) -> None:
    hostile = "default&aggregationType=month_to_date#/../x"
    with pytest.raises(AirflowFailException):
        execute(lake, metric="vega_ai", filters={"projectKey": [hostile]})
    (request,) = [request for request in simulator.requests if "vega-ai" in request.path][:1]
    assert request.values("projectKey") == [hostile]
    assert request.values("aggregationType") == ["incremental"]
    assert not lake.exists()


# --- imports

HEAVY = ("pyarrow", "pandas", "numpy", "requests", "fsspec", "s3fs", "msgspec")
CODE = f"""
import json, sys, time
from tests.names import DAG, task
from airflow_provider_ldusage.compat import AirflowFailException, BaseOperator, TaskDeferred, conf

had = set(sys.modules)
began = time.process_time()
import airflow_provider_ldusage.operators.usage
spent = time.process_time() - began
print(json.dumps([spent, [name for name in {HEAVY!r} if name in sys.modules and name not in had]]))
"""


def test_importing_the_operators_is_quick_and_brings_nothing_heavy() -> None:
    found = []
    for _ in range(3):  # the quickest: other processes only ever add
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        spent, brought = json.loads(done.stdout.splitlines()[-1])
        assert brought == []
        found.append(spent)
    assert min(found) <= 0.05


def test_full_collections_are_rare_from_the_opening_of_the_store_on(
    simulator: Simulator, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, within, opened = gc.get_threshold(), [], destination.open_store

    def opening(url: str) -> Any:
        within.append(gc.get_threshold()[2])
        return opened(url)

    monkeypatch.setattr(destination, "open_store", opening)
    execute(lake, metric="ai_runs")
    assert within == [RARE]
    assert gc.get_threshold() == before
