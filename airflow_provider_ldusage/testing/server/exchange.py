"""A recorded request, and the response that goes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DROP = -1
"""Where to cut a connection that is dropped without any answer."""


@dataclass(frozen=True)
class Request:
    """A recorded request.

    :param method: HTTP method
    :param path: path as sent
    :param query: query parameters as decoded pairs, in order
    :param headers: headers as sent
    :param status: status of the answer; 0 if the connection was dropped without one
    :param at: ``time.monotonic()`` on arrival
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    status: int
    at: float

    def header(self, name: str) -> str | None:
        """The value of a header.

        :param name: its name, in any case
        :returns: the value, or None if it was not sent
        """
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def values(self, name: str) -> list[str]:
        """The values of a query parameter.

        :param name: its name
        :returns: all values, in order
        """
        return [value for key, value in self.query if key == name]


@dataclass(frozen=True)
class Response:
    """What goes back.

    :param status: HTTP status
    :param headers: headers
    :param body: the body
    :param cut: bytes of the body after which the connection is closed; :data:`DROP` drops it without any answer
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: int | None = None


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A response with a JSON body.

    :param status: HTTP status
    :param body: what the JSON holds
    :param headers: further headers
    :returns: the response
    """
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode())
