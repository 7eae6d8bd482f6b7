"""Scripted answers."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_ldusage.testing.api.refusal import DOCUMENTED, ErrorBody
from airflow_provider_ldusage.testing.server.exchange import Response


@dataclass
class Fault:
    """A scripted answer to the next requests that match.

    :param status: HTTP status of the answer; None for the true answer, only late or cut
    :param headers: further headers
    :param body: None for the documented error of the status; text or bytes as they are; anything else as JSON
    :param times: how many requests it answers
    :param path: part of the path, or a pattern with ``*``; None matches every path
    :param delay: seconds to wait before answering
    :param cut: close the connection after this many bytes of the body; -1 drops it without any answer
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    times: int = 1
    path: str | None = None
    delay: float = 0.0
    cut: int | None = None

    def matches(self, path: str) -> bool:
        """Whether it answers this path.

        :param path: path of a request
        :returns: True if it does
        """
        return self.path is None or matches(self.path, path)

    def response(self) -> Response | None:
        """The scripted response, or None for the true answer."""
        if self.status is None:
            return None
        return Response(self.status, {"Content-Type": "application/json", **self.headers}, self._raw_body(self.status))

    def _raw_body(self, status: int) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        if self.body is not None:
            return json.dumps(self.body).encode()
        if status < 400:
            return b""
        error = DOCUMENTED.get(status, ErrorBody("error", f"HTTP {status}"))
        return json.dumps(error.as_json()).encode()


def matches(pattern: str, path: str) -> bool:
    """Whether a path matches.

    :param pattern: part of the path, or a pattern of the whole path with ``*``
    :param path: path of a request
    :returns: True if it does
    """
    return fnmatch.fnmatchcase(path, pattern) if "*" in pattern else pattern in path
