"""The simulated service behind HTTP: authentication, version header, plan, rate limits, scripted faults, routing."""

from __future__ import annotations

import fnmatch
import json
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from airflow_provider_ldusage.testing.account import build_account
from airflow_provider_ldusage.testing.answers import answer
from airflow_provider_ldusage.testing.deletions import Deletion, without
from airflow_provider_ldusage.testing.endpoints import match
from airflow_provider_ldusage.testing.helpers import helper_answer
from airflow_provider_ldusage.testing.rules import Refusal, World, read
from airflow_provider_ldusage.testing.switches import Switches

USAGE = "/api/v2/usage/"
_NO_BETA = "This is a beta API, you must pass beta in the LD-API-Version header to use it."
_FORBIDDEN = "Forbidden. Access to the requested resource was denied."
_DOCUMENTED = {
    400: ("invalid_request", "Invalid request body"),
    401: ("unauthorized", "Invalid access token"),
    403: ("forbidden", _FORBIDDEN),
    404: ("not_found", "Invalid resource identifier"),
    409: ("data_export_project_identity_incomplete", "Usage cannot be attributed completely to projects"),
    429: ("rate_limited", "You've exceeded the API rate limit. Try again later."),
    500: ("internal_server_error", "Internal server error"),
    503: ("service_unavailable", "Requested service unavailable"),
}


@dataclass(frozen=True)
class Request:
    """A recorded request: the raw path, the query as decoded pairs in order, the headers as sent, the answer's status.

    `status` is 0 where the connection was dropped without an answer. `at` is `time.monotonic()` on arrival.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    status: int
    at: float

    def header(self, name: str) -> str | None:
        """The value of a header, whatever its case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def values(self, name: str) -> list[str]:
        """All values of a query parameter, in order."""
        return [value for key, value in self.query if key == name]


@dataclass
class Fault:
    """A scripted answer to the next requests that match.

    Attributes:
        status: HTTP status of the answer; None: the true answer, only late or cut.
        headers: further headers.
        body: None: the documented error of the status; text or bytes: as they are; anything else: as JSON.
        times: how many requests it answers.
        path: part of the path, or a pattern with ``*``; None: every path.
        delay: seconds to wait before answering.
        cut: close the connection after this many bytes of the body; -1: drop it without any answer.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    times: int = 1
    path: str | None = None
    delay: float = 0.0
    cut: int | None = None

    def matches(self, path: str) -> bool:
        """Whether it answers this path."""
        return self.path is None or _matches(self.path, path)


@dataclass
class Response:
    """What goes back: status, headers, body, and where to cut the connection (see `Fault`)."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: int | None = None


