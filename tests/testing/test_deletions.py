"""An account that changes while it runs: what is deleted is not listed, its paths answer 404, and its usage was."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from airflow_provider_ldusage.testing import Simulator, Switches

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)
TODAY = int(datetime(2026, 11, 20, tzinfo=timezone.utc).timestamp() * 1000)
SPAN: dict[str, Any] = {
    "since": datetime(2026, 11, 10, tzinfo=timezone.utc),
    "to": datetime(2026, 11, 30, tzinfo=timezone.utc),
    "aggregationType": "incremental",
}
FLAG = "evaluations/mobile-app/production/banner_text"


def keys(api: Any, path: str) -> set[str]:
    return {one["key"] for one in api.raw(f"/api/v2/{path}").json()["items"]}


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


def test_a_deleted_project_is_not_listed_and_its_paths_are_not_found(sim: Simulator, api: Any) -> None:
    sim.delete_project("mobile-app")
    assert keys(api, "projects") == {"default", "data-platform"}
    for path in ("projects/mobile-app/environments", "flags/mobile-app", f"usage/{FLAG}"):
        answer = api.raw(f"/api/v2/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert api.get("ai-runs", projectKey="mobile-app").status_code == 400
    ranked = api.json("data-export-events/projects/ranking", since=SPAN["since"], to=NOW)["items"]
    assert {one["projectKey"] for one in ranked} == {"default", "data-platform"}


@pytest.mark.parametrize(
    "path", ["total-contexts", "total-mau", "service-connections", "warehouse-export", "experimentation-keys"]
)
def test_the_usage_of_a_deleted_project_stays_and_ends(sim: Simulator, api: Any, path: str) -> None:
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


def test_usage_without_groups_keeps_what_was(sim: Simulator, api: Any) -> None:
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


def test_a_deleted_environment_is_gone_alone(sim: Simulator, api: Any) -> None:
    sim.switches = Switches(settle_days=0)
    environment = ids(api, "projects/mobile-app/environments")["production"]
    before = by(api, "total-contexts", "environmentId", environment)
    sim.delete_environment("mobile-app", "production")
    assert keys(api, "projects/mobile-app/environments") == {"test"}
    assert api.get(FLAG).status_code == 404
    assert api.get("evaluations/mobile-app/test/banner_text").status_code == 200
    assert api.get("ai-runs", projectKey="mobile-app", environmentKey="production").status_code == 400
    sim.advance(timedelta(days=5))
    assert by(api, "total-contexts", "environmentId", environment) == before != {}


def test_a_deleted_flag_is_gone_alone(sim: Simulator, api: Any) -> None:
    others = keys(api, "flags/mobile-app") - {"banner_text"}
    evaluations = api.json("evaluations/mobile-app/production/page-size", since=SPAN["since"], to=SPAN["to"])
    sim.delete_flag("mobile-app", "banner_text")
    assert keys(api, "flags/mobile-app") == others
    assert api.get(FLAG).status_code == 404
    assert api.json("evaluations/mobile-app/production/page-size", since=SPAN["since"], to=SPAN["to"]) == evaluations
    assert api.get("evaluations/default/production/banner_text").status_code == 200
    sim.delete_flag("mobile-app", "old-banner")
    assert api.raw("/api/v2/flags/mobile-app?filter=state:archived").json()["items"] == []


def test_a_deletion_has_not_been_before_its_moment_and_can_be_undone(sim: Simulator, api: Any) -> None:
    everything = keys(api, "projects")
    sim.delete_project("default")
    sim.now = NOW - timedelta(seconds=1)
    assert keys(api, "projects") == everything
    sim.now = NOW
    assert keys(api, "projects") < everything
    sim.restore()
    assert keys(api, "projects") == everything


def test_only_what_is_there_can_be_deleted(sim: Simulator) -> None:
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


def test_the_truth_knows_of_deletions(sim: Simulator) -> None:
    span: Any = {"start": date(2026, 11, 1), "end": date(2026, 11, 10), "group_by": ["projectId"]}
    before = sim.truth("service-connections", **span)
    sim.delete_project("mobile-app")
    assert sim.truth("service-connections", **span) == before
    with pytest.raises(ValueError, match="unknown project"):
        sim.truth("service-connections", **span, filters={"projectKey": "mobile-app"})


def test_a_project_can_go_between_the_list_and_the_next_question(sim: Simulator, api: Any) -> None:
    sim.after("/api/v2/projects", lambda: sim.delete_project("mobile-app"))
    sim.fail(503, path="/api/v2/projects")
    assert api.raw("/api/v2/flags/mobile-app").status_code == 200
    assert api.raw("/api/v2/projects").status_code == 503
    assert "mobile-app" in keys(api, "projects")
    assert api.raw("/api/v2/projects/mobile-app/environments").status_code == 404
    assert "mobile-app" not in keys(api, "projects")


def test_what_is_to_be_done_after_an_answer_is_done_once_and_in_order(sim: Simulator, api: Any) -> None:
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


def test_another_process_can_delete(sim: Simulator, api: Any) -> None:
    def post(name: str, body: Any) -> int:
        headers = {"Authorization": sim.token}
        return requests.post(f"{sim.url}/_simulator/{name}", json=body, headers=headers, timeout=5).status_code

    everything = keys(api, "projects")
    assert post("delete_flag", {"project_key": "default", "flag_key": "banner_text"}) == 200
    assert post("delete_environment", {"project_key": "default", "environment_key": "test"}) == 200
    assert post("delete_project", {"project_key": "mobile-app"}) == 200
    assert "banner_text" not in keys(api, "flags/default")
    assert keys(api, "projects/default/environments") == {"production", "staging"}
    assert keys(api, "projects") == everything - {"mobile-app"}
    assert post("restore", {}) == 200
    assert keys(api, "projects") == everything
    later = {"path": "/api/v2/projects", "do": "delete_project", "values": {"project_key": "default"}}
    assert post("after", later) == 200
    assert keys(api, "projects") == everything
    assert keys(api, "projects") == everything - {"default"}
    for name, wrong in (
        ("delete_project", {"project_key": "nowhere"}), ("delete_project", {}), ("delete_flag", {"colour": "red"}),
        ("after", {"path": "x"}), ("after", {**later, "colour": "red"}), ("after", {**later, "values": 5}),
    ):  # fmt: skip
        assert post(name, wrong) == 400
    assert post("after", {**later, "do": "nothing"}) == 404
