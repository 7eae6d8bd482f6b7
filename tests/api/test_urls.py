"""URLs of requests: encoded, and followed only within the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.api.urls import request_path
from airflow_provider_ldusage.exceptions import (
    AnswerError,
    UsageArgumentError,
)
from tests.api.server import USAGE


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
