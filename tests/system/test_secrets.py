"""The token, in whatever way a load fails, is nowhere that Airflow or the lake keeps anything."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_the_token_is_nowhere_though_every_answer_repeats_it(airflow: Airflow, now: datetime, memory: Path) -> None:
    lake = memory / "lake"
    with Simulator() as sim, Simulator(token="api-elsewhere-0123456789abcdef") as elsewhere:
        token, wrong = sim.token, "api-wrong-0123456789-abcdef-secret"
        echo = {"code": "oops", "message": f"you sent Authorization: {token}"}
        sim.fail(400, body=echo, times=99, path="ai-runs")
        sim.fail(403, body=echo, times=99, path="vega-ai")
        sim.fail(302, headers={"Location": f"{elsewhere.url}/?token={token}"}, times=99, path="total-mau")
        sim.fail(200, body=f"<html>{token}</html>".encode(), times=99, path="clientside-mau")
        sim.fail(500, body=echo, headers={"X-Echo": token}, times=2, path="warehouse-export")
        sim.fail(404, body=echo, times=99, path="warehouse-export")
        sim.fail(200, body={token: token}, times=99, path="sdk-versions/all")
        next_page = {"items": [], "_links": {"next": {"href": f"{elsewhere.url}/api/v2/projects?t={token}"}}}
        sim.fail(200, body=next_page, times=99, path="/api/v2/projects")
        airflow.use(sim, lake)
        airflow.environment["AIRFLOW_CONN_LAUNCHDARKLY_WRONG"] = json.dumps({**sim.connection(), "password": wrong})
        done = airflow.cli("dags", "test", "failing", now.date().isoformat(), check=False)
        states = dict(airflow.query("SELECT task_id, state FROM task_instance WHERE dag_id = 'failing'"))
        assert len(states) == 9
        assert set(states.values()) == {"failed"}, states
        assert not elsewhere.requests

    assert "wrong_argument" in done.stdout and "nonsense" in done.stdout
    kept = [path for folder in (airflow.home, memory) for path in folder.rglob("*") if path.is_file()]
    assert kept
    for secret in (token, wrong):
        assert secret not in done.stdout + done.stderr
        assert [str(path) for path in kept if secret.encode() in path.read_bytes()] == []


def test_an_environments_sdk_keys_never_reach_the_lake(airflow: Airflow) -> None:
    from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook

    with Simulator() as sim, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(sim.connection()))
        assert "-SECRET-" in json.dumps(LaunchDarklyUsageHook().list_environments("default"))
        found = LaunchDarklyUsageHook().get_usage("environments")
    assert found.num_rows > 0
    assert "-SECRET-" not in json.dumps(found.to_pylist())
