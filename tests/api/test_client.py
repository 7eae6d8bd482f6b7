"""What is asked for, and what a good answer gives."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage import __version__
from airflow_provider_ldusage.api.client import Account
from airflow_provider_ldusage.api.urls import request_path
from airflow_provider_ldusage.exceptions import AnswerError, UsageArgumentError

TOKEN = "api-5ec2e7e5-0000-4000-8000-00000000c0de"
USAGE = "/api/v2/usage/total-mau"


def test_a_request_says_who_asks_for_what(server: Any, client: Any) -> None:
    server.answers({"series": []})
    assert client.get(USAGE) == b'{"series": []}'
    headers = server.asked[0].headers
    assert headers["Authorization"] == TOKEN
    assert headers["LD-API-Version"] == "beta"
    assert headers["User-Agent"].startswith(f"airflow-provider-ldusage/{__version__} (python-requests/")
    assert headers["Accept"] == "application/json" and headers["Accept-Encoding"] == "gzip"
    assert client.stats.requests == 1 and client.stats.bytes == 14 and client.stats.retries == 0


def test_several_values_are_repeated_never_joined(server: Any, client: Any) -> None:
    server.answers({})
    client.get(USAGE, params=[("groupBy", "projectId"), ("groupBy", "sdkName"), ("projectKey", "a,b &c/é")])
    assert server.asked[0].target == f"{USAGE}?groupBy=projectId&groupBy=sdkName&projectKey=a%2Cb%20%26c%2F%C3%A9"


def test_path_arguments_arrive_as_one_segment_each(server: Any, client: Any) -> None:
    server.answers({})
    keys = {"projectKey": "a/b", "environmentKey": "%2e%2e", "featureFlagKey": "new.flag?x=1#y z"}
    client.get("/api/v2/usage/evaluations/{projectKey}/{environmentKey}/{featureFlagKey}", path_args=keys)
    segments = server.asked[0].target.split("/")
    assert [unquote(segment) for segment in segments[5:]] == list(keys.values())


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800", None, 7])
def test_a_path_argument_that_cannot_be_sent_is_refused_before_asking(server: Any, client: Any, value: Any) -> None:
    with pytest.raises(UsageArgumentError, match="type"):
        client.get("/api/v2/usage/events/{type}", path_args={"type": value})
    assert not server.asked


def test_path_arguments_must_be_those_of_the_template(client: Any) -> None:
    with pytest.raises(UsageArgumentError, match=r"\['type'\]"):
        client.get("/api/v2/usage/events/{type}", path_args={"kind": "received"})
    with pytest.raises(UsageArgumentError):
        client.get("https://evil.example/api/v2/usage")
    with pytest.raises(UsageArgumentError):
        client.get(USAGE, params=[("projectKey", "\ud800")])


@given(st.text())
def test_any_text_becomes_exactly_one_segment_or_is_refused(text: str) -> None:
    try:
        path = request_path("/api/v2/usage/events/{type}", {"type": text}, ())
    except UsageArgumentError:
        assert text in ("", ".", "..") or any("\ud800" <= c <= "\udfff" for c in text)
        return
    sent = requests.Request("GET", "https://ld.example" + path).prepare().path_url  # as sent
    assert sent.startswith("/api/v2/usage/events/") and sent.count("/") == 5 and not set(sent) & set("?#")
    assert unquote(sent.rpartition("/")[2]) == text


def test_gzip_is_taken_off(server: Any, client: Any) -> None:
    server.answers(raw=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    assert client.get_json(USAGE) == {"a": 1}
    assert client.stats.bytes == 8


def test_an_array_is_an_answer_too(server: Any, client: Any) -> None:
    server.answers([{"name": "go"}])
    assert client.get_json("/api/v2/usage/sdk-versions/all") == [{"name": "go"}]


@pytest.mark.parametrize("raw", [b"", b"   ", b"<html>Please log in</html>", b'"text"', b"null"])
def test_a_200_that_is_no_json_object_is_refused_with_an_excerpt(server: Any, client: Any, raw: bytes) -> None:
    server.answers(raw=raw, headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(AnswerError, match="text/html") as caught:
        client.get(USAGE)
    assert USAGE in str(caught.value) and raw.decode().strip() in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("raw", [b'{"a": ', b"[1, NaN]", b'{"a": "\xff"}', b"[" * 200_000])
def test_broken_json_is_refused(server: Any, client: Any, raw: bytes) -> None:
    server.answers(raw=raw)
    with pytest.raises(AnswerError, match="not valid JSON"):
        client.get_json(USAGE)


@pytest.mark.parametrize("status", [202, 204, 206])
def test_a_success_other_than_200_is_no_answer(server: Any, client: Any, status: int) -> None:
    server.answers(raw=b"" if status == 204 else b"{}", status=status)
    with pytest.raises(AnswerError, match=f"-> {status}"):
        client.get(USAGE)


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


@pytest.mark.parametrize(
    "href",
    [
        "{elsewhere}/api/v2/projects",
        "//127.0.0.2/api/v2/projects",
        "https://127.0.0.1/api/v2/projects",
        "http://127.0.0.1@evil.example/api/v2/projects",
        "{server}/api/v2/../../admin",
        "{server}/api/v2/%2e%2e/admin",
        "/internal/projects",
        "/api/v2/projects\\@evil.example",
        "/api/v2/projects\r\nX: y",
        "javascript:alert(1)",
        "http://[::1",
        "http://127.0.0.1:99999/api/v2/projects",
    ],
)
def test_a_next_page_elsewhere_is_refused(server: Any, client: Any, elsewhere: Any, href: str) -> None:
    href = href.format(elsewhere=elsewhere.url, server=server.url)
    server.answers({"items": [], "_links": {"next": {"href": href}}})
    with pytest.raises(AnswerError, match="next page lies outside"):
        list(client.items("/api/v2/projects"))
    assert not elsewhere.asked and len(server.asked) == 1


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


def test_netrc_does_not_replace_the_token(
    server: Any, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers({})
    client.get(USAGE)
    client.session.get(server.url + USAGE)
    assert [asked.headers["Authorization"] for asked in server.asked] == [TOKEN, TOKEN]


def test_loopback_is_never_asked_through_a_proxy(
    server: Any, connect: Any, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, elsewhere.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.answers({})
    connect(proxies={"http": elsewhere.url}).get(USAGE)
    assert not elsewhere.asked and len(server.asked) == 1


def test_the_session_of_the_hook_takes_the_token_nowhere_else(server: Any, client: Any, elsewhere: Any) -> None:
    server.answers(status=302, headers={"Location": elsewhere.url + "/api/v2/x"})
    assert client.session.get(elsewhere.url, headers={"Authorization": TOKEN}).status_code == 200
    assert "Authorization" not in elsewhere.asked[0].headers
    assert client.session.get(server.url + USAGE).status_code == 302  # not followed even when asked to
    assert len(elsewhere.asked) == 1
    assert TOKEN not in repr(client) + repr(client.session.auth) + repr(client.config)


def test_importing_the_api_loads_no_http_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, airflow_provider_ldusage.api.client, airflow_provider_ldusage.api.ratelimit\n"
        "print([m for m in ('requests', 'tenacity', 'urllib3', 'msgspec', 'airflow', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
