"""The service behind HTTP: access token, version header, plan, rate limits, scripted answers and routing."""

from __future__ import annotations

import fnmatch
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from airflow_provider_ldusage.testing.account.deletions import Deletion, without
from airflow_provider_ldusage.testing.account.growing import build_growing_account, deletions_since
from airflow_provider_ldusage.testing.account.model import Account
from airflow_provider_ldusage.testing.account.sample import build_account
from airflow_provider_ldusage.testing.api.answers import answer
from airflow_provider_ldusage.testing.api.endpoint import Endpoint
from airflow_provider_ldusage.testing.api.endpoints import match
from airflow_provider_ldusage.testing.api.refusal import BetaRequired, Refusal
from airflow_provider_ldusage.testing.api.resource_lists import resource_answer
from airflow_provider_ldusage.testing.api.rules import read
from airflow_provider_ldusage.testing.api.world import Pairs, World
from airflow_provider_ldusage.testing.server.exchange import DROP, Request, Response, json_response
from airflow_provider_ldusage.testing.server.faults import Fault, matches
from airflow_provider_ldusage.testing.server.rate_limits import RateLimits
from airflow_provider_ldusage.testing.server.simulated_clock import SimulatedClock
from airflow_provider_ldusage.testing.switches import Switches, parse_time

USAGE = "/api/v2/usage/"


class Service:
    """The service's state, and its answer to each request. Safe to use from several threads.

    :param account_id: what the account's ids and figures are derived from
    :param token: the access token that it accepts
    :param clock: the simulated clock
    :param switches: the switches in force
    """

    def __init__(self, account_id: str, token: str, clock: SimulatedClock, switches: Switches) -> None:
        self.account_id = account_id
        self.token = token
        self.clock = clock
        self.switches = switches
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.deletions: tuple[Deletion, ...] = ()
        self.afterwards: list[tuple[str, Callable[[], object]]] = []
        self._lock = threading.Lock()
        self._rate_limits = RateLimits()

    def world(self) -> World:
        """The account, the clock and the switches at this moment."""
        switches = self.switches
        now = int(self.clock.now.timestamp() * 1000)
        account, deletions = _account(self.account_id, switches)
        gone = tuple(one for one in (*deletions, *self.deletions) if one.at <= now)
        return World(without(account, gone), now, switches)

    def delete(self, project: str, environment: str | None = None, flag: str | None = None) -> None:
        """Delete a project, or one environment or one flag of it, from this moment on.

        :param project: key of the project
        :param environment: key of the environment to delete
        :param flag: key of the flag to delete
        :raises ValueError: there is no such thing to delete
        """
        world = self.world()
        deletion = Deletion(world.now, project, environment, flag)
        deletion.check(world.account)
        with self._lock:
            self.deletions += (deletion,)

    def respond(self, method: str, target: str, headers: Mapping[str, str]) -> Response:
        """Answer a request and record it.

        :param method: HTTP method
        :param target: path and query, as sent
        :param headers: headers, as sent
        :returns: the response
        """
        arrived = time.monotonic()
        path, _, query = target.partition("?")
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        fault = self._next_fault(path)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        response = fault.response() if fault is not None else None
        if response is None:
            response = self._answer(method, path, pairs, {name.lower(): value for name, value in headers.items()})
        if fault is not None:
            response = replace(response, cut=fault.cut)
        status = 0 if response.cut == DROP else response.status
        with self._lock:
            self.requests.append(Request(method, path, pairs, dict(headers), status, arrived))
        return self._afterwards(path, response) if status == 200 else response

    def _afterwards(self, path: str, response: Response) -> Response:
        """Run the callbacks that wait for this answer, before it is sent."""
        with self._lock:
            due = [one for one in self.afterwards if matches(one[0], path)]
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

    def _answer(self, method: str, path: str, pairs: Pairs, headers: Mapping[str, str]) -> Response:
        found = match(path.removeprefix(USAGE))
        route = found[0].path if found else "/".join(path.split("/")[:4])
        limits: Mapping[str, str] = {}
        try:
            allowance = self._rate_limits.take(route, self.clock, self.switches)
            limits = allowance.headers
            if not allowance.allowed:
                raise Refusal(429)
            return json_response(200, self._body(method, path, pairs, headers), limits)
        except Refusal as refusal:
            return json_response(refusal.status, refusal.body, limits)
        except Exception as error:
            return _broken(error)

    def _body(self, method: str, path: str, pairs: Pairs, headers: Mapping[str, str]) -> Any:
        if headers.get("authorization") != self.token:
            raise Refusal(401)
        version = headers.get("ld-api-version")
        world = self.world()
        if path.startswith(USAGE):
            found = match(path.removeprefix(USAGE))
            if found is not None:
                _only_get(method)
                if version != "beta":
                    raise BetaRequired
                return _usage(*found, pairs, path, world)
        elif path.startswith("/api/v2/"):
            body = resource_answer(path, pairs, version, world)
            if body is not None:
                _only_get(method)
                return body
        raise Refusal(404)


def _account(account_id: str, switches: Switches) -> tuple[Account, tuple[Deletion, ...]]:
    """The account, and what is deleted from it in the course of its history."""
    extra = (switches.extra_projects, switches.extra_flags)
    if switches.growing_from is None:
        return build_account(account_id, *extra), ()
    first = parse_time(switches.growing_from).date()
    return build_growing_account(account_id, first, *extra), deletions_since(first)


def _usage(endpoint: Endpoint, values: tuple[str, ...], pairs: Pairs, path: str, world: World) -> Any:
    if _listed(endpoint.path, world.switches.not_in_plan):
        raise Refusal(403)
    query = read(endpoint, values, pairs, world)
    return answer(query, world, path, lapsed=_listed(endpoint.path, world.switches.lapsed_plan))


def _only_get(method: str) -> None:
    if method != "GET":
        raise Refusal(405, "Method not allowed")


def _listed(path: str, patterns: frozenset[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _broken(error: Exception) -> Response:
    """An error of the simulator or of a test, in the answer, where whoever runs the test will see it."""
    traceback.print_exc()
    return json_response(500, {"code": "simulator_error", "message": repr(error)})
