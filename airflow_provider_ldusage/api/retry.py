"""When to retry a request, how long to wait before that, and when to give up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, RateLimitedError, ServerTroubleError

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

log = logging.getLogger(__package__)

MAX_TROUBLE_RETRIES = 5


@dataclass
class Stats:
    """What one client has done so far.

    :param requests: HTTP requests sent
    :param retries: how many of them were retries
    :param waited: seconds waited in all
    :param bytes: size of all responses, decompressed
    :param limited: responses with status 429
    :param paced: seconds of ``waited`` that kept pace with a rate limit; ``max_wait`` does not count them
    """

    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    bytes: int = 0
    limited: int = 0
    paced: float = 0.0


@dataclass(frozen=True)
class Failure:
    """A request without a usable response.

    :param error: the error to raise
    :param retryable: another try may succeed
    :param status: HTTP status; None without a response
    :param headers: headers of the response
    """

    error: LaunchDarklyUsageError
    retryable: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Budget:
    """How many seconds one client may wait for rate limits, over all of its requests.

    :param allowed: seconds in all
    :param used: seconds waited so far
    :param defer_from: waits of this many seconds or more are left to the caller; None: no wait is
    """

    allowed: float
    used: float = 0.0
    defer_from: float | None = None

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.allowed - self.used

    def spend(self, seconds: float) -> None:
        """Count a wait."""
        self.used += seconds

    def exceeded_by(self, seconds: float) -> bool:
        """Whether a wait would exceed the budget."""
        return self.used + seconds > self.allowed

    def defers(self, seconds: float) -> bool:
        """Whether a wait is left to the caller."""
        return self.defer_from is not None and seconds >= self.defer_from and not self.exceeded_by(seconds)


class Retries:
    """The retries of one request: after 429 as long as the budget lasts, after other failures five.

    :param budget: of the client; each wait for a rate limit is taken from it
    :param stats: of the client; retries and waits are counted there
    :param clock: this machine's clock, epoch seconds
    :param rng: source of the jitter
    """

    def __init__(self, budget: Budget, stats: Stats, clock: Callable[[], float], rng: Random) -> None:
        self._budget, self._stats, self._clock, self._rng = budget, stats, clock, rng
        self._limited = self._troubled = 0

    def retrying(self, sleep: Callable[[float], None]) -> Retrying:
        """The rules for tenacity. What is called returns a :class:`Failure` rather than raise an error.

        :param sleep: waits for this many seconds
        """
        from tenacity import Retrying, retry_if_result

        return Retrying(
            sleep=sleep,
            wait=self._wait,
            stop=self._stop,
            before_sleep=self._before_sleep,
            retry=retry_if_result(lambda result: isinstance(result, Failure) and result.retryable),
            retry_error_callback=self._give_up,
        )

    def _wait(self, state: RetryCallState) -> float:
        failure = _failure(state)
        attempt = self._limited if failure.status == 429 else self._troubled
        now_ms = self._clock() * 1000
        return ratelimit.wait_seconds(failure.status, failure.headers, now_ms, attempt, self._rng, self._budget.left)

    def _stop(self, state: RetryCallState) -> bool:
        seconds = state.upcoming_sleep
        if _failure(state).status == 429:
            return self._budget.exceeded_by(seconds) or self._budget.defers(seconds)
        too_long = seconds > max(self._budget.allowed, ratelimit.MAX_TROUBLE_BACKOFF)
        return too_long or self._troubled >= MAX_TROUBLE_RETRIES

    def _before_sleep(self, state: RetryCallState) -> None:
        failure, seconds = _failure(state), state.upcoming_sleep
        if failure.status == 429:
            self._limited += 1
            self._budget.spend(seconds)
            count = f"{self._budget.used:.0f} of {self._budget.allowed:.0f} s for rate limits"
        else:
            self._troubled += 1
            count = f"retry {self._troubled} of {MAX_TROUBLE_RETRIES}"
        self._stats.retries += 1
        self._stats.waited += seconds
        log.info("Waiting %.1f s (%s): %s", seconds, count, failure.error)

    def _give_up(self, state: RetryCallState) -> Failure:
        """The last failure, with the number of tries or the time waited in its message."""
        failure = _failure(state)
        error, code = failure.error, getattr(failure.error, "code", None)
        if failure.status != 429:
            problem = f"{error.problem} Tried {self._troubled + 1} times."
            return Failure(
                ServerTroubleError(problem, error.remedy, about=error.about, status=failure.status, code=code)
            )
        waited, seconds = self._budget.used, state.upcoming_sleep
        if self._budget.defers(seconds):
            remedy = f"Try again in {seconds:.1f} s."
            return Failure(
                RateLimitedError(
                    error.problem, remedy, about=error.about, status=429, code=code, waited=waited, retry_in=seconds
                )
            )
        problem = (
            f"{error.problem} The task has waited {waited:.1f} s and would need {seconds:.1f} s more; max_wait allows "
            f"{self._budget.allowed:.1f} s."
        )
        remedy = (
            "All tokens of the account share the limits: lower the concurrency with an Airflow pool, raise max_wait in "
            "Extra of the LaunchDarkly connection, or let Airflow retry the task later."
        )
        return Failure(RateLimitedError(problem, remedy, about=error.about, status=429, code=code, waited=waited))


def _failure(state: RetryCallState) -> Failure:
    result = state.outcome.result() if state.outcome else None
    assert isinstance(result, Failure)  # only failures are retried
    return result
