"""Keeping pace with limits that others use too, from the headers of the answers alone.

The limits of https://launchdarkly.com/docs/api ("Rate limiting") hold for the account: other tasks and the customer's
own scripts draw on the same few requests. The headers are the one thing that all of them see, so nothing else is
shared: no file, no database. Three rules:

1. When what remains of a window falls to the reserve (:attr:`.Limit.reserve`), nothing is asked until the window has
   ended, and then at a random moment within the limit's spread (:attr:`.Limit.spread`).
2. Where a limit is so small that the expected tasks cannot all have what they want, and the numbers show that others
   are at it, a task takes turns: one request each spread. It keeps its place in the round for as long as that works.
3. After a 429, the same, from another random place (:func:`.ratelimit.wait_seconds`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.ratelimit import EXPECTED_TASKS, Limit

LONGEST_PACE = 60.0
"""Seconds. The windows are ten seconds: for a reset far beyond, a task does not stop before it is refused."""
SCARCE = 3 * EXPECTED_TASKS
"""Requests in a window below which tasks take turns."""
TURNS = 4
"""Turns with requests to spare that a task takes after a 429, before it asks freely again."""


@dataclass
class _Seen:
    """What is known of one limit: its last numbers, when its window ends (s), and the turns still to take."""

    remaining: int
    ends: float
    turns: int = 0


class Pace:
    """When one client may ask again.

    :param clock: epoch seconds
    :param rng: source of the spread
    """

    def __init__(self, clock: Callable[[], float], rng: Random) -> None:
        self._clock, self._rng = clock, rng
        self._seen: dict[str, _Seen] = {}
        self._next: dict[str, tuple[float, str]] = {}

    def note(self, url: str, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Take in what an answer says.

        :param refused: it was a 429, whose own wait is reckoned by :func:`.ratelimit.wait_seconds`
        """
        now = self._clock()
        for limit in ratelimit.limits(headers, now * 1000):
            key = _key(limit.kind, url)
            seen = self._seen.get(key) or _Seen(limit.allowed or 0, 0.0)
            others = self._others(limit, seen, now)
            self._seen[key] = _Seen(limit.remaining, now + limit.seconds, seen.turns)
            self._next.pop(key, None)
            if refused and limit.remaining == 0:
                self._seen[key].turns = TURNS if _scarce(limit) else 0
                continue
            pause, why = self._turn(limit, self._seen[key], others), "this limit's few requests are shared with others"
            if limit.remaining <= limit.reserve and 0 < limit.seconds <= LONGEST_PACE:
                pause = limit.seconds + self._rng.uniform(0.0, limit.spread)
                why = f"{limit.remaining} of this window's requests are left"
            if pause:
                self._next[key] = now + pause, why

    def pause(self, url: str) -> tuple[float, str]:
        """Seconds to wait before the next request to ``url``, and why; each pause is due once."""
        keys = [_key(kind, url) for kind in ratelimit.RESETS]
        moment, why = max((self._next.pop(key, (0.0, "")) for key in keys), default=(0.0, ""))
        seconds = moment - self._clock()
        # A clock that was set back meanwhile must not make a pause endless.
        longest = LONGEST_PACE + ratelimit.LONGEST_SPREAD * ratelimit.WINDOW
        return (seconds, why) if 0 < seconds <= longest else (0.0, "")

    @staticmethod
    def _others(limit: Limit, seen: _Seen, now: float) -> int:
        """Requests of this window that were not this client's, as far as the numbers show."""
        same_window = now < seen.ends and limit.remaining < seen.remaining
        before = seen.remaining if same_window else (limit.allowed or 0)
        return max(0, before - limit.remaining - 1)

    @staticmethod
    def _turn(limit: Limit, seen: _Seen, others: int) -> float:
        """Seconds to the next turn, or 0 where none need be taken."""
        if not _scarce(limit):
            return 0.0
        if others and limit.remaining < EXPECTED_TASKS:
            seen.turns = max(seen.turns, 1)
        if not seen.turns:
            return 0.0
        if limit.remaining > limit.reserve and others <= limit.remaining:
            seen.turns -= 1
        return limit.spread


def _scarce(limit: Limit) -> bool:
    return limit.allowed is not None and limit.allowed < SCARCE


def _key(kind: str, url: str) -> str:
    """A route's limit is for one URL pattern, of which the path's start must do: ``/api/v2/usage/streams``."""
    return kind if kind != "route" else " ".join([kind, *urlsplit(url).path.split("/")[3:5]])