class _Window:
    """Requests counted in windows of time."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}

    def take(self, name: str, limit: int, window: int) -> int:
        """Requests remaining after this one in the window of this number; negative where there was none left."""
        number, used = self.counts.get(name, (window, 0))
        used = used + 1 if number == window else 1
        self.counts[name] = (window, min(used, limit + 1))
        return limit - used


class Service:
    """The service's state, and its answer to each request. Safe to use from several threads.

    Args:
        clock: the simulated time.
        passing: seconds to add to it for the windows of rate limits, which end even while the clock stands still.
    """

    def __init__(
        self,
        account_id: str,
        token: str,
        clock: Callable[[], datetime],
        passing: Callable[[], float],
        switches: Switches,
    ) -> None:
        self.account_id = account_id
        self.token = token
        self.clock = clock
        self.passing = passing
        self.switches = switches
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.deletions: tuple[Deletion, ...] = ()
        self.afterwards: list[tuple[str, Callable[[], object]]] = []
        self._lock = threading.Lock()
        self._windows = _Window()

    def world(self) -> World:
        """The account, the clock and the switches at this moment."""
        switches = self.switches
        now = int(self.clock().timestamp() * 1000)
        account = build_account(self.account_id, switches.extra_projects, switches.extra_flags)
        gone = tuple(one for one in self.deletions if one.at <= now)
        return World(without(account, gone), now, switches)

    def delete(self, deletion: Deletion) -> None:
        """Have something gone from a moment on."""
        with self._lock:
            self.deletions += (deletion,)

    def respond(self, method: str, target: str, headers: Mapping[str, str]) -> Response:
        """The answer to a request, which is recorded. `headers` has the request's headers as sent."""
        arrived = time.monotonic()
        path, _, query = target.partition("?")
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        fault = self._next_fault(path)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        if fault is not None and fault.status is not None:
            response = _scripted(fault, fault.status)
        else:
            response = self._answer(method, path, pairs, {name.lower(): value for name, value in headers.items()})
        if fault is not None:
            response.cut = fault.cut
        status = 0 if response.cut == -1 else response.status
        with self._lock:
            self.requests.append(Request(method, path, pairs, dict(headers), status, arrived))
        return self._afterwards(path, response) if status == 200 else response

    def _afterwards(self, path: str, response: Response) -> Response:
        """Do what is to be done after this answer, before it is sent."""
        with self._lock:
            due = [one for one in self.afterwards if _matches(one[0], path)]
            for one in due:
                self.afterwards.remove(one)
        try:
            for _, do in due:
                do()
        except Exception as error:
            return _broken(error)
        return response

    def _next_fault(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.matches(path):
                    fault.times -= 1
                    return fault
        return None

    def _answer(
        self, method: str, path: str, pairs: tuple[tuple[str, str], ...], headers: Mapping[str, str]
    ) -> Response:
        limits: dict[str, str] = {}
        try:
            if not self._within_limits(path, limits):
                raise Refusal(429, _DOCUMENTED[429][1])
            body: Any = self._body(method, path, pairs, headers)
            status = 200
        except Refusal as refusal:
            body, status = refusal.body, refusal.status
        except Exception as error:
            return _broken(error)
        return Response(status, {"Content-Type": "application/json", **limits}, json.dumps(body).encode())

    def _within_limits(self, path: str, headers: dict[str, str]) -> bool:
        switches = self.switches
        found = match(path.removeprefix(USAGE))
        route = found[0].path if found else "/".join(path.split("/")[:4])
        kinds = (
            ("Global", "account", switches.rate_limit),
            ("Route", f"route {route}", switches.route_rate_limit),
            ("Auth-Token", "token", switches.token_rate_limit),
        )
        now = self.clock().timestamp()
        ticks = now + self.passing()
        window = int(ticks // switches.rate_window)
        reset = str(round((now + (window + 1) * switches.rate_window - ticks) * 1000))
        allowed = True
        for kind, name, limit in kinds:
            if limit is None:
                continue
            with self._lock:
                remaining = self._windows.take(name, limit, window)
            allowed = allowed and remaining >= 0
            headers[f"X-Ratelimit-{kind}-Limit"] = str(limit)
            headers[f"X-Ratelimit-{kind}-Remaining"] = str(max(0, remaining))
            headers["X-Ratelimit-Auth-Token-Reset" if kind == "Auth-Token" else "X-Ratelimit-Reset"] = reset
        return allowed

    def _body(self, method: str, path: str, pairs: tuple[tuple[str, str], ...], headers: Mapping[str, str]) -> Any:
        if headers.get("authorization") != self.token:
            raise Refusal(401, "Invalid access token")
        version = headers.get("ld-api-version")
        world = self.world()
        if path.startswith(USAGE):
            found = match(path.removeprefix(USAGE))
            if found is not None:
                self._only_get(method)
                if version != "beta":
                    refusal = Refusal(403, _NO_BETA)
                    del refusal.body["code"]  # Published so: this one error has a message only.
                    raise refusal
                endpoint, values = found
                if _listed(endpoint.path, world.switches.not_in_plan):
                    raise Refusal(403, _FORBIDDEN)
                query = read(endpoint, values, pairs, world)
                return answer(query, world, path, lapsed=_listed(endpoint.path, world.switches.lapsed_plan))
        elif path.startswith("/api/v2/"):
            body = helper_answer(path, pairs, version, world)
            if body is not None:
                self._only_get(method)
                return body
        raise Refusal(404, _DOCUMENTED[404][1])

    @staticmethod
    def _only_get(method: str) -> None:
        if method != "GET":
            raise Refusal(405, "Method not allowed")


def _matches(pattern: str, path: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern) if "*" in pattern else pattern in path


def _broken(error: Exception) -> Response:
    """A fault of the simulator or of a test: said in the answer, where whoever runs the test will see it."""
    traceback.print_exc()
    body = {"code": "simulator_error", "message": repr(error)}
    return Response(500, {"Content-Type": "application/json"}, json.dumps(body).encode())


def _listed(path: str, patterns: frozenset[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _scripted(fault: Fault, status: int) -> Response:
    body = fault.body
    if body is None and status >= 400:
        code, message = _DOCUMENTED.get(status, ("error", f"HTTP {status}"))
        body = {"code": code, "message": message}
    if body is None:
        raw = b""
    elif isinstance(body, bytes):
        raw = body
    elif isinstance(body, str):
        raw = body.encode()
    else:
        raw = json.dumps(body).encode()
    return Response(status, {"Content-Type": "application/json", **fault.headers}, raw)
