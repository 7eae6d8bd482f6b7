"""The made-up account."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import NOW, flip


def test_each_account_has_its_own_figures_and_ids() -> None:
    one, other = Simulator(now=NOW), Simulator(now=NOW, account_id="ffffffffffffffffffffffff")
    span = {"start": date(2026, 10, 1), "end": date(2026, 10, 3), "group_by": ["projectId"]}
    assert one.truth("ai-runs", **span) != other.truth("ai-runs", **span)  # type: ignore[arg-type]
    ids = [{row["projectId"] for row in sim.truth("ai-runs", **span)} for sim in (one, other)]  # type: ignore[arg-type]
    assert not ids[0] & ids[1]


def test_extra_projects(sim: Simulator, api: Any) -> None:
    flip(sim, extra_projects=30)
    body = api.raw("/api/v2/projects").json()
    assert (len(body["items"]), body["totalCount"]) == (20, 33)
    assert api.json("ai-runs", projectKey="spare-0001")["series"] == []
    assert api.get("evaluations/spare-0001/production/banner_text").json()["series"] == []


def test_extra_flags(sim: Simulator, api: Any) -> None:
    flip(sim, extra_flags=30)
    assert api.raw("/api/v2/flags/default").json()["totalCount"] == 36
    assert api.json("evaluations/default/production/release-0007")["metadata"] == [{"key": True}, {"key": False}]
