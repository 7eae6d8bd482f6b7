"""One request on the wire. What becomes of its response is the matter of ``test_transport.py``."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.api.body import Body
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.redaction import Redactor
from airflow_provider_ldusage.api.retry import Failure
from airflow_provider_ldusage.api.sending import Response, Sender
from airflow_provider_ldusage.api.session import build_session
from tests.api.server import TOKEN, USAGE


@pytest.fixture
def send(server: Any, time: Any) -> Any:
    config = ClientConfig(token=TOKEN, base_url=server.url, max_body_bytes=100)
    session = build_session(config)
    yield lambda: Sender(config, Redactor(config), time).send(session, server.url + USAGE, "beta")
    session.close()


def test_a_200_has_a_body_and_the_times_around_it(server: Any, send: Any, time: Any) -> None:
    server.answers({"a": 1}, headers={"X-Ratelimit-Global-Remaining": "7"})
    found = send()
    assert isinstance(found, Response) and isinstance(found.body, Body)
    with found.body as body:
        assert body.read() == b'{"a": 1}'
    assert found.status == 200 and found.headers["x-ratelimit-global-remaining"] == "7"
    assert found.sent <= found.received == time.now


def test_any_other_status_has_the_start_of_its_body(server: Any, send: Any) -> None:
    server.answers(raw=b"x" * 10, status=404)
    assert send().body == b"x" * 10


@pytest.mark.parametrize(("size", "retryable"), [(101, False), (-1, True)])
def test_what_cannot_be_read_is_a_failure_and_no_error(server: Any, send: Any, size: int, retryable: bool) -> None:
    def hang_up(handler: Any) -> None:
        handler.close_connection = True

    server.answers(raw=b" " * size) if size > 0 else server.behaves(hang_up)
    found = send()
    assert isinstance(found, Failure) and found.retryable is retryable
    assert TOKEN not in str(found.error)
