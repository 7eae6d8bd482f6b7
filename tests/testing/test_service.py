"""Authentication, version header, faults, recording, HTTP itself, helper lists, the control endpoints."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from airflow_provider_ldusage.testing import Simulator, Switches

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize("token", [None, "", "wrong", "Bearer {}", "{} ", "sdk-{}"])
def test_a_wrong_token_is_refused(sim: Simulator, api: Any, token: str | None) -> None:
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


@pytest.mark.parametrize("version", [None, "20240415", "beta"])
def test_helpers_need_no_beta_header(sim: Simulator, api: Any, version: str | None) -> None:
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


def test_path_values_are_decoded(api: Any) -> None:
    assert api.json("evaluations/default/production/default%2Enew%2Dcheckout")["metadata"]


def test_projects_can_be_ranked_page_by_page(sim: Simulator, api: Any) -> None:
    path = "data-export-events/projects/ranking"
    span: dict[str, Any] = {"since": NOW - timedelta(days=9), "to": NOW - timedelta(days=5)}
    whole = api.json(path, **span)
    assert whole["page"] == {"limit": 20, "count": 3, "totalCount": 3}
    assert whole["scope"] == {
        "source": "streaming",
        "dimension": "project",
        "from": int(span["since"].timestamp() * 1000),
        "to": int(span["to"].timestamp() * 1000),
    }
    assert [one["rank"] for one in whole["items"]] == [1, 2, 3]
    assert [one["usage"] for one in whole["items"]] == sorted((one["usage"] for one in whole["items"]), reverse=True)
    items: list[Any] = []
    cursor: dict[str, str | None] = {}
    for _ in range(3):
        page = api.json(path, **span, limit=1, **cursor)
        items += page["items"]
        cursor = {"cursor": page["page"].get("nextCursor")}
    assert items == whole["items"]
    assert cursor == {"cursor": None}
    first = api.json(path, **span, limit=1)["page"]["nextCursor"]
    for other in ({"limit": 2}, {"limit": 1, "search": "e"}, {"limit": 1, "projectKey": "default"}, {}):
        assert api.get(path, **span, cursor=first, **other).status_code == 400
    with Simulator(now=NOW, account_id="another") as elsewhere:
        assert type(api)(elsewhere).get(path, **span, limit=1, cursor=first).status_code == 400
    assert [one["projectKey"] for one in api.json(path, **span, search="MOBILE")["items"]] == ["mobile-app"]
    assert api.json(path, **span, search="Data pl")["items"] == [], "names are not searched"


def test_the_ranking_is_what_the_events_add_up_to(api: Any) -> None:
    span = {"since": datetime(2026, 10, 1, tzinfo=timezone.utc), "to": datetime(2026, 10, 8, tzinfo=timezone.utc)}
    for item in api.json("data-export-events/projects/ranking", **span)["items"]:
        events = api.one(
            "data-export-events",
            **span,
            projectKey=item["projectKey"],
            groupBy="projectId",
            aggregationType="incremental",
        )
        assert sum(events.values()) == item["usage"] == item["components"]["streaming"]


def test_a_project_filter_means_its_current_environments_where_documented(api: Any) -> None:
    span: dict[str, Any] = {"since": datetime(2026, 10, 1, tzinfo=timezone.utc), "aggregationType": "incremental"}
    mobile = {"projectKey": "mobile-app"}
    current = sum(api.one("data-export-events", **span, **mobile).values())
    attributed = sum(api.one("data-export-events", **span, **mobile, groupBy="projectId").values())
    assert current < attributed, "the deleted environment's usage is in the second alone"


def test_sdk_versions_are_listed(api: Any) -> None:
    newest, every = api.json("sdk-versions/details"), api.json("sdk-versions/all")
    assert len(every) > len(newest)
    assert all(one in every for one in newest)
    assert {one["type"] for one in every} == {"server", "browser", "mobile"}
    assert any("applicationId" not in one for one in every)
    assert any("projectKey" not in one for one in every), "a deleted project has an id, and no key or name"
    relays = [one for one in every if "relayVersion" in one]
    assert relays
    assert all(one["connectionType"] == "proxy" for one in relays)
    for name, field in (
        ("projectId", "projectId"),
        ("environmentId", "environmentId"),
        ("sdkName", "name"),
        ("sdkType", "type"),
        ("sdkAppId", "applicationId"),
        ("connectionType", "connectionType"),
    ):
        value = next(one[field] for one in every if field in one)
        assert api.json("sdk-versions/all", **{name: value}) == [one for one in every if one.get(field) == value]


def test_streams_list_unknown_versions(api: Any) -> None:
    assert {"sdk": "Unknown", "version": "Unknown"} in api.json("streams/server/sdkversions")["sdkVersions"]
    by_version = api.json("streams/server/bysdkversion", sdk="Go")["metadata"]
    assert {one["sdk"] for one in by_version} == {"Go"}
    assert all(set(one) == {"sdk", "version", "source"} for one in by_version)
    one = api.json("streams/server/bysdkversion", version="7.10.0")["metadata"]
    assert one == [{"sdk": "Go", "version": "7.10.0", "source": "server"}]


def test_mau_sdks_are_those_of_the_type(api: Any) -> None:
    client, server = (set(api.json("mau/sdks", sdktype=one)["sdks"]) for one in ("client", "server"))
    assert client | server == set(api.json("mau/sdks")["sdks"])
    assert "Go" in server - client
    assert "iOS" in client - server


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


def test_faults_are_scripted(sim: Simulator, api: Any) -> None:
    sim.fail(status=429, headers={"Retry-After": "7"}, times=2, path="total-mau")
    sim.fail(status=503, path="/api/v2/*")
    assert api.get("clientside-mau").status_code == 503
    limited = [api.get("total-mau") for _ in range(3)]
    assert [one.status_code for one in limited] == [429, 429, 200]
    assert limited[0].headers["Retry-After"] == "7"
    assert limited[0].json()["code"] == "rate_limited"
    sim.fail(status=200, body={"series": "no list"})
    assert api.json("total-mau") == {"series": "no list"}
    sim.fail(status=502, body="<html>")
    assert api.get("total-mau").text == "<html>"
    sim.fail(cut=-1)
    with pytest.raises(requests.ConnectionError):
        api.get("total-mau")
    assert sim.requests[-1].status == 0
    sim.fail(status=None, cut=40)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.get("clientside-mau", groupBy=["projectId", "environmentId"])
    with Simulator(now=NOW) as late, pytest.raises(requests.Timeout):  # one that nobody asks when the answer is due
        late.fail(status=None, delay=5)
        requests.get(late.url + "/api/v2/projects", headers={"Authorization": late.token}, timeout=0.1)
    sim.fail(times=5)
    sim.clear_faults()
    assert api.get("total-mau").status_code == 200


def test_connections_are_kept_alive_and_compressed_when_asked(sim: Simulator) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(sim.url.rpartition(":")[2]))
    headers = {"Authorization": sim.token, "LD-API-Version": "beta"}
    opened = None
    for accepted in ("identity", "gzip"):
        connection.request("GET", "/api/v2/usage/total-mau", headers={**headers, "Accept-Encoding": accepted})
        opened = opened or connection.sock
        assert connection.sock is opened
        response = connection.getresponse()
        body = response.read()
        assert (response.getheader("Content-Encoding") == "gzip") == (accepted == "gzip")
        assert body.startswith(b"\x1f\x8b") == (accepted == "gzip")
    connection.close()


def test_other_methods_and_paths_are_refused(sim: Simulator) -> None:
    headers = {"Authorization": sim.token, "LD-API-Version": "beta"}
    assert requests.post(sim.url + "/api/v2/usage/total-mau", headers=headers, json={}, timeout=5).status_code == 405
    assert requests.delete(sim.url + "/api/v2/projects", headers=headers, timeout=5).status_code == 405
    for path in ("/", "/api/v2/", "/api/v2/usage/", "/api/v2/members", "/api/v3/usage/total-mau"):
        assert requests.get(sim.url + path, headers=headers, timeout=5).status_code == 404


def test_it_listens_on_loopback_alone() -> None:
    with Simulator() as simulator:
        assert simulator._server is not None
        assert simulator._server.socket.getsockname()[0] == "127.0.0.1"
        assert simulator.url.startswith("http://127.0.0.1:")
        port = int(simulator.url.rpartition(":")[2])
        kept = http.client.HTTPConnection("127.0.0.1", port)
        kept.request("GET", "/api/v2/projects", headers={"Authorization": simulator.token})
        kept.getresponse().read()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with pytest.raises((OSError, http.client.HTTPException)):
        kept.request("GET", "/api/v2/projects", headers={"Authorization": simulator.token})
        kept.getresponse()
    with pytest.raises(RuntimeError, match="not serving"):
        _ = simulator.url


def test_it_answers_many_at_once(sim: Simulator, api_of: Callable[[Simulator], Any]) -> None:
    bodies: list[Any] = []

    def ask() -> None:
        bodies.append(api_of(sim).json("total-mau", groupBy="projectId"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(bodies) == 8
    assert all(one == bodies[0] for one in bodies)
    assert len(sim.requests) == 8


@pytest.mark.parametrize("stopped", [True, False])
def test_answers_and_resets_are_dated_by_the_simulated_clock(sim: Simulator, api: Any, stopped: bool) -> None:
    sim.now = NOW if stopped else None
    sim.advance(timedelta(days=400, seconds=1.5))
    for limit, expected in ((1000, 200), (0, 429)):
        sim.switches = Switches(rate_limit=limit)
        before = sim.now
        answer = api.get("mau/sdks")
        assert answer.status_code == expected
        assert [name.lower() for name in answer.raw.headers.keys()].count("date") == 1  # noqa: SIM118
        date = parsedate_to_datetime(answer.headers["Date"])
        assert before - timedelta(seconds=1) < date <= sim.now
        reset = datetime.fromtimestamp(int(answer.headers["X-Ratelimit-Reset"]) / 1000, timezone.utc)
        assert before - timedelta(milliseconds=1) <= reset <= sim.now + timedelta(seconds=10.001)


def test_a_window_ends_when_the_stopped_clock_is_moved_beyond_it(sim: Simulator, api: Any) -> None:
    sim.switches = Switches(rate_limit=1, rate_window=3600.0)
    found = []
    for _ in range(3):
        found.append(api.get("mau/sdks").status_code)
        sim.advance(timedelta(hours=1))
    assert found == [200, 200, 200]


def test_a_scripted_date_is_the_only_one(sim: Simulator, api: Any) -> None:
    sim.fail(503, headers={"date": "Wed, 01 Jan 2020 00:00:00 GMT"})
    headers = api.get("mau/sdks").raw.headers
    assert headers.getlist("Date") == ["Wed, 01 Jan 2020 00:00:00 GMT"]


def test_the_clock_can_be_moved() -> None:
    simulator = Simulator(now=NOW)
    assert simulator.advance(timedelta(hours=2)) == NOW + timedelta(hours=2) == simulator.now
    simulator.now = None
    assert abs(simulator.now - datetime.now(timezone.utc)) < timedelta(seconds=5)
    simulator.advance(timedelta(days=3))
    assert timedelta(days=2) < simulator.now - datetime.now(timezone.utc) < timedelta(days=4)
    with pytest.raises(ValueError, match="aware"):
        simulator.now = datetime(2026, 11, 20)


def test_another_process_can_move_the_clock_and_the_switches(sim: Simulator) -> None:
    def post(name: str, body: Any, token: str = sim.token) -> requests.Response:
        return requests.post(f"{sim.url}/_simulator/{name}", json=body, headers={"Authorization": token}, timeout=5)

    assert post("now", {"now": "2026-12-01T00:00:00Z"}).json() == {"now": "2026-12-01T00:00:00+00:00"}
    assert post("now", {"advance_seconds": 60}).json() == {"now": "2026-12-01T00:01:00+00:00"}
    assert sim.now == datetime(2026, 12, 1, 0, 1, tzinfo=timezone.utc)
    body = post("switches", {"settle_days": 0, "lapsed_plan": ["mau"]}).json()
    assert body["switches"]["settle_days"] == 0
    assert sim.switches == Switches(settle_days=0, lapsed_plan=frozenset({"mau"}))
    assert post("fail", {"status": 503}).status_code == 200
    assert requests.get(sim.url + "/api/v2/projects", timeout=5).status_code == 503
    assert post("switches", {"colour": 1}).status_code == 400
    assert post("now", {}).status_code == 400
    assert post("now", {"now": "soon"}).status_code == 400
    assert post("fail", {"colour": 1}).status_code == 400
    assert post("nothing", {}).status_code == 404
    assert post("now", {"now": None}, token="wrong").status_code == 401


def test_fixtures_give_a_connection(launchdarkly_connection: str, launchdarkly_simulator: Simulator) -> None:
    import os

    connection = json.loads(os.environ["AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT"])
    assert json.loads(launchdarkly_connection) == connection == launchdarkly_simulator.connection()
    assert connection["conn_type"] == "launchdarkly"
    response = requests.get(
        connection["host"] + "/api/v2/caller-identity", headers={"Authorization": connection["password"]}, timeout=5
    )
    assert response.status_code == 200


def test_truth_refuses_what_an_endpoint_does_not_have(sim: Simulator) -> None:
    span: dict[str, Any] = {"start": date(2026, 10, 1), "end": date(2026, 10, 2)}
    for name, more in (
        ("nothing", {}),
        ("streams/{source}", {}),
        ("streams/{source}", {"source": "browser"}),
        ("streams/{source}", {"source": "client", "granularity": "weekly"}),
        ("total-mau", {"group_by": ["project"]}),
        ("total-mau", {"filters": {"project": "default"}}),
        ("total-mau", {"aggregation_type": "average"}),
        ("service-connections", {"filters": {"sdkType": ["server", "client"]}}),
    ):
        with pytest.raises(ValueError, match=r"stream|endpoint|path|group|filter|argument|granularity|value"):
            sim.truth(name, **span, **more)
    with pytest.raises(ValueError, match="start and end"):
        sim.truth("total-mau")
