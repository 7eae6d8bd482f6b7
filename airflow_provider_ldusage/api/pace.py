"""Keeps pace with rate limits that other clients share, from the headers of the responses alone.

The limits of https://launchdarkly.com/docs/api ("Rate limiting") apply to the account: other tasks and the customer's
own scripts use the same few requests. All of them see the headers, so they share nothing else: no file, no database.
Three rules:

1. When the remaining requests of a window fall to the reserve (:attr:`.Limit.reserve`), the client waits until the
   window has ended, and then for a random time within the limit's spread (:attr:`.Limit.spread`).
2. If a limit is too low for the expected number of tasks and the headers show that others use it, the client takes
   turns: one request per spread. It keeps its place in the round as long as its requests succeed.
3. After a 429 it takes turns too, from another random place (:func:`.ratelimit.wait_seconds`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.ratelimit import EXPECTED_TASKS, Limit

MAX_PACE = 60.0
"""Seconds. Windows last ten seconds, so a reset that is further away is not waited for before a 429."""
SCARCE = 3 * EXPECTED_TASKS
"""Requests per window below which clients take turns."""
TURNS = 4
"""Turns with requests to spare that a client takes after a 429, before it stops taking turns."""


@dataclass(frozen=True)
class _Seen:
    """What is known of one limit.

    :param remaining: requests left in the window, by the last response
    :param ends: end of the window, epoch seconds
    :param turns: turns still to take
    """

    remaining: int
    ends: float
    turns: int = 0


class Pace:
    """When one client may send its next request.

    :param clock: this machine's clock, epoch seconds
    :param rng: source of the random part of each pause
    """

    def __init__(self, clock: Callable[[], float], rng: Random) -> None:
        self._clock, self._rng = clock, rng
        self._seen: dict[str, _Seen] = {}
        self._next: dict[str, tuple[float, str]] = {}

    def note(self, url: str, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Note the limits in the headers of a response.

        :param url: the URL that was requested
        :param headers: headers of the response, in any case
        :param refused: the status was 429; :func:`.ratelimit.wait_seconds` computes the wait after that
        """
        now = self._clock()
        for limit in ratelimit.limits(headers, now * 1000):
            key = _key(limit.kind, url)
            seen = self._seen.get(key) or _Seen(limit.allowed or 0, 0.0)
            self._next.pop(key, None)
            if refused and limit.remaining == 0:
                self._seen[key] = _Seen(0, now + limit.seconds, TURNS if _scarce(limit) else 0)
                continue
            pause, turns = _turn(limit, seen.turns, _others(limit, seen, now))
            reason = "others share this limit's few requests"
            self._seen[key] = _Seen(limit.remaining, now + limit.seconds, turns)
            if limit.remaining <= limit.reserve and 0 < limit.seconds <= MAX_PACE:
                pause = limit.seconds + self._rng.uniform(0.0, limit.spread)
                reason = f"{limit.remaining} of this window's requests are left"
            if pause:
                self._next[key] = now + pause, reason

    def pause(self, url: str) -> tuple[float, str]:
        """Seconds to wait before the next request to ``url``, and the reason. Each pause is given once."""
        keys = [_key(kind, url) for kind in ratelimit.RESETS]
        moment, reason = max((self._next.pop(key, (0.0, "")) for key in keys), default=(0.0, ""))
        seconds = moment - self._clock()
        # If the clock was set back in between, the pause would not end.
        max_pause = MAX_PACE + ratelimit.MAX_SPREAD * ratelimit.WINDOW
        return (seconds, reason) if 0 < seconds <= max_pause else (0.0, "")


def _others(limit: Limit, seen: _Seen, now: float) -> int:
    """Requests of other clients in this window, as far as the headers show."""
    same_window = now < seen.ends and limit.remaining < seen.remaining
    before = seen.remaining if same_window else (limit.allowed or 0)
    return max(0, before - limit.remaining - 1)


def _turn(limit: Limit, turns: int, others: int) -> tuple[float, int]:
    """Seconds until the next turn, 0 if the client need not take turns; and the turns that are left after it."""
    if not _scarce(limit):
        return 0.0, turns
    if others and limit.remaining < EXPECTED_TASKS:
        turns = max(turns, 1)
    if not turns:
        return 0.0, 0
    if limit.remaining > limit.reserve and others <= limit.remaining:
        turns -= 1
    return limit.spread, turns


def _scarce(limit: Limit) -> bool:
    return limit.allowed is not None and limit.allowed < SCARCE


def _key(kind: str, url: str) -> str:
    """What a limit applies to. A route's limit applies to a URL pattern; the start of the path stands for it."""
    return kind if kind != "route" else " ".join([kind, *urlsplit(url).path.split("/")[3:5]])
