"""How long to wait before the next request, computed from the headers of a response.

See "Rate limiting" in https://launchdarkly.com/docs/api: limits apply to windows of ten seconds, are not published, and
any of the headers may be missing. ``X-Ratelimit-Reset`` (shared by the account's and the route's
limit) and ``X-Ratelimit-Auth-Token-Reset`` are epoch **milliseconds**; ``Retry-After`` is **seconds**, or by
RFC 9110 an HTTP date. Invalid values count as missing.
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
"""Kind of limit -> the header with the end of its window."""

WINDOW = 10.0
"""Length of LaunchDarkly's windows, in seconds."""
MAX_WAIT = 86_400.0
"""Seconds. A reset that is further away has another unit or comes from another clock."""
MAX_BACKOFF = 64.0
MAX_TROUBLE_BACKOFF = 30.0

EXPECTED_TASKS = 10
"""How many tasks and scripts probably share a limit; LaunchDarkly does not say. Chosen by simulation."""
MAX_SPREAD = 3.0
"""In windows: the maximum spread, which applies to limits of one or two requests."""

_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{0,9})?", re.ASCII)


@dataclass(frozen=True)
class Limit:
    """One of the limits in the headers of a response.

    :param kind: ``global``, ``route`` or ``auth-token``
    :param allowed: requests per window; None if unknown
    :param remaining: requests left in this window, for all clients that share the limit
    :param seconds: until the window ends; 0 if that is unknown or past
    """

    kind: str
    allowed: int | None
    remaining: int
    seconds: float

    @property
    def reserve(self) -> int:
        """Requests per window that are left to other clients: a tenth, at least one, always less than half."""
        return 0 if not self.allowed else min(max(1, self.allowed // 10), (self.allowed - 1) // 2)

    @property
    def spread(self) -> float:
        """Seconds over which the clients that wait for the same reset spread: the lower the limit, the longer.

        The requests of :data:`EXPECTED_TASKS` clients then arrive as slowly as the limit allows: over 20 s if it is
        five per window, over 1 s (the minimum) if it is a hundred or more, or unknown.
        """
        return max(1.0, WINDOW * min(MAX_SPREAD, EXPECTED_TASKS / self.allowed)) if self.allowed else 1.0


def limits(headers: Mapping[str, str], now_ms: float) -> list[Limit]:
    """The limits in the headers of a response, as far as they have a ``Remaining``.

    :param headers: headers of the response, in any case
    :param now_ms: this machine's clock, epoch milliseconds
    """
    values = _lowered(headers)
    clocks = _clocks(headers, now_ms)
    result = []
    for kind, reset in RESETS.items():
        remaining, allowed = (_number(values.get(f"x-ratelimit-{kind}-{what}")) for what in ("remaining", "limit"))
        if remaining is not None:
            seconds = _until(_number(values.get(reset)), clocks)
            result.append(Limit(kind, int(allowed) if allowed else None, int(remaining), seconds))
    return result


def wait_seconds(
    status: int | None,
    headers: Mapping[str, str],
    now_ms: float,
    attempt: int,
    rng: Random,
    max_seconds: float = MAX_WAIT,
) -> float:
    """Seconds to wait before the next try; never negative, never much more than a day.

    After a 429, wait until the latest reset of the limits that may have been exceeded, and at random half a second up
    to the limit's :attr:`~Limit.spread` longer, so that tasks that were refused together do not retry together. Without
    a usable header, back off for 1-2 s, 2-4 s, 4-8 s and so on, which outlasts LaunchDarkly's window with the fourth
    wait at the latest. After any other failure, wait with full jitter over 1, 2, 4, ... 30 s, or for ``Retry-After`` if
    that is longer.

    :param status: HTTP status; None without a response
    :param headers: headers of the response, in any case
    :param now_ms: this machine's clock, epoch milliseconds
    :param attempt: how many times this request has waited for the same reason before
    :param rng: source of the jitter
    :param max_seconds: what is left of ``max_wait``; the random part is cut to stay within it
    """
    values = _lowered(headers)
    clocks = _clocks(headers, now_ms)
    exponent = max(0, min(attempt, 10))
    demanded = _retry_after(values, clocks)
    if status != 429:
        backoff = rng.uniform(0.0, min(MAX_TROUBLE_BACKOFF, 2.0**exponent))
        return max(backoff, demanded)
    for kind, reset in RESETS.items():
        if not _number(values.get(f"x-ratelimit-{kind}-remaining")):
            demanded = max(demanded, _until(_number(values.get(reset)), clocks))
    if demanded > 0:
        spread = max((limit.spread for limit in limits(headers, now_ms) if not limit.remaining), default=1.0)
        seconds = demanded + rng.uniform(0.5, 0.5 + spread)
        return max(demanded + 0.5, min(seconds, max_seconds))
    return min(MAX_BACKOFF, rng.uniform(1.0, 2.0) * 2.0**exponent)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _clocks(headers: Mapping[str, str], now_ms: float) -> list[float]:
    """The time in epoch milliseconds: by the server's clock if the response shows it, then by this machine's."""
    server = server_time(headers)
    return [now_ms] if server is None else [server * 1000, now_ms]


def _until(moment_ms: float | None, clocks: Sequence[float]) -> float:
    """Seconds until a reset; 0 if there is none, or it is past or too far away.

    A reset is a moment of the server's clock, which may differ from this machine's. If it is more than a day away from
    the response's ``Date``, the two come from different clocks.
    """
    for now_ms in clocks:
        seconds = 0.0 if moment_ms is None else (moment_ms - now_ms) / 1000
        if abs(seconds) <= MAX_WAIT:
            return max(0.0, seconds)
    return 0.0


def _retry_after(values: Mapping[str, str], clocks: Sequence[float]) -> float:
    """Seconds that ``Retry-After`` demands; 0 if it is missing or invalid."""
    text = values.get("retry-after")
    seconds = _number(text)
    if seconds is None:
        moment = http_date(text)
        return _until(None if moment is None else moment * 1000, clocks)
    return seconds if 0 < seconds <= MAX_WAIT else 0.0
