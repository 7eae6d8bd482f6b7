"""Clients that share rate limits, simulated event by event: no thread, no socket, and a clock that jumps.

Each client is a :class:`~airflow_provider_ldusage.api.pace.Pace` and the questions that it has yet to ask. It does what
the gate does for its threads: the first in the line waits out its pause, or for an answer if too many are in flight.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import count
from random import Random
from typing import Any

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.pace import Pace

URL = "https://ld.invalid/api/v2/usage/evaluations/default/production/flag"
WINDOW = 10.0


@dataclass
class Limits:
    """LaunchDarkly's limits, requests per window; None: there is none.

    :param headers: whether its answers tell them
    """

    account: int | None = None
    route: int | None = None
    token: int | None = None
    headers: bool = True


class Server:
    """Counts requests in windows of ten seconds, as the simulator does."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._used: dict[tuple[str, int], int] = {}

    def answer(self, now: float, token: int) -> tuple[bool, dict[str, str]]:
        """Whether a request that arrives now is refused, and the headers of its answer."""
        window, refused, headers = int(now // WINDOW), False, {"Date": formatdate(int(now), usegmt=True)}
        kinds = (("Global", "", self.limits.account), ("Route", "route", self.limits.route))
        for kind, name, limit in (*kinds, ("Auth-Token", f"token {token}", self.limits.token)):
            if limit is None:
                continue
            used = self._used[name, window] = self._used.get((name, window), 0) + 1
            refused = refused or used > limit
            reset = "X-Ratelimit-Auth-Token-Reset" if kind == "Auth-Token" else "X-Ratelimit-Reset"
            headers[f"X-Ratelimit-{kind}-Limit"] = str(limit)
            headers[f"X-Ratelimit-{kind}-Remaining"] = str(max(0, limit - used))
            headers[reset] = str(int((window + 1) * WINDOW * 1000))
        return refused, headers if self.limits.headers else {}


@dataclass
class Client:
    """One task.

    :param left: questions that it has not begun
    :ivar waiting: those that wait for the gate, by how often each was refused
    """

    pace: Any
    rng: Random
    left: int
    bound: int
    token: int
    waiting: list[int] = field(default_factory=list)
    threads: int = 0
    pausing: bool = False
    in_flight: int = 0
    answered: int = 0
    refused: int = 0
    finished: float = 0.0
    waited: float = 0.0
    moments: list[float] = field(default_factory=list)


@dataclass
class Outcome:
    """What happened.

    :param seconds: until the last client had its last answer
    """

    clients: list[Client]
    began: float
    moments: list[float]

    @property
    def seconds(self) -> float:
        return max(client.finished for client in self.clients) - self.began

    @property
    def requests(self) -> int:
        return sum(client.answered + client.refused for client in self.clients)

    @property
    def refused(self) -> float:
        """429s, as a share of all answers."""
        return sum(client.refused for client in self.clients) / self.requests

    @property
    def fairness(self) -> float:
        """Answers of the client that had fewest, as a share of those of the one that had most, when that had its
        last."""
        end = min(client.finished for client in self.clients)
        counts = [sum(moment <= end for moment in client.moments) for client in self.clients]
        return min(counts) / max(counts)

    def per_window(self, until: float | None = None) -> float:
        """Good answers per window, while every client still had questions."""
        end = min(client.finished for client in self.clients)
        return sum(moment <= end for moment in self.moments) / (end - self.began) * WINDOW


class World:
    """Runs clients against a server.

    :param latency: seconds from a request to its answer, a fifth more or less
    """

    def __init__(
        self,
        limits: Limits,
        *,
        tasks: int = 1,
        questions: int = 100,
        bound: int = 8,
        tokens: int = 1,
        latency: float = 0.15,
        seed: int = 1,
        pace: Callable[..., Any] = Pace,
    ) -> None:
        self.rng, self.latency = Random(seed), latency
        self.now = self.began = 1_800_000_000.0 + self.rng.uniform(0, WINDOW)
        self._events: list[tuple[float, int, Iterator[float]]] = []
        self._number = count()
        self.server, self.moments = Server(limits), []
        self.clients = []
        for number in range(tasks):
            rng = Random(seed * 1000 + number)
            self.clients.append(Client(pace(lambda: self.now, rng, bound), rng, questions, bound, number % tokens))

    def run(self) -> Outcome:
        for client in self.clients:
            self._go_on(client)
        while self._events:
            self.now, _, steps = heapq.heappop(self._events)
            self._step(steps)
        return Outcome(self.clients, self.began, self.moments)

    def _start(self, steps: Iterator[float]) -> None:
        self._step(steps)

    def _step(self, steps: Iterator[float]) -> None:
        seconds = next(steps, None)
        if seconds is not None:
            heapq.heappush(self._events, (self.now + max(0.0, seconds), next(self._number), steps))

    def _go_on(self, client: Client) -> None:
        while client.left and client.threads < client.bound:
            client.left -= 1
            client.threads += 1
            client.waiting.append(0)
        if client.waiting and not client.pausing:
            client.pausing = True
            self._step(self._ask(client))

    def _ask(self, client: Client) -> Iterator[float]:
        """The head of the queue: waits, and sends."""
        while not client.pace.is_full(URL):
            seconds, _ = client.pace.pause(URL)
            if seconds <= 0:
                refusals = client.waiting.pop(0)
                client.pausing = False
                client.pace.begin()
                self._start(self._request(client, refusals))
                self._go_on(client)
                return
            yield seconds
        client.pausing = False

    def _request(self, client: Client, refusals: int) -> Iterator[float]:
        there, back = (self.rng.uniform(0.4, 0.6) * self.latency for _ in range(2))
        yield there
        refused, headers = self.server.answer(self.now, client.token)
        yield back
        client.pace.note(URL, headers, refused=refused)
        each = object()
        if refused:
            client.pace.hold(each)
        client.pace.end()
        if refused:
            client.refused += 1
            seconds = ratelimit.wait_seconds(429, headers, self.now * 1000, refusals, client.rng)
            client.waited += seconds
            self._go_on(client)
            yield seconds
            client.pace.release(each)
            client.waiting.insert(0, refusals + 1)
        else:
            client.answered += 1
            client.threads -= 1
            client.finished = self.now
            self.moments.append(self.now)
            client.moments.append(self.now)
        self._go_on(client)
