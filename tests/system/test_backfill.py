"""The example backfill DAG in a real Airflow: a year of every metric that has a history, in as few requests as
LaunchDarkly's rules allow; the daily example then carries on in the same tables.

How many requests it takes is reckoned here from what docs/windows.md says, not from the code: ranges of 365 days at
most, month-to-date from a month's first day, the two lists a day at a time, evaluations a flag at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.insight.report import TABLES as REPORT_TABLES
from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.testing.account.sample import build_account
from tests.support import EVALUATIONS, PLACE, SNAPSHOTS, Load, Row, columns_of, expected_rows, stored_rows
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]

LONGEST = 365  # days that one request may ask for
DAILY_LOOKBACK = 3
USAGE = "/api/v2/usage/"
LEFT_OUT = {"state", "report", *REPORT_TABLES}  # states have times; reports know more names than before

MONTH_TO_DATE = (
    Load("clientside_mau", "clientside-mau", (*PLACE, "sdkAppId"), aggregation_type="month_to_date"),
    Load("total_mau", "total-mau", ("projectId",), aggregation_type="month_to_date"),
    Load("clientside_contexts", "clientside-contexts", (*PLACE, "sdkAppId"), aggregation_type="month_to_date"),
    Load("serverside_contexts", "serverside-contexts", (*PLACE, "sdkAppId"), aggregation_type="month_to_date"),
    Load("total_contexts", "total-contexts", ("projectId",), aggregation_type="month_to_date"),
    Load("experimentation_keys", "experimentation-keys", (*PLACE, "experimentId"), aggregation_type="month_to_date"),
    Load("observability_metrics", "observability/metrics", aggregation_type="month_to_date"),
)
INCREMENTAL = (
    Load("data_export_events", "data-export-events", ("environmentId", "eventKind", "destinationId"),
         aggregation_type="incremental"),
    Load("warehouse_export", "warehouse-export", (*PLACE, "destinationId"), aggregation_type="incremental"),
    Load("experimentation_events", "experimentation-events", ("environmentId", "eventKey"),
         aggregation_type="incremental"),
    Load("service_connections", "service-connections", (*PLACE, "sdkName", "sdkVersion", "sdkAppId"),
         aggregation_type="incremental"),
    Load("observability_errors", "observability/errors", aggregation_type="incremental"),
    Load("observability_logs", "observability/logs", aggregation_type="incremental"),
    Load("observability_sessions", "observability/sessions", aggregation_type="incremental"),
    Load("observability_traces", "observability/traces", aggregation_type="incremental"),
    Load("ai_runs", "ai-runs", (*PLACE, "sdkName"), aggregation_type="incremental"),
    Load("vega_ai", "vega-ai", aggregation_type="incremental"),
)  # fmt: skip
CHOSEN_BY_THE_API = (
    Load("events", "events/{type}", path={"event_type": "received"}),
    Load("events", "events/{type}", path={"event_type": "published"}),
    Load("streams", "streams/{source}", path={"source": "client"}),
    Load("streams", "streams/{source}", path={"source": "server"}),
    Load("streams_by_sdk_version", "streams/{source}/bysdkversion", path={"source": "client"}),
    Load("streams_by_sdk_version", "streams/{source}/bysdkversion", path={"source": "server"}),
)
BY_PROJECT = (
    Load("clientside_mau", "clientside-mau", ("projectId",), aggregation_type="month_to_date"),
    Load("experimentation_keys", "experimentation-keys", ("projectId",), aggregation_type="month_to_date"),
)
TOTALS = tuple(
    replace(load, group_by=()) for load in (*MONTH_TO_DATE, *INCREMENTAL)
    if load.metric in (
        "clientside_mau", "total_mau", "data_export_events", "warehouse_export", "experimentation_events",
        "experimentation_keys", "service_connections", "ai_runs",
    )
)  # fmt: skip
DAILY_LISTS = (
    Load("mau_sdks", "mau/sdks"),
    Load("data_export_project_ranking", "data-export-events/projects/ranking"),
)


def evaluations(account_id: str) -> tuple[Load, ...]:
    """Every flag of each project's production, as the examples have it."""
    return tuple(
        Load("evaluations", EVALUATIONS, path={
            "project_key": project.key, "environment_key": "production",
            "feature_flag_key": [flag.key for flag in project.flags]})
        for project in build_account(account_id).current_projects
    )  # fmt: skip


def table_of(load: Load) -> str:
    """The example's table."""
    if load in BY_PROJECT:
        return f"{load.metric}_by_project"
    return f"{load.metric}_total" if load in TOTALS else load.metric


