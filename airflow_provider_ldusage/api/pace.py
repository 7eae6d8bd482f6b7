"""Keeps pace with rate limits that other clients share, from the headers of the responses alone.

The limits of https://launchdarkly.com/docs/api ("Rate limiting") apply to the account: other tasks and the customer's
own scripts use the same few requests. All of them see the headers, so they share nothing else: no file, no database.
Five rules:

1. When the remaining requests of a window fall to the reserve (:attr:`.Limit.reserve`), the client waits until the
   window has ended, and then for a random time within the limit's spread (:attr:`.Limit.spread`).
2. If the headers show that others use a limit, the client spreads its requests over the window: see :func:`_gap`. All
   clients see the same headers, so they keep the same gaps, and share alike.
3. If a limit is tiny, and others use it, the client takes turns: one request per spread. It keeps its place in the
   round as long as its requests succeed. After a 429 it takes turns too, from another random place
   (:func:`.ratelimit.wait_seconds`).
4. A client has as many requests in flight as :data:`EXPECTED_TASKS` clients could have together, one where the limit is
   below :data:`SCARCE`. LaunchDarkly has not counted what is in flight, so it counts as used.
5. It begins with :data:`FIRST_IN_FLIGHT` requests in flight, and adds one with each response. Without headers it adds
   one with every :data:`CAREFUL` responses. After a 429 it halves their number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from urllib.parse import urlsplit

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.ratelimit import EXPECTED_TASKS, Limit

SHORTEST = 0.001
"""Seconds. A wait may end a little early by another clock."""
MAX_PACE = 60.0
"""Seconds. Windows last ten seconds, so a reset that is further away is not waited for before a 429."""
SCARCE = 3 * EXPECTED_TASKS
"""Requests per window below which a client has one request in flight."""
TINY = EXPECTED_TASKS
"""Requests per window up to which clients take turns."""
TURNS = 4
"""Turns with requests to spare that a client takes after a 429, before it stops taking turns."""
JITTER = (0.5, 1.5)
"""Random part of a gap between two requests, as factors."""
FIRST_IN_FLIGHT = 2
"""How many requests a client has in flight at first."""
CAREFUL = 50
"""Responses without headers after which one more request may be in flight; twice as many after each 429."""


@dataclass(frozen=True)
class _Seen:
    """What is known of one limit.

    :param limit: by the last response
    :param remaining: requests left in the window, by the lowest of its responses
    :param ends: end of the window, epoch seconds
    :param answered: own requests of the window that were answered
    :param shared: until when others are taken to use the limit, epoch seconds
    :param turns: turns still to take
    """

    limit: Limit
    remaining: int
    ends: float
    answered: int = 1
    shared: float = 0.0
    turns: int = 0

    def spare(self, now: float) -> int | None:
        """Requests that are left to clients, beside the reserve; None if that is unknown."""
        remaining = self.remaining if now < self.ends else self.limit.allowed
        return None if remaining is None else remaining - self.limit.reserve


class Pace:
    """When one client may send its next request, and how many may be in flight. Not safe for several threads.

    :param clock: this machine's clock, epoch seconds
    :param rng: source of the random part of each pause
    :param max_in_flight: the most requests in flight
    """

    def __init__(self, clock: Callable[[], float], rng: Random, max_in_flight: int = 1) -> None:
        self._clock, self._rng, self._max = clock, rng, max_in_flight
        self._seen: dict[str, _Seen] = {}
        self._next: dict[str, tuple[float, str]] = {}
        self._gaps: dict[str, float] = {}
        self._held: set[object] = set()
        self._began = 0.0
        self._ramp, self._careful = 1.0, CAREFUL
        self._in_flight = 0

    def begin(self) -> None:
        """A request is sent."""
        self._began = self._clock()
        self._in_flight += 1

    def end(self) -> None:
        """A request is over, answered or not."""
        self._in_flight -= 1

    def note(self, url: str, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Note the limits in the headers of a response, before the request ends.

        :param url: the URL that was requested
        :param headers: headers of the response, in any case
        :param refused: the status was 429; :func:`.ratelimit.wait_seconds` computes the wait after that
        """
        now = self._clock()
        found, jitter = ratelimit.limits(headers, now * 1000), self._rng.uniform(*JITTER)
        self._go_up(bool(found)) if not refused else self._go_down()
        for limit in found:
            self._note(_key(limit.kind, url), limit, now, jitter, refused and limit.remaining == 0)

    def _go_up(self, knowing: bool) -> None:
        more = max(FIRST_IN_FLIGHT, self._ramp + 1) if knowing else self._ramp + 1 / self._careful
        self._ramp = min(self._max, more)

    def _go_down(self) -> None:
        self._ramp = max(1.0, self._ramp // 2)
        self._careful *= 2

    def _note(self, key: str, limit: Limit, now: float, jitter: float, refused: bool) -> None:
        before, ends = self._seen.get(key), now + limit.seconds
        self._next.pop(key, None)
        self._gaps.pop(key, None)
        seen = self._seen[key] = self._counted(before, limit, now, refused)
        if refused:
            self._seen[key] = replace(seen, turns=TURNS if _tiny(limit) else 0, shared=ends + 2 * ratelimit.WINDOW)
            return
        others = max(0, (limit.allowed or 0) - seen.remaining - seen.answered - max(0, self._in_flight - 1))
        pause, turns = _turn(limit, seen.turns, others)
        reason = "others share this limit's few requests"
        shared = ends + 2 * ratelimit.WINDOW if others else seen.shared
        self._seen[key] = seen = replace(seen, turns=turns, shared=shared)
        if seen.remaining <= limit.reserve and 0 < limit.seconds <= MAX_PACE:
            pause = limit.seconds + self._rng.uniform(0.0, limit.spread)
            reason = f"{seen.remaining} of this window's requests are left"
        elif now < shared and not _tiny(limit) and (spare := seen.spare(now)):
            latest = limit.seconds + self._rng.uniform(0.0, limit.spread)
            self._gaps[key] = min(latest, jitter * _gap(limit, spare))
        if pause:
            self._next[key] = now + pause, reason

    def _counted(self, before: _Seen | None, limit: Limit, now: float, refused: bool) -> _Seen:
        """What is known of a limit with one more response."""
        remaining, ends = 0 if refused else limit.remaining, now + limit.seconds
        if before is None:
            return _Seen(limit, remaining, ends)
        if self._same_window(before, limit, now):
            remaining, answered = min(remaining, before.remaining), before.answered + 1
            return replace(before, limit=limit, remaining=remaining, ends=ends, answered=answered)
        return _Seen(limit, remaining, ends, 1, before.shared, before.turns)

    def _same_window(self, before: _Seen, limit: Limit, now: float) -> bool:
        """Whether a limit is of the window of the response before. Responses may arrive in another order than they were
        counted in, but not by more than are in flight."""
        apart = abs(now + limit.seconds - before.ends)
        ordered = limit.remaining < before.remaining + self._max
        return now < before.ends and apart < ratelimit.WINDOW / 2 and ordered

    def pause(self, url: str) -> tuple[float, str]:
        """Seconds to wait before the next request to ``url``, and the reason.

        Whoever asks during a pause waits for what is left of it: a request that is tried again may come before the one
        that waits already.
        """
        now, keys = self._clock(), [_key(kind, url) for kind in ratelimit.RESETS]
        moments = [self._next.get(key, (0.0, "")) for key in keys]
        moments += [(self._began + self._gaps.get(key, 0.0), "others share this limit's requests") for key in keys]
        moment, reason = max(moments)
        seconds = moment - now
        # If the clock was set back in between, the pause would not end.
        max_pause = MAX_PACE + ratelimit.MAX_SPREAD * ratelimit.WINDOW
        return (seconds, reason) if SHORTEST < seconds <= max_pause else (0.0, "")

    def is_full(self, url: str) -> bool:
        """Whether an answer, or a refused request, must come before the next request to ``url`` is sent."""
        return bool(self._held) or self._in_flight >= self._most(url)

    def _most(self, url: str) -> int:
        """How many requests may be in flight, at least one."""
        now, most = self._clock(), int(self._ramp)
        for kind in ratelimit.RESETS:
            seen = self._seen.get(_key(kind, url))
            if seen is not None and seen.limit.allowed is not None:
                spare = seen.spare(now) or 0
                most = min(most, 1 if seen.limit.allowed < SCARCE else spare // EXPECTED_TASKS)
        return max(1, most)

    def hold(self, each: object) -> None:
        """Nothing is sent until ``each``, which LaunchDarkly has refused, is released."""
        self._held.add(each)

    def release(self, each: object) -> None:
        """What was refused is sent again, or given up."""
        self._held.discard(each)


def _gap(limit: Limit, spare: int) -> float:
    """Seconds from one request to the next, where others use the limit too.

    The time that is left, divided by the requests that are left, would be right for a client alone. How many there are
    shows by how far the remaining requests lie below what they would be if they were used evenly: the square of that
    slows each client down. So four clients keep to half of an even course, and use it up at the same pace.
    """
    seconds, total = min(limit.seconds, ratelimit.WINDOW), (limit.allowed or 0) - limit.reserve
    return seconds / spare * (total * seconds / ratelimit.WINDOW / spare) ** 2


def _turn(limit: Limit, turns: int, others: int) -> tuple[float, int]:
    """Seconds until the next turn, 0 if the client need not take turns; and the turns that are left after it."""
    if not _tiny(limit):
        return 0.0, turns
    if others and limit.remaining < EXPECTED_TASKS:
        turns = max(turns, 1)
    if not turns:
        return 0.0, 0
    if limit.remaining > limit.reserve and others <= limit.remaining:
        turns -= 1
    return limit.spread, turns


def _tiny(limit: Limit) -> bool:
    return limit.allowed is not None and limit.allowed <= TINY


def _key(kind: str, url: str) -> str:
    """What a limit applies to. A route's limit applies to a URL pattern; the start of the path stands for it."""
    return kind if kind != "route" else " ".join([kind, *urlsplit(url).path.split("/")[3:5]])
