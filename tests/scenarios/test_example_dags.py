"""The example DAGs: they parse, and cover what they say they cover."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.chunks import plan_chunks
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.metrics import METRICS, History
from airflow_provider_ldusage.operators.context import warnings_of, window_of
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import RunWindow
from tests.support import metric_of

pytestmark = pytest.mark.airflow

MIDNIGHT = datetime(2026, 11, 23, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def dags(repository: Path) -> Any:
    from tests.names import CronPartitionTimetable, DagBag

    bag = DagBag(str(repository / "dags_examples"))
    too_new = set() if CronPartitionTimetable else {"ldusage_partitions.py"}
    assert {Path(name).name for name in bag.import_errors} == too_new
    return bag.dags


@pytest.fixture(scope="module")
def daily(dags: Any) -> Any:
    return dags["ldusage_daily"]


@pytest.fixture(scope="module")
def backfill(dags: Any) -> Any:
    return dags["ldusage_backfill"]


BILLED = (
    "clientside_mau", "service_connections", "experimentation_keys", "experimentation_events", "ai_runs",
    "data_export_events", "warehouse_export",
    *(f"observability_{kind}" for kind in ("sessions", "errors", "logs", "traces")),
)  # fmt: skip
PATHS = {
    "events": {"event_type": "received"},
    "streams": {"source": "client"},
    "streams_by_sdk_version": {"source": "client"},
    "stream_sdk_versions": {"source": "client"},
    "evaluations": {"project_key": "default", "environment_key": "production"},
}


def argument(task: Any, name: str) -> Any:
    """An operator's argument, whether its task is mapped or not; a mapped one's own come first, then the DAG's."""
    if not hasattr(task, "partial_kwargs"):
        return getattr(task, name)
    return task.partial_kwargs.get(name, task.dag.default_args.get(name))


def loads(dag: Any) -> dict[str, Any]:
    """The tasks that load a table, by table."""
    return {argument(task, "table"): task for task in dag.tasks if task.task_type == "LaunchDarklyUsageOperator"}


def query_of(task: Any) -> UsageQuery:
    metric = argument(task, "metric")
    return UsageQuery.build(metric, group_by=argument(task, "group_by") or (), **PATHS.get(metric, {}))


def test_every_metric_in_use_has_a_table_of_its_name_in_its_familys_group(daily: Any) -> None:
    found = {task.task_id: argument(task, "metric") for task in loads(daily).values()}
    wanted = {f"{entry.family}.{name}" for name, entry in METRICS.items() if not entry.deprecated}
    assert wanted <= found.keys()
    assert set(map(metric_of, found)) == wanted
    assert all(metric_of(task_id.partition(".")[2]) == metric for task_id, metric in found.items())
    assert {task.task_id.partition(".")[2]: table for table, task in loads(daily).items()} == {
        t: t for t in loads(daily)
    }


def test_what_is_billed_is_loaded_without_groups_too(daily: Any) -> None:
    totals = [query_of(task).metric.name for task in loads(daily).values() if not query_of(task).group_by]
    assert set(BILLED) <= set(totals)
    for table, task in loads(daily).items():
        if table.endswith("_total"):
            groups = query_of(loads(daily)[table.removesuffix("_total")])
            assert query_of(task) == replace(groups, group_by=()) != groups


@pytest.mark.parametrize(
    ("metric", "finest"), [("clientside_mau", "sdkAppId"), ("experimentation_keys", "experimentId")]
)
def test_billed_keys_are_loaded_by_project_as_they_cannot_be_summed(daily: Any, metric: str, finest: str) -> None:
    queries = {table: query_of(task) for table, task in loads(daily).items()}
    assert {query.group_by: table for table, query in queries.items() if query.metric.name == metric} == {
        ("projectId", "environmentId", finest): metric,
        ("projectId",): f"{metric}_by_project",
        (): f"{metric}_total",
    }


