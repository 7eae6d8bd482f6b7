"""Several requests of one client at once: connections, waits that count once, and an end that comes soon."""

from __future__ import annotations

import json
import re
import signal
import ssl
import threading
import time as real_time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.exceptions import ForbiddenError
from tests.api.at_once import AtOnce
from tests.api.server import LIMITED, TOKEN, Server, reply
from tests.api.tunnel import Tunnel

AMPLE = {"X-Ratelimit-Global-Limit": "100000", "X-Ratelimit-Global-Remaining": "99000"}
PATH = "/api/v2/usage/evaluations/default/production/{flag}"


class Alarm(BaseException):
    """What a signal's handler raises, as Airflow's for a timeout does."""


@pytest.fixture
def client(server: Server) -> Iterator[UsageClient]:
    server.answers({"accountId": "a"}, headers=AMPLE)
    with client_of(server) as client:
        for _ in range(8):  # until eight may be in flight
            client.get("/api/v2/caller-identity")
        server.script.clear()
        yield client


def client_of(server: Server, **config: Any) -> UsageClient:
    return UsageClient(ClientConfig(**{"token": TOKEN, "base_url": server.url, "max_wait": 4.0, **config}))


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "launchdarkly"]


def ask(client: UsageClient, count: int) -> list[Any]:
    def one(flag: str) -> Any:
        return client.get_json(PATH, path_args={"flag": flag})

    with client.side_by_side(one, map(str, range(count))) as flight:
        return [answer for _, answer in flight]


def flag_of(handler: BaseHTTPRequestHandler) -> int:
    return int(handler.path.rsplit("/", 1)[1])


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    reply(handler, status, body, AMPLE | (headers or {}))


def test_answers_come_in_order_over_few_connections(server: Server, client: UsageClient) -> None:
    ports = set()

    def behave(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address)
        real_time.sleep(0.02 if flag_of(handler) % 3 else 0.04)
        send(handler, 200, b"[%d]" % flag_of(handler))

    server.behaves(behave)
    for _ in range(2):
        assert ask(client, 30) == [[number] for number in range(30)]
    assert 2 <= len(ports) <= 8
    assert client.stats.requests == 68 and client.stats.retries == 0 and client.stats.waited == 0


def test_waits_after_refusals_count_once_for_all_threads(server: Server, client: UsageClient) -> None:
    refused, answering = set[int](), AtOnce()

    def behave(handler: BaseHTTPRequestHandler) -> None:
        with answering:
            real_time.sleep(0.1)
        if flag_of(handler) not in refused:
            refused.add(flag_of(handler))
            send(handler, 429, json.dumps(LIMITED).encode(), {"Retry-After": "1"})
        else:
            send(handler, 200, b"{}")

    server.behaves(behave)
    began = real_time.monotonic()
    assert ask(client, 4) == [{}] * 4
    assert client.stats.limited == client.stats.retries == 4 and answering.most == 4
    # Each thread has waited 1.5 s or more. Together that would be beyond max_wait.
    assert 1.5 <= client.stats.waited <= min(4.0, real_time.monotonic() - began)
    assert client.stats.paced == 0


def hangs(handler: BaseHTTPRequestHandler, ended: threading.Event) -> None:
    """Answers nothing until the client hangs up."""
    handler.connection.settimeout(10)
    if handler.connection.recv(1) == b"":
        ended.set()


@pytest.mark.parametrize("kind", ["refused", "signal"])
def test_requests_in_flight_end_soon(server: Server, client: UsageClient, kind: str, caplog: Any) -> None:
    ended, others = threading.Event(), threading.Event()

    def behave(handler: BaseHTTPRequestHandler) -> None:
        if flag_of(handler) == 0 and kind == "refused":
            others.wait(5)
            send(handler, 403, b'{"code": "forbidden", "message": "no"}')
            return
        others.set()
        hangs(handler, ended)

    server.behaves(behave)
    with alarm(others) if kind == "signal" else nullcontext():
        began = real_time.monotonic()
        with pytest.raises(ForbiddenError if kind == "refused" else Alarm):
            ask(client, 20)
    assert real_time.monotonic() - began < 4 and ended.wait(5)
    assert client.stats.retries == 0 and "retry" not in caplog.text  # whom nobody needs does not try again
    server.script[:] = [lambda handler: send(handler, 200, b"{}")]
    assert ask(client, 3) == [{}] * 3  # the client can be used further


@contextmanager
def alarm(when: threading.Event) -> Iterator[None]:
    """Lets a signal arrive in the main thread, once there is somebody to wait for."""

    def raise_alarm(*_: object) -> None:
        raise Alarm

    def send_signal() -> None:
        assert when.wait(5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, raise_alarm)
    threading.Thread(target=send_signal).start()
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("through", ["nothing", "a proxy with TLS"])
def test_connections_with_tls_end_soon_too(secure: Server, tls: ssl.SSLContext, through: str) -> None:
    ended = threading.Event()

    def behave(handler: BaseHTTPRequestHandler) -> None:
        if flag_of(handler) < 4:
            send(handler, 200, b"{}")
        elif flag_of(handler) == 4:
            real_time.sleep(0.2)
            send(handler, 403, b'{"code": "forbidden", "message": "no"}')
        else:
            hangs(handler, ended)

    secure.behaves(behave)
    with Tunnel(tls) as tunnel:
        proxies = {} if through == "nothing" else {"https": tunnel.url}
        with client_of(secure, verify=False, proxies=proxies) as client, pytest.warns(Warning, match="Unverified"):
            began = real_time.monotonic()
            with pytest.raises(ForbiddenError):
                ask(client, 20)
    assert real_time.monotonic() - began < 4 and ended.wait(5)


def test_no_more_in_flight_than_the_connection_says(server: Server) -> None:
    answering = AtOnce()

    def behave(handler: BaseHTTPRequestHandler) -> None:
        with answering:
            real_time.sleep(0.01)
        send(handler, 200, b"{}")

    server.behaves(behave)
    for bound in (1, 3):
        answering.most = 0
        with client_of(server, max_in_flight=bound) as client:
            ask(client, 20)
        assert min(bound, 2) <= answering.most <= bound


def test_messages_name_the_flag_that_was_refused(server: Server, client: UsageClient) -> None:
    server.behaves(lambda handler: send(handler, 404 if flag_of(handler) in (5, 6) else 200, b"{}"))
    with pytest.raises(Exception, match=re.escape("production/5")):
        ask(client, 20)
