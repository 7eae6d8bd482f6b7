"""A small HTTP server on loopback that waits as a network far away does: for requests, answers and kept connections.

The distance is a number of milliseconds a round trip. Each answer waits for one; the first of a connection for one
more, which opening it took; and ``Expect: 100-continue`` for one more, as the body is sent only then. Bandwidth and TLS
are not modelled. All in one thread without sleeping, so that hundreds of requests may be under way.
"""

from __future__ import annotations

import asyncio
import json
import re
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

CONTROL = "/-/"
"""Paths that change and report the server itself: they wait for nothing and are not counted."""
BODILESS = {204, 304}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REASONS = {status.value: status.phrase for status in HTTPStatus}
_CHUNK = re.compile(rb"([0-9a-fA-F]+)[^\r\n]*\r\n")


@dataclass(frozen=True)
class Request:
    """``path``: with its escapes resolved; ``headers``: by lower-case name; ``body``: without any chunking."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """``length``: of the body that a GET would have, for a HEAD."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None

    def encoded(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {REASONS[self.status]}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.status not in BODILESS:
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + self.body


class Far:
    """What stands behind all connections: how far away it is, what it answers, and what was asked of it.

    :param answer: the response to a request
    :param kind: what a request is counted as
    """

    def __init__(self, answer: Callable[[Request], Response], kind: Callable[[Request], str]) -> None:
        self.answer, self.kind = answer, kind
        self.delay = 0.0
        self.counts: Counter[str] = Counter()
        self._in_flight = self._most = 0

    def control(self, request: Request) -> Response:
        """``/-/delay?ms=50`` sets the round trip. ``/-/counts`` reports the requests since the last time, by kind, and
        beside them ``continue`` and ``connect``, ``round trips`` and ``most in flight``."""
        if request.path == f"{CONTROL}delay":
            self.delay = float(request.query["ms"]) / 1000
        elif request.path != f"{CONTROL}counts":
            return Response(404)
        found = {**self.counts, "round trips": self.counts.total(), "most in flight": self._most}
        self.counts, self._most = Counter(), 0
        return Response(body=json.dumps(found).encode(), headers={"Content-Type": "application/json"})

    def begins(self, request: Request) -> None:
        self.counts[self.kind(request)] += 1
        self._in_flight += 1
        self._most = max(self._most, self._in_flight)

    def ends(self) -> None:
        self._in_flight -= 1


class Connection(asyncio.Protocol):
    """One kept connection: a request after the other."""

    transport: asyncio.Transport

    def __init__(self, far: Far) -> None:
        self.far = far
        self.loop = asyncio.get_running_loop()
        self.received = bytearray()
        self.head: Request | None = None
        self.is_new, self.waits = True, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._go_on()

    def _go_on(self) -> None:
        """Take the next step that what has been received allows."""
        if self.waits:
            return
        if self.head is None:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            self.head = _head(bytes(self.received[:end]))
            del self.received[: end + 4]
            if self.head.headers.get("expect", "").lower() == "100-continue":
                self.far.counts["continue"] += 1
                self._later(CONTINUE, lambda: None)
                return
        if (body := self._body(self.head)) is not None:
            head, self.head = self.head, None
            self._asked(Request(head.method, head.path, head.query, head.headers, body))

    def _body(self, head: Request) -> bytes | None:
        """The whole body, taken out of what was received; None as long as it is not whole."""
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            found = unchunked(bytes(self.received))
            if found is None:
                return None
            body, size = found
        else:
            size = int(head.headers.get("content-length", 0))
            if len(self.received) < size:
                return None
            body = bytes(self.received[:size])
        del self.received[:size]
        if head.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
            inner = unchunked(body)
            assert inner is not None, "the body's own chunks end early"
            return inner[0]
        return body

    def _asked(self, request: Request) -> None:
        if request.path.startswith(CONTROL):
            self.transport.write(self.far.control(request).encoded())
            return
        self.far.begins(request)
        closes = request.headers.get("connection", "").lower() == "close"
        self._later(self.far.answer(request).encoded(), partial(self._answered, closes=closes))

    def _answered(self, *, closes: bool) -> None:
        self.far.ends()
        if closes:
            self.transport.close()

    def _later(self, data: bytes, then: Callable[[], None]) -> None:
        trips = 1 + self.is_new
        if self.is_new:
            self.far.counts["connect"] += 1
        self.is_new, self.waits = False, True
        if self.far.delay:
            self.loop.call_later(trips * self.far.delay, self._send, data, then)
        else:
            self._send(data, then)

    def _send(self, data: bytes, then: Callable[[], None]) -> None:
        self.waits = False
        if not self.transport.is_closing():
            self.transport.write(data)
        then()
        self._go_on()


def _head(text: bytes) -> Request:
    first, *lines = text.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers)


def unchunked(data: bytes) -> tuple[bytes, int] | None:
    """The content of chunks, as HTTP and AWS write them, and where they end; None if they are not whole.

    A chunk's extensions (AWS's signatures) and what trails the last one (AWS's checksums) are passed over.
    """
    place = 0
    parts: list[bytes] = []
    while found := _CHUNK.match(data, place):
        size, start = int(found[1], 16), found.end()
        if not size:
            if data.startswith(b"\r\n", start):
                return b"".join(parts), start + 2
            end = data.find(b"\r\n\r\n", start)
            return None if end < 0 else (b"".join(parts), end + 4)
        if len(data) < start + size + 2:
            return None
        parts.append(data[start : start + size])
        place = start + size + 2
    return None


async def serve(far: Far) -> None:
    """Print the port and answer until the process is ended."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(far), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass(frozen=True)
class Control:
    """A server that runs, seen from outside."""

    endpoint: str

    def wait(self, ms: float) -> None:
        """Be so many milliseconds a round trip away from now on."""
        self._control(f"delay?ms={ms}")

    def counts(self) -> dict[str, int]:
        """What was asked since the last time, by kind."""
        return dict(json.loads(self._control("counts")))

    def _control(self, what: str) -> bytes:
        with urllib.request.urlopen(f"{self.endpoint}{CONTROL}{what}") as answer:
            return bytes(answer.read())
