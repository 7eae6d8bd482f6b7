"""Limits of size and time for the body of a response."""

from __future__ import annotations

import gzip
import time as real_time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.exceptions import (
    ServerTroubleError,
)
from tests.api.server import USAGE, failure


def test_gzip_is_taken_off(server: Any, client: Any) -> None:
    server.answers(raw=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    assert client.get_json(USAGE) == {"a": 1}
    assert client.stats.bytes == 8


def test_a_gzip_bomb_is_refused(server: Any, connect: Any) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    server.answers(raw=bomb, headers={"Content-Encoding": "gzip"})
    error = failure(connect(max_body_bytes=1_000_000), exceptions.AnswerError)
    assert "larger than 1000000 bytes" in str(error) and len(bomb) < 1_000_000 and len(server.asked) == 1


def test_a_body_may_be_as_large_as_allowed_and_not_a_byte_larger(server: Any, connect: Any) -> None:
    server.answers(raw=b"[" + b" " * 998 + b"]")
    assert len(connect(max_body_bytes=1000).get(USAGE)) == 1000
    failure(connect(max_body_bytes=999), exceptions.AnswerError)


@pytest.mark.parametrize("status", [429, 500])
def test_an_error_with_an_endless_body_is_an_error_still(server: Any, connect: Any, time: Any, status: int) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 %d X\r\nConnection: close\r\n\r\n" % status)
        for _ in range(10_000):
            handler.wfile.write(b"x" * 100_000)

    server.behaves(endless)
    server.answers({"ok": True})
    assert connect().get_json(USAGE) == {"ok": True}


def drip(handler: BaseHTTPRequestHandler, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n") -> None:
    handler.wfile.write(head)
    for _ in range(1000):
        handler.wfile.write(b" ")
        real_time.sleep(0.02)


def drip_chunk(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n")


def drip_without_length(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")


@pytest.mark.parametrize("fault", [drip, drip_chunk, drip_without_length])
def test_a_slow_drip_does_not_hold_a_task(server: Any, connect: Any, time: Any, fault: Any) -> None:
    began = real_time.monotonic()
    server.behaves(fault)
    error = failure(connect(max_read=0.15), exceptions.ServerTroubleError)
    assert "did not end within 0.15 s" in str(error) and len(server.asked) == 6
    assert real_time.monotonic() - began < 15  # to its end, one drip takes 20 s


def test_a_slow_drip_over_tls_does_not_hold_a_task(
    secure: Any, connect: Any, certificate: tuple[Path, Path], time: Any
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            handler.wfile.write(b" ")
            real_time.sleep(0.02)

    secure.behaves(drip)
    began = real_time.monotonic()
    with pytest.raises(ServerTroubleError, match="did not end"):
        connect(base_url=secure.url, verify=str(certificate[1]), max_read=0.15).get(USAGE)
    assert real_time.monotonic() - began < 15 and len(secure.asked) == 6  # to its end, one drip takes 20 s


def test_a_redirect_with_a_slow_body_is_a_redirect_still(server: Any, connect: Any) -> None:
    began = real_time.monotonic()
    head = b"HTTP/1.1 302 Found\r\nLocation: /api/v2/x\r\nContent-Length: 100000\r\n\r\n"
    server.behaves(lambda handler: drip(handler, head))
    failure(connect(max_read=0.15), exceptions.RequestRefusedError)
    assert real_time.monotonic() - began < 15 and len(server.asked) == 1
