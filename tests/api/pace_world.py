"""Clients that share rate limits, simulated event by event: no thread, no socket, and a clock that jumps.

Each client is a :class:`~airflow_provider_ldusage.api.pace.Pace` and the questions that it has yet to ask. It does what
the gate does for its threads: the first in the line waits out its pause, or for an answer if too many are in flight.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import count
from random import Random

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.pace import Pace

URL = "https://ld.invalid/api/v2/usage/evaluations/default/production/flag"
WINDOW = 10.0
LATENCY = 0.15  # seconds from a request to its answer, a fifth more or less


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
    :ivar moments: of its good answers
    """

    pace: Pace
    rng: Random
    left: int
    bound: int
    token: int
    waiting: list[int] = field(default_factory=list)
    threads: int = 0
    pausing: bool = False
    refused: int = 0
    moments: list[float] = field(default_factory=list)


@dataclass
class Outcome:
    """What happened."""

    clients: list[Client]
    began: float

    @property
    def seconds(self) -> float:
        """Until the last client had its last answer."""
        return max(client.moments[-1] for client in self.clients) - self.began

    @property
    def requests(self) -> int:
        return sum(len(client.moments) for client in self.clients) + self.refused

    @property
    def refused(self) -> int:
        """How many answers were 429s."""
        return sum(client.refused for client in self.clients)

    @property
    def fairness(self) -> float:
        """Answers of the client that had fewest, as a share of those of the one that had most, when that had its
        last."""
        _, counts = self._while_all_asked()
        return min(counts) / max(counts)

    @property
    def per_window(self) -> float:
        """Good answers per window, while every client still had questions."""
        seconds, counts = self._while_all_asked()
        return sum(counts) / seconds * WINDOW

    def _while_all_asked(self) -> tuple[float, list[int]]:
        """Seconds until the first client had its last answer, and the good answers of each client by then."""
        end = min(client.moments[-1] for client in self.clients)
        return end - self.began, [sum(moment <= end for moment in client.moments) for client in self.clients]


class World:
    """Runs clients against a server."""

    def __init__(
        self,
        limits: Limits,
        *,
        tasks: int = 1,
        questions: int = 100,
        bound: int = 8,
        tokens: int = 1,
        seed: int = 1,
    ) -> None:
        self.rng = Random(seed)
        self.now = self.began = 1_800_000_000.0 + self.rng.uniform(0, WINDOW)
        self._events: list[tuple[float, int, Iterator[float]]] = []
        self._number = count()
        self.server = Server(limits)
        self.clients = []
        for number in range(tasks):
            rng = Random(seed * 1000 + number)
            self.clients.append(Client(Pace(lambda: self.now, rng, bound), rng, questions, bound, number % tokens))

    def run(self) -> Outcome:
        for client in self.clients:
            self._go_on(client)
        while self._events:
            self.now, _, steps = heapq.heappop(self._events)
            self._step(steps)
        return Outcome(self.clients, self.began)

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
                self._step(self._request(client, refusals))
                self._go_on(client)
                return
            yield seconds
        client.pausing = False

    def _request(self, client: Client, refusals: int) -> Iterator[float]:
        there, back = (self.rng.uniform(0.4, 0.6) * LATENCY for _ in range(2))
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
            self._go_on(client)
            yield seconds
            client.pace.release(each)
            client.waiting.insert(0, refusals + 1)
        else:
            client.threads -= 1
            client.moments.append(self.now)
        self._go_on(client)
