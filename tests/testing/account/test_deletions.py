"""What is deleted is not listed, its paths answer 404, and its past usage stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.testing.asking import NOW, ms, utc

TODAY = ms(2026, 11, 20)
SPAN: dict[str, Any] = {"since": utc(2026, 11, 10), "to": utc(2026, 11, 30), "aggregationType": "incremental"}
MOBILE_FLAG = "evaluations/mobile-app/production/banner_text"


def ids(api: Any, path: str) -> dict[str, str]:
    return {one["key"]: one["_id"] for one in api.raw(f"/api/v2/{path}").json()["items"]}


def by(api: Any, path: str, dimension: str, where: str) -> dict[int, float]:
    """The days of one project or environment in an answer that is grouped by it, over all its series."""
    days: dict[int, float] = {}
    for key, series in api.points(path, **SPAN, groupBy=dimension).items():
        if dict(key)[dimension] == repr(where):
            for day, value in series.items():
                days[day] = days.get(day, 0) + value
    return days


def test_a_deleted_project_is_not_listed_and_its_paths_answer_404(sim: Simulator, api: Any) -> None:
    sim.delete_project("mobile-app")
    assert api.keys("projects") == {"default", "data-platform"}
    for path in ("projects/mobile-app/environments", "flags/mobile-app", f"usage/{MOBILE_FLAG}"):
        answer = api.raw(f"/api/v2/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert api.get("ai-runs", projectKey="mobile-app").status_code == 400
    ranked = api.json("data-export-events/projects/ranking", since=SPAN["since"], to=NOW)["items"]
    assert {one["projectKey"] for one in ranked} == {"default", "data-platform"}


@pytest.mark.parametrize(
    "path", ["total-contexts", "total-mau", "service-connections", "warehouse-export", "experimentation-keys"]
)
def test_past_usage_of_a_deleted_project_stays(sim: Simulator, api: Any, path: str) -> None:
    sim.switches = Switches(settle_days=0, data_through_lag_hours=None)
    project = ids(api, "projects")["mobile-app"]
    before, whole = by(api, path, "projectId", project), api.points(path, **SPAN)
    sim.delete_project("mobile-app")
    assert by(api, path, "projectId", project) == before
    assert api.points(path, **SPAN) == whole
    sim.advance(timedelta(days=5))
    assert by(api, path, "projectId", project) == before, "nothing comes after the deletion"
    other = ids(api, "projects")["default"]
    assert max(by(api, path, "projectId", other)) > max(before) == TODAY


def test_usage_without_groups_keeps_the_past(sim: Simulator, api: Any) -> None:
    sim.switches = Switches(settle_days=0)
    paths = ("service-connections", "data-export-events", "warehouse-export", "experimentation-events", "ai-runs")
    before = {path: api.points(path, **SPAN) for path in paths}
    for project in ("mobile-app", "data-platform", "default"):
        sim.delete_project(project)
    sim.advance(timedelta(days=3))
    for path in paths:
        after = api.points(path, **SPAN)
        assert {key: {day: value for day, value in one.items() if day < TODAY} for key, one in after.items()} == {
            key: {day: value for day, value in one.items() if day < TODAY} for key, one in before[path].items()
        }
    assert api.json("vega-ai", since=(TODAY + 86_400_000) // 1000)["series"] != [], "the long deleted one's goes on"


def test_late_data_of_a_deleted_project_still_arrive(sim: Simulator, api: Any) -> None:
    project = ids(api, "projects")["default"]
    before = by(api, "service-connections", "projectId", project)
    sim.delete_project("default")
    sim.advance(timedelta(days=3))
    after = by(api, "service-connections", "projectId", project)
    assert after[TODAY - 86_400_000] > before[TODAY - 86_400_000]


def test_deleting_an_environment_leaves_the_others(sim: Simulator, api: Any) -> None:
    sim.switches = Switches(settle_days=0)
    environment = ids(api, "projects/mobile-app/environments")["production"]
    before = by(api, "total-contexts", "environmentId", environment)
    sim.delete_environment("mobile-app", "production")
    assert api.keys("projects/mobile-app/environments") == {"test"}
    assert api.get(MOBILE_FLAG).status_code == 404
    assert api.get("evaluations/mobile-app/test/banner_text").status_code == 200
    assert api.get("ai-runs", projectKey="mobile-app", environmentKey="production").status_code == 400
    sim.advance(timedelta(days=5))
    assert by(api, "total-contexts", "environmentId", environment) == before != {}


def test_deleting_a_flag_leaves_the_others(sim: Simulator, api: Any) -> None:
    others = api.keys("flags/mobile-app") - {"banner_text"}
    evaluations = api.json("evaluations/mobile-app/production/page-size", since=SPAN["since"], to=SPAN["to"])
    sim.delete_flag("mobile-app", "banner_text")
    assert api.keys("flags/mobile-app") == others
    assert api.get(MOBILE_FLAG).status_code == 404
    assert api.json("evaluations/mobile-app/production/page-size", since=SPAN["since"], to=SPAN["to"]) == evaluations
    assert api.get("evaluations/default/production/banner_text").status_code == 200
    sim.delete_flag("mobile-app", "old-banner")
    assert api.raw("/api/v2/flags/mobile-app?filter=state:archived").json()["items"] == []


def test_a_deletion_has_a_moment_and_can_be_undone(sim: Simulator, api: Any) -> None:
    everything = api.keys("projects")
    sim.delete_project("default")
    sim.now = NOW - timedelta(seconds=1)
    assert api.keys("projects") == everything
    sim.now = NOW
    assert api.keys("projects") < everything
    sim.restore()
    assert api.keys("projects") == everything


def test_only_what_exists_can_be_deleted(sim: Simulator) -> None:
    sim.delete_project("default")
    for delete in (
        lambda: sim.delete_project("default"),
        lambda: sim.delete_project("retired"),
        lambda: sim.delete_flag("default", "banner_text"),
        lambda: sim.delete_flag("mobile-app", "nothing"),
        lambda: sim.delete_environment("mobile-app", "legacy"),
    ):
        with pytest.raises(ValueError, match=r"no project|has no"):
            delete()
