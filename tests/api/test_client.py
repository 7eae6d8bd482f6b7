"""Paged lists, and the account of a token."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import Account
from airflow_provider_ldusage.exceptions import (
    AnswerError,
)


def test_items_follow_relative_and_absolute_links_to_the_end(server: Any, client: Any) -> None:
    path = "/api/v2/projects"
    server.answers({"items": [{"key": "a"}], "_links": {"next": {"href": f"{path}?limit=1&offset=1"}}})
    server.answers({"items": [{"key": "b"}], "_links": {"next": {"href": f"{server.url}{path}?limit=1&offset=2"}}})
    server.answers({"items": [{"key": "c"}], "_links": {"self": {"href": path}}})
    assert [item["key"] for item in client.items(path, params=[("limit", "1")])] == ["a", "b", "c"]
    assert [asked.target for asked in server.asked] == [
        f"{path}?limit=1{more}" for more in ("", "&offset=1", "&offset=2")
    ]
    assert {asked.headers["LD-API-Version"] for asked in server.asked} == {"20240415"}


def test_pages_that_go_in_a_circle_end(server: Any, client: Any) -> None:
    server.answers({"items": [{}], "_links": {"next": {"href": "/api/v2/projects?offset=1"}}})
    with pytest.raises(AnswerError, match="circle"):
        list(client.items("/api/v2/projects"))
    assert len(server.asked) == 2


def test_pages_without_end_end(server: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_provider_ldusage.api.client.MAX_PAGES", 3)
    for number in range(5):
        server.answers({"page": {"nextCursor": f"c{number}"}})
    with pytest.raises(AnswerError, match="more than 3 pages"):
        list(client.pages_by_cursor("/api/v2/usage/data-export-events/projects/ranking"))


@pytest.mark.parametrize(
    "page",
    [[], {}, {"items": None}, {"items": ["text"]}, {"items": [], "_links": {"next": {}}}, {"items": [], "_links": "x"}],
)
def test_a_page_of_another_shape_is_refused(server: Any, client: Any, page: Any) -> None:
    server.answers(page)
    with pytest.raises(AnswerError, match=r"GET http://127\.0\.0\.1"):
        list(client.items("/api/v2/projects"))


def test_cursors_are_sent_back_until_there_is_none(server: Any, client: Any) -> None:
    path = "/api/v2/usage/data-export-events/projects/ranking"
    server.answers({"items": [1], "page": {"nextCursor": "a+b/="}})
    server.answers({"items": [2], "page": {"limit": 20}})
    pages = list(client.pages_by_cursor(path, params=[("from", "1"), ("to", "2")]))
    assert [page["items"] for page in pages] == [[1], [2]]
    assert [asked.target for asked in server.asked] == [f"{path}?from=1&to=2", f"{path}?from=1&to=2&cursor=a%2Bb%2F%3D"]


@pytest.mark.parametrize("page", [{"page": {"nextCursor": "same"}}, {"page": {"nextCursor": 5}}, {"page": "text"}])
def test_a_cursor_that_leads_nowhere_is_refused(server: Any, client: Any, page: Any) -> None:
    server.answers(page)
    with pytest.raises(AnswerError):
        list(client.pages_by_cursor("/api/v2/usage/data-export-events/projects/ranking"))
    assert len(server.asked) <= 2


def test_the_account_is_asked_for_once(server: Any, client: Any) -> None:
    server.answers({"accountId": "507f1f77", "tokenName": "reader"})
    assert client.account() == client.account() == Account(id="507f1f77", host="127.0.0.1")
    assert [asked.target for asked in server.asked] == ["/api/v2/caller-identity"]
    assert server.asked[0].headers["LD-API-Version"] == "20240415"


@pytest.mark.parametrize("body", [{}, {"accountId": ""}, {"accountId": 7}, []])
def test_an_identity_without_account_is_refused(server: Any, client: Any, body: Any) -> None:
    server.answers(body)
    with pytest.raises(AnswerError):
        client.account()


def test_importing_the_api_loads_no_http_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, airflow_provider_ldusage.api.client, airflow_provider_ldusage.api.ratelimit\n"
        "print([m for m in ('requests', 'tenacity', 'urllib3', 'msgspec', 'airflow', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
