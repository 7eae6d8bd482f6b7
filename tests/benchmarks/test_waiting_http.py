"""The server that answers as late as one far away."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from benchmarks import far_launchdarkly
from benchmarks.waiting_http import Control, unchunked

MS = 60
USAGE = "/api/v2/usage/evaluations/project/production/flag?from=1735689600000&to=1735862400000"


@pytest.fixture
def server() -> Iterator[Control]:
    with far_launchdarkly.running() as found:
        yield found


def connection(server: Control) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=30)


def ask(over: http.client.HTTPConnection, **headers: str) -> bytes:
    over.request("GET", USAGE, headers=headers)
    answer = over.getresponse()
    assert answer.status == 200
    return answer.read()


def test_each_answer_waits_for_a_round_trip_and_a_new_connection_for_two(server: Control) -> None:
    server.wait(MS)
    over = connection(server)
    server.counts()
    began = time.monotonic()
    ask(over)
    opened = time.monotonic()
    ask(over)
    kept = time.monotonic()
    assert opened - began >= 2 * MS / 1000
    assert kept - opened >= MS / 1000
    found = server.counts()
    assert (found["usage"], found["connect"], found["round trips"]) == (2, 1, 3)


def test_an_expect_header_costs_a_round_trip_more(server: Control) -> None:
    over = connection(server)
    ask(over)
    server.wait(MS)
    server.counts()
    began = time.monotonic()
    ask(over, Expect="100-continue")
    assert time.monotonic() - began >= 2 * MS / 1000
    assert server.counts()["continue"] == 1


def test_requests_in_flight_wait_together(server: Control) -> None:
    with ThreadPoolExecutor(8) as pool:
        overs = [connection(server) for _ in range(8)]
        list(pool.map(ask, overs))
        server.wait(500)
        server.counts()
        answers = list(pool.map(ask, overs))
    assert len(set(answers)) == 1
    found = server.counts()
    assert (found["usage"], found["most in flight"]) == (8, 8)
    assert "usage" not in server.counts()  # from then on anew


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", (b"hello", 15)),
        (b"5\r\nhello\r\n1;chunk-signature=ab\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\nrest", (b"hello!", 67)),
        (b"0\r\n\r\n", (b"", 5)),
        (b"5\r\nhel", None),
        (b"5\r\nhello\r\n", None),
        (b"0\r\nx-amz-checksum-crc32:AAAA\r\n", None),
        (b"", None),
    ],
)
def test_chunks_are_taken_apart_once_they_are_whole(data: bytes, found: tuple[bytes, int] | None) -> None:
    assert unchunked(data) == found
