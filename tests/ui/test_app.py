"""The routes: who gets what, and what everybody is told when something is wrong."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from airflow_provider_ldusage.insight.views.stored_view import VIEWS
from airflow_provider_ldusage.ui import app as app_module
from airflow_provider_ldusage.ui.app import AT_ONCE, STATIC, CachedReader, create_app
from airflow_provider_ldusage.ui.guard import HEADERS
from airflow_provider_ldusage.ui.lakes import Lake, Lakes
from airflow_provider_ldusage.ui.reading import Body, Stores
from tests.ui.conftest import BILL, Pages

pytestmark = pytest.mark.airflow

DATA = [f"data/{name}.json" for name in ("lakes", *VIEWS)]
PROTECTED = ["pages/usage.html", *DATA]


def routes(app: Any) -> set[str]:
    return {route.path.lstrip("/") for route in app.routes}


def test_these_are_all_routes(pages: Pages) -> None:
    assert routes(create_app(static=pages.static)) == {*PROTECTED, "static"}


@pytest.mark.parametrize("path", PROTECTED)
def test_nobody_gets_a_page_or_data_without_a_login(pages: Pages, path: str) -> None:
    assert pages.visited_by(None).get(path).status_code == 401


@pytest.mark.parametrize("path", PROTECTED)
@pytest.mark.parametrize("role", ["none", "forged"])
def test_who_may_not_see_plugins_gets_nothing(pages: Pages, path: str, role: str) -> None:
    client = pages.visited_by("admin")
    if role == "forged":
        client.headers["Authorization"] += "x"
    else:
        client = pages.visited_by("none")
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("role", ["viewer", "user", "op", "admin"])
def test_who_may_see_plugins_sees_all(pages: Pages, role: str) -> None:
    for view in VIEWS:
        pages.store(view, BILL)
    client = pages.visited_by(role)
    assert {path: client.get(path).status_code for path in PROTECTED} == dict.fromkeys(PROTECTED, 200)


def test_the_cookie_of_airflows_login_is_enough(pages: Pages) -> None:
    client = pages.visited_by("viewer")
    cookie = client.headers.pop("Authorization").removeprefix("Bearer ")
    client.cookies.set("_token", cookie)
    assert client.get("data/bill.json").status_code == 200


def test_static_files_are_the_same_for_everybody(pages: Pages) -> None:
    client = pages.visited_by(None)
    assert client.get("static/icon.svg").text == "<p>icon.svg"
    for path in ("static/none.js", "static/../conftest.py", "static/%2e%2e/lake/_ldusage/report/bill.json", "static/",
                 "static/%252e%252e/usage.html", "static/%00", "static/..%2flake/_ldusage/report/bill.json",
                 "static//etc/passwd", "static/" + "x" * 5000):  # fmt: skip
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [*PROTECTED, "static/icon.svg", "none", ""])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(pages: Pages, path: str, method: str) -> None:
    answer = pages.visited_by("admin").request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["docs", "redoc", "openapi.json", "data/other.json", "data/bill", "pages/usage.html/"])
def test_there_is_nothing_else(pages: Pages, path: str) -> None:
    assert pages.visited_by("admin").get(path, follow_redirects=False).status_code == 404


@pytest.mark.parametrize("role", [None, "viewer"])
def test_every_answer_has_the_headers(pages: Pages, role: str | None) -> None:
    client = pages.visited_by(role)
    for path in (*PROTECTED, "static/icon.svg", "none"):
        headers = client.get(path).headers
        assert {name: headers.get(name) for name in HEADERS} == HEADERS


def test_a_view_is_the_object_and_json(pages: Pages) -> None:
    hostile = {**BILL, "meters": [{"meter": "</script><script>alert(1)</script>"}], "through": None}
    pages.store("bill", hostile)
    answer = pages.visited_by("viewer").get("data/bill.json")
    assert (answer.headers["content-type"], answer.json()) == ("application/json", hostile)


def test_what_has_not_changed_is_not_sent_again(pages: Pages) -> None:
    client = pages.visited_by("viewer")
    first = client.get("data/bill.json")
    again = client.get("data/bill.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    weak = client.get("data/bill.json", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert weak.status_code == 304, "a proxy that compresses an answer makes its tag weak"
    assert client.get("data/bill.json", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path", ["data%2Fbill.json", "pages%2fusage.html", "static/..%2fdata/bill.json", "/data/bill.json"]
)
def test_no_spelling_of_an_address_leads_past_the_login(pages: Pages, path: str) -> None:
    answer = pages.visited_by(None).get(f"http://testserver/ldusage/{path}", follow_redirects=False)
    assert answer.status_code in (401, 404)
    head = pages.visited_by(None).head("data/bill.json")
    assert (head.status_code, head.content) == (405, b"")


def test_several_lakes_are_told_by_their_names_alone(pages: Pages) -> None:
    pages.names = {"here": pages.lake.as_uri(), "there": "s3://secret_conn@lake/usage"}
    client = pages.visited_by("viewer")
    assert client.get("data/lakes.json").json() == {
        "lakes": [{"name": "here", "uri": pages.lake.as_uri()}, {"name": "there", "uri": "s3://lake/usage"}],
        "selected": "here",
    }
    assert client.get("data/bill.json", params={"lake": "here"}).json()["through"] == "2026-11-11"
    for name in (pages.lake.as_uri(), "../here", "file:///etc", ""):
        answer = client.get("data/bill.json", params={"lake": name})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_lake")


@pytest.mark.parametrize(
    ("broken", "status", "code", "said"),
    [
        (lambda pages: pages.names.clear(), 404, "no_lake", "ldusage_destination"),
        (lambda pages: pages.names.update(default=f"{pages.lake.as_uri()}/empty"), 404, "no_report", "ReportOperator"),
        (lambda pages: pages.names.update(default="s3://no_such_conn@lake/x"), 502, "unreadable", "Add it"),
        (lambda pages: pages.names.update(default="ftp://x/y"), 502, "unreadable", "Give"),
        (lambda pages: pages.store("bill", {**BILL, "version": 2}), 409, "newer_version", "restart"),
        (lambda pages: pages.store("bill", {"version": "1"}), 502, "unreadable", "again"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(pages: Pages, broken: Any, status: int, code: str, said: str) -> None:
    broken(pages)
    answer = pages.visited_by("viewer").get("data/bill.json")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert set(told) == {"code", "title", "detail", "action"} and all(told.values())
    assert said in told["action"]


def test_an_error_that_nobody_thought_of_is_no_secret_and_no_end(pages: Pages) -> None:
    pages.lakes = lambda: 1 / 0 if pages.names else Lakes({})  # type: ignore[method-assign, assignment, return-value]
    client = pages.visited_by("viewer")
    answer = client.get("data/bill.json")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert answer.json()["detail"] == "The page failed with ZeroDivisionError."
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    pages.names.clear()
    assert client.get("data/bill.json").json()["code"] == "no_lake"


def test_it_works_below_any_prefix(pages: Pages) -> None:
    client = pages.visited_by("viewer", prefix="/air/flow/ldusage")
    assert client.get("pages/usage.html").status_code == client.get("data/bill.json").status_code == 200


def test_stores_that_hang_leave_the_api_server_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, most, done = 0, 0, threading.Lock()

    def slow(stores: Stores, lake: Lake, view: str) -> Body:
        nonlocal reading, most
        with done:
            reading += 1
            most = max(most, reading)
        time.sleep(0.02)
        with done:
            reading -= 1
        return Body(view.encode(), "")

    monkeypatch.setattr(app_module, "read_body", slow)
    reader = CachedReader(Stores())

    async def everybody() -> list[Body]:
        return await asyncio.gather(*(reader.body(Lake(str(n), ""), "bill") for n in range(AT_ONCE * 3)))

    assert len(asyncio.run(everybody())) == AT_ONCE * 3
    assert most == AT_ONCE


def test_a_lake_that_hangs_is_told_and_others_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    hung, answering = threading.Event(), []

    def slow(stores: Stores, lake: Lake, view: str) -> Body:
        if lake.name == "hangs":
            answering.append(view)
            assert hung.wait(5)
        return Body(view.encode(), "")

    monkeypatch.setattr(app_module, "read_body", slow)
    monkeypatch.setattr(app_module, "PATIENCE", 0.02)
    reader, hangs, works = CachedReader(Stores()), Lake("hangs", ""), Lake("works", "")

    async def everybody() -> list[Any]:
        asked = [reader.body(hangs, view) for view in VIEWS for _ in range(5)]
        told = await asyncio.gather(*asked, reader.body(works, "bill"), return_exceptions=True)
        hung.set()
        monkeypatch.setattr(app_module, "PATIENCE", 5)
        return [*told, await reader.body(hangs, "bill")]

    *told, other, later = asyncio.run(everybody())
    assert {(each.status, each.code) for each in told} == {(504, "slow")}
    assert (other.content, later.content) == (b"bill", b"bill")
    assert len(answering) == len(set(answering)), "many who ask for the same are one"


def test_an_unexpected_error_reaches_all_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    times = []

    def broken(stores: Stores, lake: Lake, view: str) -> Body:
        times.append(view)
        time.sleep(0.02)
        raise ZeroDivisionError

    monkeypatch.setattr(app_module, "read_body", broken)
    reader = CachedReader(Stores())

    async def everybody() -> list[Any]:
        return await asyncio.gather(*(reader.body(Lake("a", ""), "bill") for _ in range(9)), return_exceptions=True)

    assert {type(each) for each in asyncio.run(everybody())} == {ZeroDivisionError}
    assert len(times) == 1


def test_the_icons_of_the_menu_are_there() -> None:
    from airflow_provider_ldusage.ui.plugin import UsagePlugin

    (view,) = UsagePlugin.external_views
    for key in ("icon", "icon_dark_mode"):
        assert (STATIC / view[key].removeprefix("ldusage/static/")).read_text().startswith("<svg")
    assert json.dumps(view).count("http") == 0
