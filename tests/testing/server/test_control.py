"""Remote control from another process."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import requests

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.testing.asking import post


def test_another_process_can_move_the_clock_and_the_switches(sim: Simulator) -> None:
    assert post(sim, "now", {"now": "2026-12-01T00:00:00Z"}).json() == {"now": "2026-12-01T00:00:00+00:00"}
    assert post(sim, "now", {"advance_seconds": 60}).json() == {"now": "2026-12-01T00:01:00+00:00"}
    assert sim.now == datetime(2026, 12, 1, 0, 1, tzinfo=timezone.utc)
    body = post(sim, "switches", {"settle_days": 0, "lapsed_plan": ["mau"]}).json()
    assert body["switches"]["settle_days"] == 0
    assert sim.switches == Switches(settle_days=0, lapsed_plan=frozenset({"mau"}))
    assert post(sim, "fail", {"status": 503}).status_code == 200
    assert requests.get(sim.url + "/api/v2/projects", timeout=5).status_code == 503
    assert post(sim, "switches", {"colour": 1}).status_code == 400
    assert post(sim, "now", {}).status_code == 400
    assert post(sim, "now", {"now": "soon"}).status_code == 400
    assert post(sim, "fail", {"colour": 1}).status_code == 400
    assert post(sim, "nothing", {}).status_code == 404
    assert post(sim, "now", {"now": None}, token="wrong").status_code == 401


def test_another_process_can_delete(sim: Simulator, api: Any) -> None:
    everything = api.keys("projects")
    assert post(sim, "delete_flag", {"project_key": "default", "flag_key": "banner_text"}).status_code == 200
    assert post(sim, "delete_environment", {"project_key": "default", "environment_key": "test"}).status_code == 200
    assert post(sim, "delete_project", {"project_key": "mobile-app"}).status_code == 200
    assert "banner_text" not in api.keys("flags/default")
    assert api.keys("projects/default/environments") == {"production", "staging"}
    assert api.keys("projects") == everything - {"mobile-app"}
    assert post(sim, "restore", {}).status_code == 200
    assert api.keys("projects") == everything
    later = {"path": "/api/v2/projects", "do": "delete_project", "values": {"project_key": "default"}}
    assert post(sim, "after", later).status_code == 200
    assert api.keys("projects") == everything
    assert api.keys("projects") == everything - {"default"}
    for name, wrong in (
        ("delete_project", {"project_key": "nowhere"}), ("delete_project", {}), ("delete_flag", {"colour": "red"}),
        ("after", {"path": "x"}), ("after", {**later, "colour": "red"}), ("after", {**later, "values": 5}),
    ):  # fmt: skip
        assert post(sim, name, wrong).status_code == 400
    assert post(sim, "after", {**later, "do": "nothing"}).status_code == 404
