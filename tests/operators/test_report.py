"""The task that reports."""

from __future__ import annotations

import logging
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.compat import AirflowFailException, Asset
from airflow_provider_ldusage.exceptions import PlanAlertError, UsageArgumentError
from airflow_provider_ldusage.links import report_page
from airflow_provider_ldusage.operators.report import LaunchDarklyUsageReportOperator
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader
from tests.operators.outlet_events import ME, Task, context

pytestmark = pytest.mark.airflow
ASSET = Asset("launchdarkly/report")
SMALL = {"clientside_mau": {"included": 10, "price": 1}}


@pytest.fixture
def lake(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """A lake of a month and a half, reported on 12 November 2026."""
    simulator.now = NOW
    load = Loader(simulator, tmp_path / "lake")
    load("2026-10-01", "2026-11-11", table="mau", metric="clientside_mau")
    load("2026-10-01", "2026-11-11", table="mau_by_project", metric="clientside_mau", group_by=["projectId"])
    monkeypatch.setattr("airflow_provider_ldusage.insight.report.utc_now", lambda: NOW)
    return load


def run(lake: Loader, within: Any = None, **arguments: Any) -> dict[str, Any]:
    task = LaunchDarklyUsageReportOperator(task_id="report", destination=lake.lake.as_uri(), **arguments)
    return task.execute(within or context())


def test_the_report_is_written_and_returned(lake: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    found = run(lake, plan=SMALL)
    assert [each["table"] for each in found["tables"]] == ["usage_meters", "usage_by_owner", "lake_health"]
    assert {row["meter"] for row in lake.rows("usage_meters")} == {"clientside_mau"}
    assert {row["level"] for row in lake.rows("usage_by_owner")} == {"project"}
    assert found["alerts"] == ["clientside_mau"]
    assert "clientside_mau: the plan is passed, cost 826.00 to date, 1,225.96 expected" in caplog.messages
    assert found["health"] == {"missing": {"days": 0, "tables": []}, "late": {"days": 0, "tables": []}}
    assert "Health: every day of every table is there" in caplog.messages
    assert [line for line in caplog.messages if line.startswith("clientside_mau: ") and "to date" in line]


def test_the_task_leads_to_the_page(lake: Loader) -> None:
    task = LaunchDarklyUsageReportOperator(task_id="report", destination=lake.lake.as_uri())
    task.execute(context())
    (link,) = task.operator_extra_links
    assert link.get_link(task, ti_key=None) == report_page()


def test_arguments_may_be_text(lake: Loader) -> None:
    found = run(
        lake, plan='{"clientside_mau": {"included": "1e6"}}', billing_day="15", warn_at="[0.5]", months="0",
        tables="{'clientside_mau': 'mau'}", alerts=" warn ", stale_after="60",
    )  # fmt: skip
    assert (found["meters"][0]["included"], found["owners"]) == (1_000_000, [])
    assert found["hygiene"]["stale_after"] == 60


def test_an_alert_fails_after_writing_and_is_said_once_a_period(lake: Loader) -> None:
    with pytest.raises(PlanAlertError, match="clientside_mau: the plan is passed") as failed:
        run(lake, plan=SMALL, alerts="fail")
    assert isinstance(failed.value, AirflowFailException)
    assert lake.rows("usage_meters")[-1]["usage_date"] == "2026-11-11"
    with pytest.raises(PlanAlertError):
        run(lake, plan=SMALL, alerts="fail")


def test_what_the_day_before_has_said_is_no_news(lake: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    run(lake, plan=SMALL, alerts="off")
    later = NOW + timedelta(days=1)
    lake.simulator.now = later
    lake("2026-11-12", "2026-11-12", table="mau", metric="clientside_mau")
    monkeypatch.setattr("airflow_provider_ldusage.insight.report.utc_now", lambda: later)
    found = run(lake, plan=SMALL, alerts="fail")
    assert (found["alerts"], found["meters"][0]["verdict"]) == ([], "the plan is passed")


def test_the_asset_hears_of_the_days(lake: Loader) -> None:
    within = context(Task(ME._replace(task_id="report")))
    run(lake, within, outlets=[ASSET])
    told = within["outlet_events"][ASSET].extra
    assert told["table"] == "usage_by_owner, usage_meters"
    assert told["days"] == "2026-10-01/2026-11-11"


def test_without_changes_the_asset_hears_nothing(lake: Loader) -> None:
    run(lake)
    task = LaunchDarklyUsageReportOperator(task_id="report", destination=lake.lake.as_uri(), outlets=[ASSET])
    task.execute(context(Task(ME._replace(task_id="report"))))
    assert task.outlets == []


def test_it_is_a_teardown_unless_a_trigger_rule_is_given() -> None:
    task = LaunchDarklyUsageReportOperator(task_id="report", destination="file:///lake")
    other = LaunchDarklyUsageReportOperator(task_id="other", destination="file:///lake", trigger_rule="all_done")
    assert (task.is_teardown, task.on_failure_fail_dagrun) == (True, False)
    assert (other.is_teardown, other.trigger_rule) == (False, "all_done")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"alerts": "wran"}, "Did you mean 'warn'"),
        ({"plan": {"clientside": {}}}, "it is no meter"),
        ({"billing_day": 32}, "1 to 31"),
        ({"billing_day": "first"}, "1 to 31"),
        ({"warn_at": 0.7}, "for 70 %"),
        ({"months": 14}, "0 to 12"),
        ({"tables": {"clientside_mau": "no"}}, "has no table"),
        ({"tables": {"clientside_mau": ""}}, "is empty"),
        ({"asset_events": "never"}, "Allowed: changed"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(
    lake: Loader, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageArgumentError, match=said):
        run(lake, **arguments)
    assert not (lake.lake / "usage_meters").exists()


def test_what_may_be_templated_is() -> None:
    made = set(LaunchDarklyUsageReportOperator.template_fields)
    assert made == {"destination", "plan", "billing_day", "warn_at", "alerts", "months", "tables", "stale_after"}


def test_it_leaves_airflows_own_names_alone() -> None:
    """Airflow 2 keeps a task's logger as ``_log``, and copies a task without it."""
    copied = copy(LaunchDarklyUsageReportOperator(task_id="report", destination="file:///lake"))
    assert callable(copied.log.info)
    assert "_log" not in vars(LaunchDarklyUsageReportOperator)
