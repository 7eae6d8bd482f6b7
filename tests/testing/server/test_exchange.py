"""Recorded requests."""

from __future__ import annotations

from typing import Any

from airflow_provider_ldusage.testing import Simulator


def test_requests_are_recorded(sim: Simulator, api: Any) -> None:
    api.get("total-mau", groupBy=["projectId", "sdkName"], aggregationType="incremental")
    api.get("total-mau", colour="red")
    first, second = sim.requests
    assert (first.method, first.path, first.status) == ("GET", "/api/v2/usage/total-mau", 200)
    assert first.query == (("groupBy", "projectId"), ("groupBy", "sdkName"), ("aggregationType", "incremental"))
    assert first.values("groupBy") == ["projectId", "sdkName"]
    assert first.header("authorization") == sim.token
    assert second.status == 400
    sim.clear_requests()
    assert sim.requests == []
