"""What holds for every answer."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from airflow_provider_ldusage.ui.guard import HEADERS, POLICY, Guard

SCOPE = {"type": "http", "method": "GET", "path": "/x", "headers": []}


def answers(app: Any, **scope: Any) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    asyncio.run(Guard(app)({**SCOPE, **scope}, receive, send))
    return sent


def test_an_error_after_the_answer_has_begun_is_raised() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answers(app)


def test_an_error_before_it_is_an_answer_with_the_headers() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    start, body = answers(app)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert (start["status"], b"ZeroDivisionError" in body["body"]) == (500, True)
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()


def test_other_kinds_of_connections_are_left_alone() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": scope["type"]})

    assert answers(app, type="lifespan") == [{"type": "lifespan"}]


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules.pop("default-src") == "'none'"
    assert not re.search(r"https?:|\*|unsafe-eval", POLICY)
    assert [name for name, value in rules.items() if "unsafe" in value] == ["style-src"]
