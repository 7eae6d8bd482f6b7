"""How long to wait before asking LaunchDarkly again: pure arithmetic over the headers of an answer.

The "Rate limiting" chapter of https://launchdarkly.com/docs/api: limits hold for windows of ten seconds, are not
published, and any of the headers may be missing. ``X-Ratelimit-Reset`` (shared by the account's and the route's
limit) and ``X-Ratelimit-Auth-Token-Reset`` are epoch **milliseconds**; ``Retry-After`` is **seconds**, or by
RFC 9110 an HTTP date. Values that make no sense count as missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from airflow_provider_ldusage.api.clock import http_date, server_time

SHARED_RESET = "x-ratelimit-reset"
TOKEN_RESET = "x-ratelimit-auth-token-reset"
RESETS: Mapping[str, str] = {"global": SHARED_RESET, "route": SHARED_RESET, "auth-token": TOKEN_RESET}
"""What is limited -> the header that tells when its window ends."""

WINDOW = 10.0
"""Length of LaunchDarkly's windows, in seconds."""
LONGEST_WAIT = 86_400.0
"""Seconds. A reset more than a day away is another unit or another clock."""
LONGEST_BACKOFF = 64.0
LONGEST_TROUBLE_BACKOFF = 30.0

EXPECTED_TASKS = 10
"""How many tasks and scripts one must expect to share a limit with: nobody tells. Chosen by simulation."""
LONGEST_SPREAD = 3.0
"""In windows: even for a limit of one or two requests, a task does not spread its requests further."""

_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{0,9})?", re.ASCII)


@dataclass(frozen=True)
class Limit:
    """One of the limits that an answer tells about.

    - ``kind``: ``global``, ``route`` or ``auth-token``
    - ``allowed``: requests in a window; None where the answer does not say
    - ``remaining``: requests left in this window, for all who share the limit
    - ``seconds``: until the window ends; 0 where that is unknown or past
    """

    kind: str
    allowed: int | None
    remaining: int
    seconds: float

    @property
    def reserve(self) -> int:
        """Requests of a window that are left to others: a tenth, at least one, always less than half."""
        return 0 if not self.allowed else min(max(1, self.allowed // 10), (self.allowed - 1) // 2)

    @property
    def spread(self) -> float:
        """Seconds over which those who wait for the same reset should spread: the scarcer the limit, the longer.

        Such that :data:`EXPECTED_TASKS` of them come as slowly as the limit allows: 20 s where it is five requests a
        window, 1 s (the least) where it is a hundred or more, or unknown.
        """
        return max(1.0, WINDOW * min(LONGEST_SPREAD, EXPECTED_TASKS / self.allowed)) if self.allowed else 1.0


def limits(headers: Mapping[str, str], now_ms: float) -> list[Limit]:
    """Every limit whose Remaining an answer tells.

    :param headers: headers of the answer, in any case
    :param now_ms: this machine's clock, epoch milliseconds
    """
    values = _lowered(headers)
    clocks = _clocks(headers, now_ms)
    found = []
    for kind, reset in RESETS.items():
        remaining, allowed = (_number(values.get(f"x-ratelimit-{kind}-{what}")) for what in ("remaining", "limit"))
        if remaining is not None:
            seconds = _until(_number(values.get(reset)), clocks)
            found.append(Limit(kind, int(allowed) if allowed else None, int(remaining), seconds))
    return found


def wait_seconds(
    status: int | None,
    headers: Mapping[str, str],
    now_ms: float,
    attempt: int,
    rng: Random,
    most: float = LONGEST_WAIT,
) -> float:
    """Seconds to wait before the next try; never negative, never much more than a day.

    After a 429: until the latest of the limits that can have been the cause has lifted, and at random half a second
    up to the limit's :attr:`~Limit.spread` more, so that tasks which were stopped together do not come back together;
    without a usable header a backoff of 1-2 s, 2-4 s, 4-8 s ..., which outlasts LaunchDarkly's window with its fourth
    wait at the latest. After anything else: full jitter over 1, 2, 4, ... 30 s, or ``Retry-After`` where that is
    longer.

    :param status: HTTP status; None for no answer at all
    :param headers: headers of the answer, in any case
    :param now_ms: this machine's clock, epoch milliseconds
    :param attempt: how many waits for the same cause went before, from 0
    :param rng: source of the jitter
    :param most: what is left of ``max_wait``, in seconds: the random part is cut rather than go beyond it
    """
    values = _lowered(headers)
    clocks = _clocks(headers, now_ms)
    exponent = max(0, min(attempt, 10))
    demanded = _retry_after(values, clocks)
    if status != 429:
        backoff = rng.uniform(0.0, min(LONGEST_TROUBLE_BACKOFF, 2.0**exponent))
        return max(backoff, demanded)
    for kind, reset in RESETS.items():
        if not _number(values.get(f"x-ratelimit-{kind}-remaining")):
            demanded = max(demanded, _until(_number(values.get(reset)), clocks))
    if demanded > 0:
        spread = max((limit.spread for limit in limits(headers, now_ms) if not limit.remaining), default=1.0)
        seconds = demanded + rng.uniform(0.5, 0.5 + spread)
        return max(demanded + 0.5, min(seconds, most))
    return min(LONGEST_BACKOFF, rng.uniform(1.0, 2.0) * 2.0**exponent)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _clocks(headers: Mapping[str, str], now_ms: float) -> list[float]:
    """What time it is, in epoch milliseconds: by the clock that the answer shows, then by this machine's."""
    shown = server_time(headers)
    return [now_ms] if shown is None else [shown * 1000, now_ms]


def _until(moment_ms: float | None, clocks: Sequence[float]) -> float:
    """Seconds until a reset; 0 if there is none, it is past, or too far to be one.

    A reset is a moment of the server's clock, however far that is from ours. A ``Date`` that is more than a day away
    from the reset is not of that clock.
    """
    for now_ms in clocks:
        seconds = 0.0 if moment_ms is None else (moment_ms - now_ms) / 1000
        if abs(seconds) <= LONGEST_WAIT:
            return max(0.0, seconds)
    return 0.0


def _retry_after(values: Mapping[str, str], clocks: Sequence[float]) -> float:
    """Seconds that ``Retry-After`` demands; 0 if it demands nothing that makes sense."""
    text = values.get("retry-after")
    seconds = _number(text)
    if seconds is None:
        moment = http_date(text)
        return _until(None if moment is None else moment * 1000, clocks)
    return seconds if 0 < seconds <= LONGEST_WAIT else 0.0
