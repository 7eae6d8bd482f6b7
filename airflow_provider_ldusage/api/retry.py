"""How one request is tried again: tenacity's ``wait``, ``stop`` and ``before_sleep``, which share their counts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api import ratelimit

if TYPE_CHECKING:
    from tenacity import RetryCallState

logger = logging.getLogger("airflow_provider_ldusage.api")

MAX_TROUBLE_RETRIES = 5


@dataclass
class Stats:
    """What one client has done so far.

    - ``requests``, ``retries``: HTTP requests sent, and how many of them were retries
    - ``limited``: answers 429
    - ``waited``: seconds waited in all; ``paced``: those of them to keep pace, which ``max_wait`` does not count
    - ``bytes``: size of the answers, decompressed
    """

    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    bytes: int = 0
    limited: int = 0
    paced: float = 0.0


@dataclass(frozen=True)
class Failure:
    """A request that brought no usable answer, and whether another try may."""

    error: exceptions.LaunchDarklyUsageError
    retryable: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Budget:
    """Seconds that a client may wait for rate limits, over all of its requests.

    ``longest``: the longest single wait; longer ones are handed back to the caller. None: none is.
    """

    allowed: float
    used: float = 0.0
    longest: float | None = None

    def exceeded_by(self, seconds: float) -> bool:
        return self.used + seconds > self.allowed

    def hands_back(self, seconds: float) -> bool:
        return self.longest is not None and seconds >= self.longest and not self.exceeded_by(seconds)


class Patience:
    """The retries of one request: rate limits for as long as the budget lasts, troubles five times."""

    def __init__(self, budget: Budget, stats: Stats, now_ms: Callable[[], float], rng: Random) -> None:
        self._budget, self._stats, self._rng = budget, stats, rng
        self._now_ms = now_ms
        self._limited = self._troubled = 0

    def wait(self, state: RetryCallState) -> float:
        failure = _failure(state)
        attempt = self._limited if failure.status == 429 else self._troubled
        left = self._budget.allowed - self._budget.used
        return ratelimit.wait_seconds(failure.status, failure.headers, self._now_ms(), attempt, self._rng, left)

    def stop(self, state: RetryCallState) -> bool:
        if _failure(state).status == 429:
            return self._budget.exceeded_by(state.upcoming_sleep) or self._budget.hands_back(state.upcoming_sleep)
        too_long = state.upcoming_sleep > max(self._budget.allowed, ratelimit.LONGEST_TROUBLE_BACKOFF)
        return too_long or self._troubled >= MAX_TROUBLE_RETRIES

    def before_sleep(self, state: RetryCallState) -> None:
        failure, seconds = _failure(state), state.upcoming_sleep
        if failure.status == 429:
            self._limited += 1
            self._budget.used += seconds
            spent = f" ({self._budget.used:.0f} of {self._budget.allowed:.0f} s for rate limits)"
        else:
            self._troubled += 1
            spent = f" (retry {self._troubled} of {MAX_TROUBLE_RETRIES})"
        self._stats.retries += 1
        self._stats.waited += seconds
        logger.info("Waiting %.1f s%s: %s", seconds, spent, failure.error)

    def give_up(self, state: RetryCallState) -> Failure:
        """The failure to report when there is no further try, with how long was waited."""
        failure = _failure(state)
        code = getattr(failure.error, "code", None)
        if failure.status != 429:
            tried = f"{failure.error} Tried {self._troubled + 1} times."
            return Failure(exceptions.ServerTroubleError(tried, status=failure.status, code=code))
        waited, seconds = self._budget.used, state.upcoming_sleep
        if self._budget.hands_back(seconds):
            told = f"{failure.error} Ask again in {seconds:.1f} s."
            return Failure(exceptions.RateLimitedError(told, status=429, code=code, waited=waited, retry_in=seconds))
        told = (
            f"{failure.error} This client has waited {waited:.1f} s for rate limits and would need "
            f"{seconds:.1f} s more; max_wait allows {self._budget.allowed:.1f} s. All tokens of the "
            "account share the limits: lower the concurrency with an Airflow pool, raise max_wait in Extra of the "
            "LaunchDarkly connection, or let Airflow retry the task later."
        )
        return Failure(exceptions.RateLimitedError(told, status=429, code=code, waited=waited))


def _failure(state: RetryCallState) -> Failure:
    result = state.outcome.result() if state.outcome else None
    assert isinstance(result, Failure)  # only failures are retried
    return result