def path_of(load: Load, flag: str | None = None) -> str:
    names = {"type": "event_type", "source": "source", "projectKey": "project_key", "environmentKey": "environment_key"}
    values = {name: load.path.get(argument) for name, argument in names.items()}
    return USAGE + load.endpoint.format(**values, featureFlagKey=flag)


def requests_for(first: date, end: date, account_id: str, *, daily: bool = False) -> Counter[str]:
    """How many requests the rules allow for these days, by URL path; a daily run looks back besides."""
    found: Counter[str] = Counter()
    days = (end - first).days
    at_once = -(-days // LONGEST)
    for load in (*MONTH_TO_DATE, *INCREMENTAL, *BY_PROJECT, *TOTALS, *CHOSEN_BY_THE_API):
        of_the_month = load.aggregation_type == "month_to_date" and not daily
        found[path_of(load)] += -(-(end - first.replace(day=1)).days // LONGEST) if of_the_month else at_once
    for load in DAILY_LISTS:
        found[path_of(load)] = days + (DAILY_LOOKBACK if daily else 0)
    for load in evaluations(account_id):
        for flag in load.path["feature_flag_key"]:
            found[path_of(load, flag)] = at_once
    return found


@dataclass
class Run:
    """What one run of a DAG asked for, returned and left behind."""

    reports: dict[tuple[str, int], dict[str, Any]]  # by table and map index
    usage: Counter[str]  # requests by URL path
    others: Counter[str]
    files: dict[str, str] = field(default_factory=dict)  # each file of a load but its states, with a hash

    def days(self, kind: str) -> dict[tuple[str, int], int]:
        counts = {task: report["days"][kind]["count"] for task, report in self.reports.items()}
        return {task: count for task, count in counts.items() if count}


@dataclass
class Story:
    """The 365 days before today by the run's conf; again without dates, which is the months of that year; and then the
    daily DAG. Nothing changes in LaunchDarkly meanwhile."""

    simulator: Simulator
    lake: Path
    window: tuple[date, date]
    year: Run
    again: Run
    daily: Run


def run(airflow: Airflow, sim: Simulator, lake: Path, dag_id: str, *options: str) -> Run:
    """``airflow dags test``. Fails unless every task succeeded."""
    sim.clear_requests()
    before = {found for (found,) in airflow.query("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)}
    done = airflow.cli("dags", "test", dag_id, *options)
    after = {found for (found,) in airflow.query("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)}
    (run_id,) = after - before
    of = (dag_id, run_id)
    states = airflow.query("SELECT task_id, state FROM task_instance WHERE dag_id = ? AND run_id = ?", *of)
    failed = sorted(task for task, state in states if state != "success")
    assert states and not failed, f"{failed}\n{done.stdout[-8000:]}"
    reports = {}
    for task, index, value in airflow.query(
        "SELECT task_id, map_index, value FROM xcom WHERE dag_id = ? AND run_id = ? AND key = 'return_value'", *of
    ):
        value = json.loads(value)
        value = json.loads(value) if isinstance(value, str) else value
        if isinstance(value, dict) and "requests" in value:  # other tasks find out what to map over, announce, report
            reports[task.split(".")[-1], index] = value
    paths = [request.path for request in sim.requests]
    return Run(
        reports,
        Counter(path for path in paths if path.startswith(USAGE)),
        Counter(path for path in paths if not path.startswith(USAGE)),
        {
            str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(lake.rglob("*"))
            if path.is_file() and not LEFT_OUT & set(path.relative_to(lake).with_suffix("").parts)
        },
    )


@pytest.fixture(scope="module")
def story(airflow: Airflow, now: datetime, repository: Path, lake: Path) -> Iterator[Story]:
    end = now.date()
    start = end - timedelta(days=LONGEST)
    year = json.dumps({"start": start.isoformat(), "end": end.isoformat()})
    with Simulator(now=now, switches=Switches(data_through_lag_hours=0)) as sim:
        airflow.use(sim, lake, ldusage_destination=lake.as_uri())
        airflow.environment["AIRFLOW__CORE__DAGS_FOLDER"] = str(repository / "dags_examples")
        yield Story(
            sim,
            lake,
            (start, end),
            year=run(airflow, sim, lake, "ldusage_backfill", "--conf", year),
            again=run(airflow, sim, lake, "ldusage_backfill"),
            daily=run(airflow, sim, lake, "ldusage_daily", end.isoformat()),
        )


LOADS = (*MONTH_TO_DATE, *INCREMENTAL, *BY_PROJECT, *TOTALS, *CHOSEN_BY_THE_API, *DAILY_LISTS)
TABLES = (*dict.fromkeys(map(table_of, LOADS)), "evaluations")


def test_the_year_takes_as_many_requests_as_the_rules_ask_for(story: Story) -> None:
    assert story.year.usage == requests_for(*story.window, story.simulator.account_id)


def test_beside_usage_a_task_asks_for_its_account_and_flags(story: Story) -> None:
    loads = (*LOADS, *evaluations(story.simulator.account_id))
    projects = [load.path["project_key"] for load in evaluations(story.simulator.account_id)]
    assert story.year.others == {
        "/api/v2/caller-identity": len(loads),
        "/api/v2/projects": 1,
        **{f"/api/v2/projects/{key}/environments": 1 for key in projects},
        **{f"/api/v2/flags/{key}": 2 for key in projects},  # those in use, and the archived ones
    }


def test_whose_the_token_is_nobody_asks_again(story: Story) -> None:
    assert not story.again.others["/api/v2/caller-identity"]
    new = [name for name, _ in story.daily.reports if name in SNAPSHOTS]
    assert story.daily.others["/api/v2/caller-identity"] == len(new) < len(story.daily.reports) / 4


@pytest.mark.parametrize("table", TABLES)
def test_the_table_equals_the_simulators_truth_of_the_year(story: Story, table: str) -> None:
    reports = [report for (name, _), report in story.year.reports.items() if name == table]
    loads = [load for load in (*LOADS, *evaluations(story.simulator.account_id)) if table_of(load) == table]
    assert len(reports) == len(loads)
    assert {report["table"] for report in reports} == {table}
    columns = columns_of(story.lake, table)
    truth: Counter[Row] = Counter()
    for load in loads:
        truth += expected_rows(story.simulator, load, *story.window, columns)
    assert stored_rows(story.lake / table) == truth
    assert sum(report["rows"] for report in reports) == truth.total() > 300
    folders = {name.split("/")[1] for name in story.year.files if name.startswith(f"{table}/")}
    first = story.window[0]
    assert folders == {f"usage_date={first + timedelta(days=n)}" for n in range(LONGEST)}


def test_without_dates_it_is_a_years_months_in_one_request_a_table(story: Story) -> None:
    (window,) = {tuple(report["window"]) for report in story.again.reports.values()}
    first, end = map(date.fromisoformat, window)
    assert end == story.window[1]
    assert first.day == 1
    assert LONGEST - 31 < (end - first).days <= LONGEST
    assert story.again.usage == requests_for(first, end, story.simulator.account_id)
    several = {path for path, count in story.again.usage.items() if count > 1}
    assert several == {path_of(load) for load in (*DAILY_LISTS, *TOTALS)}
    tables = Counter(path_of(load) for load in LOADS)
    assert all(story.again.usage[path_of(load)] == tables[path_of(load)] for load in TOTALS), "one for each table"


def test_the_second_run_writes_nothing_and_leaves_the_same_bytes(story: Story) -> None:
    assert story.again.reports.keys() == story.year.reports.keys()
    for report in story.again.reports.values():
        days = {kind: found["count"] for kind, found in report["days"].items()}
        asked = date.fromisoformat(report["window"][1]) - date.fromisoformat(report["window"][0])
        # LaunchDarkly's clock stands still here, so a question may count as earlier than one of the first run.
        assert days["unchanged"] + days["empty"] + days["superseded"] == asked.days
    assert story.again.files == story.year.files


def test_the_daily_dag_carries_on_in_the_same_tables(story: Story) -> None:
    for task, report in story.year.reports.items():
        assert story.daily.reports[task]["table"] == report["table"]
    assert {name: story.daily.files[name] for name in story.year.files} == story.year.files
    new = story.daily.days("written")
    assert {name for name, _ in new} == set(SNAPSHOTS), "what has no history, the backfill leaves out"
    assert story.daily.days("restated") == story.daily.days("kept") == {}


def test_the_daily_dag_asks_once_for_a_table_whatever_it_looks_back(story: Story) -> None:
    first = story.window[1] - timedelta(days=1)
    lists = {f"{USAGE}streams/{side}/sdkversions": 1 for side in ("client", "server")}
    lists |= {f"{USAGE}sdk-versions/details": 1, f"{USAGE}sdk-versions/all": 1}
    expected = requests_for(first, story.window[1], story.simulator.account_id, daily=True)
    assert story.daily.usage == expected + Counter(lists)
