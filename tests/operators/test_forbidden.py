"""Usage that LaunchDarkly denies: the task fails, or is skipped and says why."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.compat import AirflowFailException, AirflowSkipException
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators.forbidden import ON_FORBIDDEN, on_forbidden_of
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.operators.waiting import a_run

pytestmark = pytest.mark.airflow
DENIED = {"status": 403, "body": {"code": "forbidden", "message": "no"}}
EVERY_FLAG = {"metric": "evaluations", "project_key": "default", "environment_key": "production"}


def load(lake: Path, **arguments: Any) -> Any:
    arguments = {"destination": lake.as_uri(), "metric": "vega_ai", "on_forbidden": "skip", **arguments}
    return LaunchDarklyUsageOperator(task_id="load", **arguments).execute(a_run())


@pytest.mark.parametrize("metric", ["vega_ai", "mau_sdks", "sdk_versions_all"])
def test_a_task_without_a_plan_for_it_is_skipped_in_one_plain_line(
    tmp_path: Path, simulator: Simulator, metric: str
) -> None:
    simulator.switches = Switches(not_in_plan=frozenset({"vega-ai", "mau/sdks", "sdk-versions/*"}))
    with pytest.raises(AirflowSkipException) as caught:
        load(tmp_path / "lake", metric=metric)
    assert str(caught.value) == (
        f"LaunchDarkly denies {metric} (403 forbidden): the account's plan does not include it, or the token's role "
        "may not read it. Nothing was loaded."
    )
    assert not (tmp_path / "lake").exists()


def test_a_table_that_is_there_stays_as_it_is(
    tmp_path: Path, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    days = {"start": "2026-01-01", "end": "2026-01-04"}
    load(tmp_path, **EVERY_FLAG, **days)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    simulator.fail(**DENIED, path="/usage/evaluations")
    with pytest.raises(AirflowSkipException), caplog.at_level(logging.INFO):
        load(tmp_path, **EVERY_FLAG, **days)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert any("(403 forbidden: no). " in record.getMessage() for record in caplog.records), "LaunchDarkly's own words"


@pytest.mark.parametrize(
    ("trouble", "arguments"),
    [
        ({**DENIED, "path": "caller-identity"}, {}),
        ({**DENIED, "path": "/api/v2/projects"}, {"metric": "projects"}),
        ({**DENIED, "path": "/api/v2/flags/"}, EVERY_FLAG),
        ({"status": 403, "body": {"message": "This is a beta API, you must pass beta"}, "path": "vega-ai"}, {}),
        ({"status": 403, "body": b"<html>Blocked by policy</html>", "path": "vega-ai"}, {}),
        ({"status": 401, "body": {"code": "unauthorized", "message": "no"}, "path": "vega-ai"}, {}),
    ],
    ids=["the account", "projects", "flags", "the beta header", "a proxy", "401"],
)
def test_what_is_no_matter_of_the_plan_fails_all_the_same(
    tmp_path: Path, simulator: Simulator, trouble: dict[str, Any], arguments: dict[str, Any]
) -> None:
    simulator.fail(**trouble)
    with pytest.raises(AirflowFailException, match=r"40[13]"):
        load(tmp_path, **arguments)


@pytest.mark.parametrize("value", [None, "", "fail", " fail "])
def test_by_default_the_task_fails(tmp_path: Path, simulator: Simulator, value: str | None) -> None:
    simulator.switches = Switches(not_in_plan=frozenset({"vega-ai"}))
    with pytest.raises(AirflowFailException, match=r"^LaunchDarkly denies this usage .*plan"):
        load(tmp_path, on_forbidden=value)


def test_another_value_is_refused_before_any_request(tmp_path: Path, simulator: Simulator) -> None:
    with pytest.raises(AirflowFailException, match=r"on_forbidden='ignore' is not allowed. Allowed: fail, skip"):
        load(tmp_path, on_forbidden="ignore")
    assert not simulator.requests
    with pytest.raises(UsageArgumentError):
        on_forbidden_of(True)
    assert {on_forbidden_of(name) for name in ON_FORBIDDEN} == set(ON_FORBIDDEN.values())
