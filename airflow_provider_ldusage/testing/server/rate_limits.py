"""Rate limits and the headers that announce them.

Source: the "Rate limiting" chapter of https://launchdarkly.com/docs/api.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from airflow_provider_ldusage.testing.server.simulated_clock import SimulatedClock
from airflow_provider_ldusage.testing.switches import Switches


@dataclass(frozen=True)
class Allowance:
    """Whether a request is within the limits.

    :param allowed: whether it is within all of them
    :param headers: the headers that announce them
    """

    allowed: bool
    headers: Mapping[str, str]


class RateLimits:
    """Counts requests in windows of time. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}

    def take(self, route: str, clock: SimulatedClock, switches: Switches) -> Allowance:
        """Count a request.

        :param route: URL pattern of the request
        :param clock: the simulated clock
        :param switches: the limits and the length of their windows
        :returns: whether the request is allowed, and the headers to send
        """
        limits = (
            ("Global", "account", switches.rate_limit),
            ("Route", f"route {route}", switches.route_rate_limit),
            ("Auth-Token", "token", switches.token_rate_limit),
        )
        now = clock.now.timestamp()
        ticks = now + clock.passing
        window = int(ticks // switches.rate_window)
        reset = str(round((now + (window + 1) * switches.rate_window - ticks) * 1000))
        allowed = True
        headers: dict[str, str] = {}
        for kind, name, limit in limits:
            if limit is None:
                continue
            remaining = self._count(name, limit, window)
            allowed = allowed and remaining >= 0
            headers[f"X-Ratelimit-{kind}-Limit"] = str(limit)
            headers[f"X-Ratelimit-{kind}-Remaining"] = str(max(0, remaining))
            headers["X-Ratelimit-Auth-Token-Reset" if kind == "Auth-Token" else "X-Ratelimit-Reset"] = reset
        return Allowance(allowed, headers)

    def _count(self, name: str, limit: int, window: int) -> int:
        """Requests that remain in the window after this one; negative if it is beyond the limit."""
        with self._lock:
            number, used = self._counts.get(name, (window, 0))
            used = used + 1 if number == window else 1
            self._counts[name] = (window, min(used, limit + 1))
        return limit - used
