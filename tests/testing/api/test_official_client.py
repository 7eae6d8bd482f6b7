"""LaunchDarkly's own client for Python reads every endpoint: its models refuse what does not fit the contract."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_ldusage.testing.simulator import Simulator

launchdarkly_api = pytest.importorskip("launchdarkly_api")

START, END = "1793491200000", "1793923200000"  # 1 to 6 November 2026
CALLS: dict[str, dict[str, Any]] = {
    "get_ai_runs_usage": {"group_by": "sdkVersion"},
    "get_contexts_clientside_usage": {"group_by": "sdkAppId"},
    "get_contexts_serverside_usage": {"var_from": START[:-3], "to": END[:-3]},
    "get_contexts_total_usage": {"group_by": "sdkType"},
    "get_data_export_events_usage": {"group_by": "destinationId"},
    "get_data_export_project_ranking": {"var_from": int(START), "to": int(END), "project_key": ["default"], "limit": 1},
    "get_evaluations_usage": {
        "project_key": "default",
        "environment_key": "production",
        "feature_flag_key": "retry-policy",
        "tz": "UTC",
    },
    "get_events_usage": {"type": "received"},
    "get_experimentation_events_usage": {"group_by": "eventKey"},
    "get_experimentation_keys_usage": {"group_by": "experimentId", "aggregation_type": "incremental"},
    "get_mau_clientside_usage": {"group_by": "anonymousV2", "aggregation_type": "rolling_30d"},
    "get_mau_sdks_by_type": {"sdktype": "server"},
    "get_mau_total_usage": {"granularity": "monthly"},
    "get_mau_usage": {"groupby": "project"},
    "get_mau_usage_by_category": {},
    "get_observability_errors_usage": {"var_from": START[:-3], "to": END[:-3]},
    "get_observability_logs_usage": {"var_from": START[:-3], "to": END[:-3]},
    "get_observability_metrics_usage": {"var_from": START[:-3], "to": END[:-3], "aggregation_type": "average"},
    "get_observability_sessions_usage": {"var_from": START[:-3], "to": END[:-3]},
    "get_observability_traces_usage": {"var_from": START[:-3], "to": END[:-3]},
    "get_sdk_all_versions": {"sdk_type": "server"},
    "get_sdk_versions_details": {},
    "get_service_connections_usage": {"group_by": "connectionType", "to": None},
    "get_stream_usage": {"source": "client"},
    "get_stream_usage_by_sdk_version": {"source": "server", "sdk": "Go"},
    "get_stream_usage_sdkversion": {"source": "server"},
    "get_vega_ai_usage": {"var_from": START[:-3], "to": END[:-3]},
    "get_warehouse_export_usage": {"group_by": "destinationId"},
}


@pytest.fixture
def client(sim: Simulator) -> Iterator[Any]:
    configuration = launchdarkly_api.Configuration(host=sim.url)
    configuration.api_key["ApiKey"] = sim.token
    configuration.proxy = None
    with launchdarkly_api.ApiClient(configuration) as connected:
        # Given to the constructor, the header would be overwritten with 20240415, and usage answer 403.
        connected.set_default_header("LD-API-Version", "beta")
        yield launchdarkly_api.AccountUsageBetaApi(connected)


def test_all_of_its_usage_operations_are_called() -> None:
    operations = {
        name
        for name, _ in inspect.getmembers(launchdarkly_api.AccountUsageBetaApi, inspect.isfunction)
        if name.startswith("get_") and not name.endswith(("_with_http_info", "_without_preload_content"))
    }
    assert set(CALLS) == operations
    assert len(CALLS) == 28


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
@pytest.mark.parametrize("operation", CALLS)
def test_the_official_client_reads_the_answer(client: Any, operation: str) -> None:
    call = getattr(client, operation)
    arguments = dict(CALLS[operation])
    if "var_from" in inspect.signature(call).parameters:
        arguments = {"var_from": START, "to": END, **arguments}
    answer = call(**{name: value for name, value in arguments.items() if value is not None})
    if isinstance(answer, list):
        assert answer
        assert answer[0].name
    elif hasattr(answer, "series"):
        assert answer.series
        assert answer.metadata
        assert all(int(key) < len(answer.metadata) for point in answer.series for key in point if key != "time")
    else:
        assert answer.to_dict()
    if operation == "get_service_connections_usage":
        assert answer.projected_series
    if operation in ("get_data_export_events_usage", "get_warehouse_export_usage"):
        assert answer.data_through == "2026-11-20T09:00:00Z"
        assert answer.delayed is False


def test_the_official_client_understands_refusals(client: Any) -> None:
    with pytest.raises(launchdarkly_api.exceptions.BadRequestException):
        client.get_mau_total_usage(group_by="nothing")
    with pytest.raises(launchdarkly_api.exceptions.NotFoundException):
        client.get_stream_usage("browser")
