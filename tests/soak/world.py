"""A small LaunchDarkly of its own on loopback, strict about parameters. Imports nothing of the package under test.

Each caller has a moment of its own (``admit``): every answer to it is that moment's, and says so in ``Date``. So loads
may overlap in any order, and each still asks at a known moment of simulated time. Callers are told apart by a header;
their tokens are those of the account, which are rotated.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from tests.soak.account import Account
from tests.soak.questions import Refused, helper_body, usage_body
from tests.soak.truth import Truth

LONGEST = 60  # seconds that a held answer waits in all
TOKENS = tuple(f"api-00000000-0000-4000-8000-{n:012d}" for n in range(3))
ROTATED = 9  # days after which another token is in use
WHO = "X-Caller"


class Ticket(NamedTuple):
    """What a caller sends with each question."""

    token: str
    number: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self.token, WHO: str(self.number)}


@dataclass
class Caller:
    """One load, as the world sees it.

    - ``moment``: its time. It stands still, but for a load that was overtaken: see :meth:`let_go`
    - ``faults``: ``429``, ``503`` or ``cut``, in turn, for its next questions about usage
    - ``asked``: its questions about usage that were understood, as (path, first day, last day)
    - ``questions``: how many of them there were, but for those that met a fault
    - ``looked_up``: how often it asked whose its token is
    - ``refused``: what it was told instead of an answer
    - ``held``: its first answer about usage waits, once it is made, until ``release``; ``reached`` says that it waits
    - ``later``: its time from when it has all answers and begins to store
    """

    moment: datetime
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, date, date]] = field(default_factory=list)
    questions: int = 0
    looked_up: int = 0
    refused: list[str] = field(default_factory=list)
    held: bool = False
    later: datetime | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def let_go(self, later: datetime) -> None:
        """Send the answer that was held. Storing it takes long, not asking: an answer is not older than it seems."""
        self.later = later
        self.release.set()

    def go_on(self) -> None:
        """The load has begun to store."""
        if self.release.is_set():
            self.moment = self.later or self.moment


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    moment: datetime | None = None
    cut: bool = False


class World:
    """The server: ``with World(account) as world, world.admit(moment) as (ticket, caller): ...``"""

    def __init__(self, account: Account) -> None:
        self.truth = Truth(account)
        self._callers: dict[int, Caller] = {}
        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> World:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def admit(
        self, moment: datetime, *, faults: tuple[str, ...] = (), held: bool = False
    ) -> Iterator[tuple[Ticket, Caller]]:
        """A ticket, and the caller behind it, who asks at this moment (whole seconds)."""
        caller = Caller(moment.replace(microsecond=0), list(faults), held=held)
        token = TOKENS[moment.toordinal() // ROTATED % len(TOKENS)]
        ticket = Ticket(token, next(self._numbers))
        self._callers[ticket.number] = caller
        try:
            yield ticket, caller
        finally:
            caller.release.set()
            del self._callers[ticket.number]

    def reply(self, target: str, headers: Any) -> Reply:
        caller = self._callers.get(int(headers.get(WHO, 0)))
        if caller is None or headers.get("Authorization") not in TOKENS:
            return Reply(401, _error("unauthorized", "Invalid access token"))
        path, _, query = target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        try:
            return self._answer(path.removeprefix("/api/v2/"), pairs, headers.get("LD-API-Version"), caller)
        except Refused as refused:
            caller.refused.append(str(refused))
            return Reply(refused.status, _error(refused.code, str(refused)), caller.moment)

    def _answer(self, path: str, pairs: list[tuple[str, str]], version: str | None, caller: Caller) -> Reply:
        caller.looked_up += path == "caller-identity"
        if not path.startswith("usage/"):
            body = helper_body(self.truth, path, pairs, caller.moment)
            return Reply(200, json.dumps(body).encode(), caller.moment)
        if version != "beta":
            raise Refused(403, "This is a beta API, you must pass beta in the LD-API-Version header to use it.")
        fault = caller.faults.pop(0) if caller.faults else None
        if fault in ("429", "503"):
            raise Refused(int(fault), "Try again later.")
        caller.questions += fault is None
        moment = caller.moment
        asked, body = usage_body(self.truth, path, pairs, moment)
        caller.asked.append(asked)
        if caller.held:
            caller.held = False
            caller.reached.set()
            caller.release.wait(LONGEST)
        return Reply(200, json.dumps(body).encode(), moment, cut=fault == "cut")


def _error(code: str, message: str) -> bytes:
    return json.dumps({"code": code, "message": message}).encode()


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one packet, or the other side waits for an acknowledgement
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            reply = world.reply(self.path, self.headers)
            self.send_response_only(reply.status)
            if reply.moment is not None:
                self.send_header("Date", format_datetime(reply.moment, usegmt=True))
            if reply.status == 429:
                self.send_header("Retry-After", "1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            self.close_connection = self.close_connection or reply.cut

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
