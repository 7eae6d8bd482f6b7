"""A real HTTP server on loopback that answers by a script and remembers what it was asked, and time that flies."""

from __future__ import annotations

import json
import logging
import random
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig

TOKEN = "api-5ec2e7e5-0000-4000-8000-00000000c0de"
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
        all_headers = {"Content-Type": "application/json", "Content-Length": str(len(sent)), **(headers or {})}

        def behave(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response_only(status)  # without a Date of its own
            for name, value in all_headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(sent)

        self.script.append(behave)

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


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def tls_server() -> Iterator[Callable[[ssl.SSLContext], Server]]:
    started: list[Server] = []

    def start(context: ssl.SSLContext) -> Server:
        started.append(Server(context))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """Another server, where the token must never arrive."""
    server = Server()
    server.answers({"items": [{"key": "stolen"}]})
    yield server
    assert all(TOKEN not in str(asked) for asked in server.asked)
    server.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def connect(server: Server, time: Time) -> Iterator[Callable[..., UsageClient]]:
    clients: list[UsageClient] = []

    def make(**config: Any) -> UsageClient:
        full = ClientConfig(**{"token": TOKEN, "base_url": server.url, "timeout": 30.0, **config})
        clients.append(UsageClient(full, sleep=time.sleep, clock=time, rng=random.Random(7)))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


@pytest.fixture
def client(connect: Callable[..., UsageClient]) -> UsageClient:
    return connect()


@pytest.fixture(autouse=True)
def token_is_never_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Holds for each test of this folder: all loggers, urllib3's too, down to DEBUG."""
    with caplog.at_level(logging.DEBUG):
        yield
    for when in ("setup", "call"):
        for record in caplog.get_records(when):
            assert TOKEN not in record.getMessage() and TOKEN not in str(record.__dict__)
