"""Token, version header, plan, routing and callbacks."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import FLAG, flip


@pytest.mark.parametrize("token", [None, "", "wrong", "Bearer {}", "{} ", "sdk-{}"])
def test_an_invalid_token_is_refused(sim: Simulator, api: Any, token: str | None) -> None:
    sent = token and token.format(sim.token)
    if sent and sent.endswith(" "):
        return  # HTTP itself strips it.
    for path in ("/api/v2/usage/total-mau", "/api/v2/caller-identity", "/api/v2/projects"):
        response = api.raw(path, Authorization=sent)
        assert (response.status_code, response.json()) == (
            401,
            {"code": "unauthorized", "message": "Invalid access token"},
        )


@pytest.mark.parametrize("version", [None, "20240415", "Beta"])
def test_usage_needs_the_beta_header(api: Any, version: str | None) -> None:
    response = api.raw("/api/v2/usage/total-mau", LD_API_Version=version)
    assert response.status_code == 403
    assert response.json() == {
        "message": "This is a beta API, you must pass beta in the LD-API-Version header to use it."
    }


def test_other_methods_and_paths_are_refused(sim: Simulator) -> None:
    headers = {"Authorization": sim.token, "LD-API-Version": "beta"}
    assert requests.post(sim.url + "/api/v2/usage/total-mau", headers=headers, json={}, timeout=5).status_code == 405
    assert requests.delete(sim.url + "/api/v2/projects", headers=headers, timeout=5).status_code == 405
    for path in ("/", "/api/v2/", "/api/v2/usage/", "/api/v2/members", "/api/v3/usage/total-mau"):
        assert requests.get(sim.url + path, headers=headers, timeout=5).status_code == 404


def test_not_in_plan(sim: Simulator, api: Any) -> None:
    flip(sim, not_in_plan=["observability/*", "mau", "evaluations/*"])
    refused = ("observability/logs", "mau", FLAG)
    assert [api.get(path).status_code for path in refused] == [403] * 3
    assert api.get("mau").json()["code"] == "forbidden"
    assert [api.get(path).status_code for path in ("mau/sdks", "total-mau")] == [200] * 2


def test_a_project_can_be_deleted_between_two_requests(sim: Simulator, api: Any) -> None:
    sim.after("/api/v2/projects", lambda: sim.delete_project("mobile-app"))
    sim.fail(503, path="/api/v2/projects")
    assert api.raw("/api/v2/flags/mobile-app").status_code == 200
    assert api.raw("/api/v2/projects").status_code == 503
    assert "mobile-app" in api.keys("projects")
    assert api.raw("/api/v2/projects/mobile-app/environments").status_code == 404
    assert "mobile-app" not in api.keys("projects")


def test_callbacks_run_once_and_in_order(sim: Simulator, api: Any) -> None:
    done: list[int] = []
    sim.after("/flags/*", lambda: done.append(0))
    sim.after("*/flags/*", lambda: done.append(1))
    sim.after("flags/default", lambda: done.append(2))
    for _ in range(2):
        api.raw("/api/v2/flags/default")
        api.raw("/api/v2/projects")
    assert done == [1, 2], "a pattern is of the whole path"
    sim.restore()
    sim.after("projects", lambda: sim.delete_project("nowhere"))
    broken = api.raw("/api/v2/projects")
    assert (broken.status_code, broken.json()["code"]) == (500, "simulator_error")