def test_no_load_depends_on_another(daily: Any) -> None:
    upstream = {task.task_id: task.upstream_task_ids for task in daily.tasks if task.upstream_task_ids}
    closing = {name: ids for name, ids in upstream.items() if name.endswith("_loaded")}
    assert closing == {name: {name.removesuffix("_loaded")} for name in closing}
    assert {name: ids for name, ids in upstream.items() if name not in closing} == {
        "evaluations.evaluations": {"evaluations.environments"},
        "report": {task.task_id for task in loads(daily).values()},
    }


@pytest.mark.parametrize(("dag_id", "months"), [("ldusage_daily", 1), ("ldusage_backfill", 12)])
def test_the_report_comes_last_whatever_became_of_the_loads(dags: Any, dag_id: str, months: int) -> None:
    report = dags[dag_id].get_task("report")
    assert report.is_teardown and not report.on_failure_fail_dagrun, "a failed load still fails the run"
    assert report.upstream_task_ids == {task.task_id for task in loads(dags[dag_id]).values()}
    assert (report.destination, report.months) == ("{{ var.value.ldusage_destination }}", months)
    assert [asset.uri for asset in report.outlets] == ["launchdarkly/usage_report"]


@pytest.mark.parametrize("plan", [None, '{"ai_runs": {"included": 5}}'])
def test_the_plan_is_optional(daily: Any, plan: str | None) -> None:
    variables = SimpleNamespace(value={} if plan is None else {"ldusage_plan": plan})
    rendered = daily.get_template_env().from_string(daily.get_task("report").plan).render(var=variables)
    assert rendered == (plan or "")
    assert bool(Plan.of(rendered).terms) == bool(plan)


@pytest.mark.parametrize("dag_id", ["ldusage_daily", "ldusage_backfill"])
def test_each_table_is_announced_by_one_task_and_left_out_without_a_plan(dags: Any, dag_id: str) -> None:
    for table, task in loads(dags[dag_id]).items():
        assert argument(task, "on_forbidden") == "skip"
        announcing = dags[dag_id].get_task(f"{task.task_id}_loaded") if table in PATHS else task
        assert [asset.uri for asset in announcing.outlets] == [f"launchdarkly/{table}"]
        if table in PATHS:
            assert announcing.is_teardown
            assert argument(task, "map_index_template")


def test_the_examples_need_a_connection_and_a_destination_and_nothing_else(repository: Path) -> None:
    text = (repository / "dags_examples" / "ldusage.py").read_text()
    assert text.count("var.value.") == 3
    assert text.count("var.value.get(") == 2, "the plan and the billing day, which need not be there"
    assert text.count("launchdarkly_default") == 2, "in the text above, and in CONNECTION"


def test_the_backfill_loads_every_history_into_the_tables_of_the_daily_dag(daily: Any, backfill: Any) -> None:
    every_day, at_once = loads(daily), loads(backfill)
    wanted = {table for table, task in every_day.items() if query_of(task).metric.history is not History.SNAPSHOT}
    assert at_once.keys() == wanted
    for table, task in at_once.items():
        assert query_of(task) == query_of(every_day[table])


def rendered_window(task: Any, run_after: datetime, start: str | None, end: str | None, conf: Any = None) -> RunWindow:
    """The days of a task in a manual run with these params or this conf."""
    dag_run = SimpleNamespace(run_after=run_after, conf=conf, run_type="manual")
    context: Any = {"params": {"start": start, "end": end}, "dag_run": dag_run, "dag": task.dag}
    templates = task.dag.get_template_env()
    days = [templates.from_string(argument(task, name)).render(context) for name in ("start", "end")]
    window = window_of(context, *days)
    assert not warnings_of(context, window)
    return window


def requests_planned(task: Any, window: Window, now: datetime) -> int:
    """For one slice and flag. No look-back is added to days that are named."""
    assert argument(task, "lookback") is None
    return len(plan_chunks(query_of(task), window, now))


