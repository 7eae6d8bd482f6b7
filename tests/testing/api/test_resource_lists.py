"""The token's identity, and lists of projects, environments and flags."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches


@pytest.mark.parametrize("version", [None, "20240415", "beta"])
def test_resources_need_no_beta_header(sim: Simulator, api: Any, version: str | None) -> None:
    body = api.raw("/api/v2/caller-identity", LD_API_Version=version).json()
    assert body["accountId"] == sim.account_id
    assert body["authKind"] == "token"
    assert body["tokenName"]
    assert api.raw("/api/v2/projects", LD_API_Version="19990101").status_code == 400


def test_lists_are_paged_with_relative_links(sim: Simulator, api: Any) -> None:
    sim.switches = Switches(extra_projects=43)
    href, keys, pages = "/api/v2/projects", [], 0
    while href:
        body = api.raw(href).json()
        keys += [one["key"] for one in body["items"]]
        pages += 1
        assert body["totalCount"] == 46
        href = body["_links"].get("next", {}).get("href")
    assert (len(keys), len(set(keys)), pages) == (46, 46, 3)
    assert api.raw("/api/v2/projects?limit=5&offset=44").json()["items"][0]["key"] == keys[44]
    for wrong in ("limit=0", "limit=x", "offset=-1", "page=2"):
        assert api.raw(f"/api/v2/projects?{wrong}").status_code == 400


def test_projects_and_environments_resolve_the_ids_of_usage(api: Any) -> None:
    projects = {one["_id"]: one for one in api.raw("/api/v2/projects").json()["items"]}
    environments = {
        one["_id"]: one
        for project in projects.values()
        for one in api.raw(f"/api/v2/projects/{project['key']}/environments").json()["items"]
    }
    used = api.json("total-contexts", groupBy=["projectId", "environmentId"])["metadata"]
    assert set(projects) < {one["projectId"] for one in used}, "a deleted project has usage, and does not resolve"
    assert set(environments) < {one["environmentId"] for one in used}
    secrets = [one[name] for one in environments.values() for name in ("apiKey", "mobileKey")]
    assert all("-SECRET-" in one for one in secrets)
    assert len(set(secrets)) == len(secrets)
    assert api.raw("/api/v2/projects/retired/environments").status_code == 404


def test_flags_are_listed_and_each_has_evaluations(api: Any) -> None:
    flags = [one["key"] for one in api.raw("/api/v2/flags/mobile-app").json()["items"]]
    archived = api.raw("/api/v2/flags/mobile-app?filter=state:archived").json()["items"]
    assert [one["key"] for one in archived if one["archived"]] == ["old-banner"]
    flags.append("old-banner")
    assert len(set(flags)) == 7
    kinds: set[type] = set()
    for flag in flags:
        body = api.json(f"evaluations/mobile-app/production/{flag}")
        kinds |= {type(one["key"]) for one in body["metadata"]}
    assert kinds >= {bool, str, int, float, dict, list, type(None)}
    assert api.raw("/api/v2/flags/nowhere").status_code == 404
