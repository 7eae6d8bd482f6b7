"""``ldusage check``: a connection that works, one that works in part, and those that do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.testing import Simulator

pytest.importorskip("airflow")
pytestmark = pytest.mark.airflow


@pytest.fixture
def connected(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(simulator.connection()))
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps({**simulator.connection(), "password": "api-no-such-token"}))
    return simulator


def usage_paths(simulator: Simulator) -> list[str]:
    return [request.path for request in simulator.requests if "/usage/" in request.path]


def test_a_connection_that_works_reads_every_endpoint(ldusage: Any, connected: Simulator) -> None:
    shown = ldusage("check")
    assert shown.code == 0, shown.err
    assert shown.lines[-1] == "30 ok"
    assert max(map(len, shown.lines)) <= 120
    assert {shown.row(name)[-1] for name in METRICS} == {"ok"}
    assert connected.account_id in shown.out
    assert connected.token not in shown.out + shown.err


def test_each_endpoint_is_asked_once(ldusage: Any, connected: Simulator) -> None:
    found = ldusage("check", "--json").data
    assert [each["metric"] for each in found["endpoints"]] == list(METRICS)
    assert len(usage_paths(connected)) == len(set(usage_paths(connected))) == 28
    assert len(connected.requests) == 28 + 1 + 2 + 3, "usage, the account, two lists, and a flag to ask for"
    assert (found["connection"], found["account"]) == ("launchdarkly_default", connected.account_id)


def test_endpoints_that_the_plan_lacks_are_named_with_the_remedy(ldusage: Any, connected: Simulator) -> None:
    connected.fail(status=403, path="/usage/observability", times=99)
    shown = ldusage("check")
    assert shown.code == 0, "the others work"
    assert shown.row("observability_logs")[-1] == "forbidden"
    assert shown.lines[-1] == "25 ok, 5 forbidden"
    assert shown.out.count("account's plan") == 1, "said once"
    endpoints = {each["metric"]: each for each in ldusage("check", "--json").data["endpoints"]}
    assert endpoints["observability_errors"]["status"] == 403
    assert "account's plan" in endpoints["observability_errors"]["message"]


def test_a_connection_without_any_usage_endpoint_does_not_work(ldusage: Any, connected: Simulator) -> None:
    connected.fail(status=403, path="/usage/", times=99)
    shown = ldusage("check")
    assert shown.code == 1
    assert shown.lines[-1] == "28 forbidden, 2 ok"


def test_a_wrong_token_is_said_and_not_shown(ldusage: Any, connected: Simulator) -> None:
    ended = ldusage("check", "other", "--json")
    assert (ended.code, ended.out) == (1, "")
    assert "access token" in ended.err and "api-no-such-token" not in ended.err
    assert len(ended.err.splitlines()) <= 2
    assert len(connected.requests) == 1


def test_a_token_that_is_revoked_meanwhile_ends_it(ldusage: Any, connected: Simulator) -> None:
    connected.fail(status=401, path="/usage/clientside-mau", times=99)
    assert ldusage("check").code == 1
    assert len(usage_paths(connected)) == 1


def test_odd_answers_and_missing_endpoints_are_told_apart(ldusage: Any, connected: Simulator) -> None:
    connected.fail(status=404, path="/usage/vega-ai", times=99)
    connected.fail(status=400, path="/usage/ai-runs", times=99)
    shown = ldusage("check")
    assert (shown.row("vega_ai")[-1], shown.row("ai_runs")[-1]) == ("not found", "error")
    assert shown.lines[-1] == "28 ok, 1 error, 1 not found"


def test_an_account_without_flags_is_not_asked_about_them(ldusage: Any, connected: Simulator) -> None:
    connected.fail(status=200, body={"items": []}, path="/api/v2/flags", times=99)
    shown = ldusage("check")
    assert shown.row("evaluations")[-1] == "not tried"
    assert "The account has nothing to ask for as featureFlagKey. This metric has usage once" in shown.out
    assert shown.row("environments")[-1] == "ok"


def test_a_clock_that_is_off_is_said(ldusage: Any, connected: Simulator) -> None:
    assert "LaunchDarkly's" in ldusage("check").out
    found = ldusage("check", "--json").data
    assert found["clock_ahead_seconds"] != 0, "the simulator's clock stands still in November 2026"


def test_a_connection_that_is_not_there_is_an_error(ldusage: Any, connected: Simulator) -> None:
    ended = ldusage("check", "nowhere")
    assert (ended.code, ended.out) == (1, "")
    assert "AIRFLOW_CONN_NOWHERE" in ended.err and "airflow connections get" in ended.err
    assert len(ended.err.splitlines()) <= 2
