"""A scripted HTTP server on loopback, a clock that moves when someone sleeps, and a check of errors."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions

TOKEN = "api-5ec2e7e5-0000-4000-8000-00000000c0de"
USAGE = "/api/v2/usage/total-mau"
LIMITED = {"code": "rate_limited", "message": "You've exceeded the API rate limit. Try again later."}

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Asked:
    """One request as the server saw it: the raw target, and the headers."""

    target: str
    headers: dict[str, str]


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # broken connections are what many tests are about


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    """Answer a request, without a Date."""
    handler.send_response_only(status)
    all_headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    for name, value in all_headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


class Server:
    """Answers requests in the order of its script; the last answer is given for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.script: list[Behaviour] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(Asked(self.path, dict(self.headers)))
                behave = outer.script.pop(0) if len(outer.script) > 1 else outer.script[0]
                try:
                    behave(self)
                except OSError:
                    self.close_connection = True  # the client has had enough

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = Quiet(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answers(
        self, body: Any = None, *, status: int = 200, headers: dict[str, str] | None = None, raw: bytes | None = None
    ) -> None:
        """Add an answer to the script: ``body`` as JSON, or ``raw`` as it is."""
        sent = json.dumps({} if body is None else body).encode() if raw is None else raw
        self.behaves(lambda handler: reply(handler, status, sent, headers))

    def behaves(self, behave: Behaviour) -> None:
        self.script.append(behave)


@dataclass
class Time:
    """A clock that only moves when someone sleeps."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def failure(client: Any, kind: type[exceptions.LaunchDarklyUsageError], secret: str = TOKEN, params: Any = ()) -> Any:
    """The error that asking raises, once it is proved to hold no secret: not in texts, fields, causes or contexts."""
    with pytest.raises(kind) as caught:
        client.get(USAGE, params=params)
    each = caught.value
    assert each.__cause__ is None and each.__context__ is None
    assert secret not in str(each) + repr(each) + repr(each.args) + repr(vars(each))
    return caught.value
