"""Fixtures: a server, a clock, and clients that use both."""

from __future__ import annotations

import logging
import random
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig
from tests.api.server import TOKEN, Server, Time


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

    def make(waited: float = 0.0, defer_from: float | None = None, **config: Any) -> UsageClient:
        full = ClientConfig(**{"token": TOKEN, "base_url": server.url, "timeout": 30.0, **config})
        rng = random.Random(7)
        clients.append(UsageClient(full, waited=waited, defer_from=defer_from, sleep=time.sleep, clock=time, rng=rng))
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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """What a server with the certificate speaks TLS by."""
    key, chain = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


@pytest.fixture
def secure(tls: ssl.SSLContext, tls_server: Any) -> Any:
    return tls_server(tls)