@pytest.mark.parametrize(
    ("today", "start", "end", "expected"),
    [
        ("2026-11-23", None, None, ("2025-12-01", "2026-11-23")),
        ("2026-12-01", None, None, ("2025-12-01", "2026-12-01")),
        ("2027-01-31", None, None, ("2026-02-01", "2027-01-31")),
        ("2026-11-23", None, "2026-01-01", ("2025-01-01", "2026-01-01")),
        ("2026-11-23", "2026-03-04", None, ("2026-03-04", "2026-11-23")),
        ("2026-11-23", "2025-01-01", "2026-01-01", ("2025-01-01", "2026-01-01")),
        ("2024-12-31", None, None, ("2024-01-01", "2024-12-31")),
        ("2025-01-01", None, None, ("2024-02-01", "2025-01-01")),
    ],
)
def test_the_backfill_loads_the_days_given_or_the_past_years_whole_months(
    backfill: Any, today: str, start: str | None, end: str | None, expected: tuple[str, str]
) -> None:
    assert backfill.params.dump() == {"start": None, "end": None}
    run_after = datetime.fromisoformat(f"{today}T23:59:00+00:00")
    for task in loads(backfill).values():
        found = rendered_window(task, run_after, start, end)
        assert (found.window.isoformat(), found.named) == (list(expected), True)


@pytest.mark.parametrize("params", [(None, None), ("2024-01-01", "2024-02-01")])
def test_the_backfill_takes_the_conf_that_works_for_every_dag(backfill: Any, params: tuple[Any, Any]) -> None:
    named = {"start": "2025-01-01", "end": "2026-01-01"}
    for task in loads(backfill).values():
        by_conf = rendered_window(task, MIDNIGHT, *params, {"ldusage": named})
        by_form = rendered_window(task, MIDNIGHT, named["start"], named["end"], named)
        assert by_conf.window == by_form.window == Window(date(2025, 1, 1), date(2026, 1, 1))
        assert by_conf.named and by_form.named


@pytest.mark.parametrize("wrong", [{"start": "2025-01-01"}, {}, None, {"start": "2025-01-01", "end": "2025-01-01"}])
def test_the_backfill_refuses_a_conf_that_every_dag_refuses(backfill: Any, wrong: Any) -> None:
    with pytest.raises(UsageArgumentError, match="conf"):
        rendered_window(loads(backfill)["total_mau"], MIDNIGHT, None, None, {"ldusage": wrong})


def test_without_dates_the_backfill_is_one_request_a_table_on_any_day(backfill: Any) -> None:
    lists = {name for name, entry in METRICS.items() if entry.history is History.DAILY_LIST}
    tasks = {metric: task for metric, task in loads(backfill).items() if metric not in lists}
    for number in range(4 * 366):
        now = datetime(2026, 11, 23, 12, tzinfo=timezone.utc) + timedelta(days=number)
        window = rendered_window(loads(backfill)["total_mau"], now, None, None).window
        assert window.start.day == 1
        assert 335 <= len(window) <= 365
        for metric in ("total_mau", "service_connections", "events") if number else tasks:
            assert requests_planned(tasks[metric], window, now) == 1


def test_the_backfill_asks_once_for_a_year_of_a_table(backfill: Any) -> None:
    now = datetime(2026, 11, 23, tzinfo=timezone.utc)
    year = Window(date(2025, 1, 1), date(2026, 1, 1))
    for task in loads(backfill).values():
        one_a_day = query_of(task).metric.history is History.DAILY_LIST
        assert requests_planned(task, year, now) == (365 if one_a_day else 1)


def test_the_backfill_takes_a_list_however_many_days(backfill: Any) -> None:
    for metric in ("mau_sdks", "data_export_project_ranking"):
        assert argument(loads(backfill)[metric], "max_requests") > 5 * 366


@pytest.mark.parametrize("wrong", ["2026-13-01", "1 March", "2026-03-01T00:00:00", "", 20260301])
@pytest.mark.parametrize("name", ["start", "end"])
def test_the_backfills_form_refuses_what_is_no_date(backfill: Any, name: str, wrong: Any) -> None:
    from airflow.exceptions import AirflowException

    param = backfill.params.get_param(name)
    assert param.resolve("2026-03-01") == "2026-03-01"
    with pytest.raises(AirflowException):
        param.resolve(wrong)


def test_the_backfill_is_not_scheduled(backfill: Any) -> None:
    assert backfill.timetable.can_be_scheduled is False
