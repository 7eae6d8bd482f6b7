"""One request: what is sent, what counts as a response, and connections that break."""

from __future__ import annotations

import os
import socket
import struct
import time as real_time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from airflow_provider_ldusage import __version__, exceptions
from airflow_provider_ldusage.exceptions import (
    AnswerError,
)
from tests.api.server import TOKEN, USAGE, failure


def test_a_request_says_who_asks_for_what(server: Any, client: Any) -> None:
    server.answers({"series": []})
    assert client.get(USAGE) == b'{"series": []}'
    headers = server.asked[0].headers
    assert headers["Authorization"] == TOKEN
    assert headers["LD-API-Version"] == "beta"
    assert headers["User-Agent"].startswith(f"airflow-provider-ldusage/{__version__} (python-requests/")
    assert headers["Accept"] == "application/json" and headers["Accept-Encoding"] == "gzip"
    assert client.stats.requests == 1 and client.stats.bytes == 14 and client.stats.retries == 0


def test_an_array_is_an_answer_too(server: Any, client: Any) -> None:
    server.answers([{"name": "go"}])
    assert client.get_json("/api/v2/usage/sdk-versions/all") == [{"name": "go"}]


@pytest.mark.parametrize("raw", [b"", b"   ", b"<html>Please log in</html>", b'"text"', b"null"])
def test_a_200_that_is_not_json_is_refused_with_an_excerpt(server: Any, client: Any, raw: bytes) -> None:
    server.answers(raw=raw, headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(AnswerError, match="text/html") as caught:
        client.get(USAGE)
    assert USAGE in str(caught.value) and raw.decode().strip() in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("raw", [b'{"a": ', b"[1, NaN]", b'{"a": "\xff"}', b"[" * 200_000])
def test_broken_json_is_refused(server: Any, client: Any, raw: bytes) -> None:
    server.answers(raw=raw)
    with pytest.raises(AnswerError, match="not valid JSON"):
        client.get_json(USAGE)


@pytest.mark.parametrize("status", [202, 204, 206])
def test_a_success_other_than_200_is_refused(server: Any, client: Any, status: int) -> None:
    server.answers(raw=b"" if status == 204 else b"{}", status=status)
    with pytest.raises(AnswerError, match=rf"The answer \({status}\) has an unknown meaning"):
        client.get(USAGE)


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    os.close(handler.connection.detach())


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"series": [')
    hang_up(handler)


def cut_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{}      \r\n40\r\nab")
    hang_up(handler)


def no_last_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
    hang_up(handler)


def bad_gzip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}")


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    hang_up(handler)


def two_lengths(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
    hang_up(handler)


def many_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n{}")
    hang_up(handler)


FAULTS = [reset, hang_up, cut_short, cut_chunk, no_last_chunk, bad_gzip, garbage, two_lengths, many_headers]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_connection_is_tried_again(server: Any, client: Any, time: Any, fault: Any) -> None:
    server.behaves(fault)
    server.answers({"ok": True})
    assert client.get_json(USAGE) == {"ok": True}
    assert client.stats.retries == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_connection_that_stays_broken_is_reported(server: Any, client: Any, time: Any, fault: Any) -> None:
    server.behaves(fault)
    error = failure(client, exceptions.ServerTroubleError)
    assert error.status is None and len(server.asked) == 6 and "did not answer" in str(error)


def test_silence_times_out(server: Any, connect: Any, time: Any) -> None:
    server.behaves(lambda handler: real_time.sleep(0.5))
    server.answers({"ok": True})
    assert connect(timeout=0.1).get_json(USAGE) == {"ok": True}


def test_a_refused_connection_is_reported(server: Any, connect: Any, time: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = failure(connect(base_url=url), exceptions.ServerTroubleError)
    assert "Connection refused" in str(error) and len(time.slept) == 5
