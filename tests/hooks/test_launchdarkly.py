"""The hook: a connection made into access to the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_ldusage.exceptions import ConnectionConfigError, RateLimitedError, UsageArgumentError
from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook
from airflow_provider_ldusage.testing import Simulator

pytestmark = pytest.mark.airflow


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with Simulator() as sim:
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(sim.connection()))
        yield sim


def test_making_a_hook_reads_no_connection() -> None:
    assert LaunchDarklyUsageHook("not_defined_anywhere").launchdarkly_conn_id == "not_defined_anywhere"


def test_airflow_makes_the_hook_from_its_connection(simulator: Simulator) -> None:
    hook = LaunchDarklyUsageHook.get_hook("launchdarkly_default")
    assert isinstance(hook, LaunchDarklyUsageHook)
    assert hook.client.account().host == "127.0.0.1"


def test_each_execution_of_a_task_has_a_client_of_its_own(simulator: Simulator) -> None:
    hook = LaunchDarklyUsageHook()
    simulator.fail(429, headers={"Retry-After": "120"}, path="caller-identity")
    with hook.new_client(waited=150.0, defer_from=60.0) as client, pytest.raises(RateLimitedError) as caught:
        client.account()
    assert caught.value.waited == 150 and caught.value.retry_in is not None and 120 <= caught.value.retry_in <= 122
    assert client is not hook.client and hook.client is hook.client
    assert hook.client.account().id == simulator.account_id


def test_the_test_button_asks_once_who_the_token_is(simulator: Simulator) -> None:
    found, message = LaunchDarklyUsageHook().test_connection()
    assert found, message
    assert simulator.account_id in message
    assert [request.path for request in simulator.requests] == ["/api/v2/caller-identity"]


@pytest.mark.parametrize("password", ["wrong-token-0123456789", "", "sdk-0123456789abcdef"])
def test_the_test_button_says_what_is_wrong_without_the_token(
    password: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {**simulator.connection(), "password": password}
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(connection))
    found, message = LaunchDarklyUsageHook().test_connection()
    assert not found
    assert "token" in message.lower()
    assert not password or password not in message


@pytest.mark.parametrize("as_uri", [False, True])
def test_a_connection_may_be_written_as_json_or_as_a_uri(
    as_uri: bool, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = simulator.url.removeprefix("http://")
    written = (
        f"launchdarkly://:{simulator.token}@{host}/http?max_wait=5" if as_uri else json.dumps(simulator.connection())
    )
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", written)
    hook = LaunchDarklyUsageHook()
    assert hook.client.account().id == simulator.account_id
    assert hook.client.config.max_wait == (5 if as_uri else 300)


def test_usage_comes_as_a_long_table(simulator: Simulator) -> None:
    today = date.today()
    table = LaunchDarklyUsageHook().get_usage(
        "service_connections", start=today - timedelta(days=9), end=today - timedelta(days=4), group_by=["projectId"]
    )
    assert table.schema.names == ["time", "value", "project_id", "extra"]
    assert table.schema.field("time").type == pa.timestamp("ms", tz="UTC")
    truth = simulator.truth(
        "service-connections", start=today - timedelta(days=9), end=today - timedelta(days=4),
        group_by=("projectId",), aggregation_type="incremental",
    )  # fmt: skip
    found = {(int(row["time"].timestamp() * 1000), row["project_id"], row["value"]) for row in table.to_pylist()}
    assert found == {(row["time"], row["projectId"], row["value"]) for row in truth}


def test_an_empty_answer_has_the_same_columns(simulator: Simulator) -> None:
    table = LaunchDarklyUsageHook().get_usage("ai_runs", start="2020-01-01", end="2020-01-05", group_by=["sdkName"])
    assert (table.num_rows, table.schema.names) == (0, ["time", "value", "sdk_name", "extra"])


def test_a_list_without_history_takes_no_range(simulator: Simulator) -> None:
    hook = LaunchDarklyUsageHook()
    assert set(hook.get_usage("projects").column("key").to_pylist()) == {"data-platform", "default", "mobile-app"}
    with pytest.raises(UsageArgumentError, match="has no history"):
        hook.get_usage("projects", start="2026-01-01", end="2026-01-02")
    with pytest.raises(UsageArgumentError, match="needs start and end"):
        hook.get_usage("vega_ai", start="2026-01-01")


def test_it_lists_what_ids_and_keys_stand_for(simulator: Simulator) -> None:
    hook = LaunchDarklyUsageHook()
    assert {project["key"] for project in hook.list_projects()} == {"default", "mobile-app", "data-platform"}
    assert {found["key"] for found in hook.list_environments("default")} == {"production", "staging", "test"}
    assert "page-size" in hook.list_flags("default")


def test_the_session_sends_the_token_to_the_connections_host_only(simulator: Simulator) -> None:
    session = LaunchDarklyUsageHook().get_conn()
    assert session.get(f"{simulator.url}/api/v2/caller-identity").status_code == 200
    with Simulator() as elsewhere:
        assert session.get(f"{elsewhere.url}/api/v2/caller-identity").status_code == 401
        (request,) = elsewhere.requests
        assert request.header("Authorization") is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"host": "http://example.com"}, "http"),
        ({"extra": {"instance": "mars"}}, "instance"),
        ({"password": None}, "token"),
    ],
)
def test_a_wrong_connection_names_the_field(
    changed: dict[str, Any], field: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "launchdarkly", "password": simulator.token, **changed}
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(connection))
    with pytest.raises(ConnectionConfigError, match=field):
        _ = LaunchDarklyUsageHook().client


def test_a_connection_that_is_not_found_is_told_how_to_define() -> None:
    said = "is not defined .*Outside of a task, .* not in its database: set AIRFLOW_CONN_NOWHERE"
    with pytest.raises(ConnectionConfigError, match=said):
        LaunchDarklyUsageHook("nowhere").new_client()
