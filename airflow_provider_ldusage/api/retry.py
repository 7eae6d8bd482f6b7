"""When to retry a request, how long to wait before that, and when to give up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.waiting import Overlap, Waits, check_needed
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, RateLimitedError, ServerTroubleError

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

log = logging.getLogger(__package__)

MAX_TROUBLE_RETRIES = 5


@dataclass
class Stats:
    """What one client has done so far, with all of its threads.

    :param requests: HTTP requests sent
    :param retries: how many of them were retries
    :param waited: seconds in which at least one request waited
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

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, **more: float) -> None:
        """Count more of what the names say."""
        with self._lock:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)


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
    """How many seconds one client may wait for rate limits, over all of its requests. Requests that wait at the same
    time wait once.

    :param allowed: seconds in all
    :param used: seconds waited so far
    :param defer_from: waits of this many seconds or more are left to the caller; None: no wait is
    """

    allowed: float
    used: float = 0.0
    defer_from: float | None = None

    overlap: Overlap = field(default_factory=Overlap)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.allowed - self.used

    @contextmanager
    def spending(self, now: float, seconds: float) -> Iterator[None]:
        """Count a wait, which lasts as long as the context.

        :param now: epoch seconds
        """
        with self.lock:
            self.used += self.overlap.begin(now, seconds)
        try:
            yield
        finally:
            self.overlap.end()

    def exceeded_by(self, now: float, seconds: float) -> bool:
        """Whether a wait would exceed the budget."""
        return self.used + self.overlap.more(now, seconds) > self.allowed

    def defers(self, now: float, seconds: float) -> bool:
        """Whether a wait is left to the caller."""
        return self.defer_from is not None and seconds >= self.defer_from and not self.exceeded_by(now, seconds)


class Retries:
    """The retries of one request: after 429 as long as the budget lasts, after other failures five.

    :param budget: of the client; each wait for a rate limit is taken from it
    :param stats: of the client; retries and waits are counted there
    :param waits: of the client
    :param clock: this machine's clock, epoch seconds
    :param rng: source of the jitter
    """

    def __init__(self, budget: Budget, stats: Stats, waits: Waits, clock: Callable[[], float], rng: Random) -> None:
        self._budget, self._stats, self._waits, self._clock, self._rng = budget, stats, waits, clock, rng
        self._limited = self._troubled = 0
        self._failure: Failure | None = None

    def retrying(self) -> Retrying:
        """The rules for tenacity. What is called returns a :class:`Failure` rather than raise an error."""
        from tenacity import Retrying, retry_if_result

        return Retrying(
            sleep=self._sleep,
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
            now = self._clock()
            return self._budget.exceeded_by(now, seconds) or self._budget.defers(now, seconds)
        too_long = seconds > max(self._budget.allowed, ratelimit.MAX_TROUBLE_BACKOFF)
        return too_long or self._troubled >= MAX_TROUBLE_RETRIES

    def _before_sleep(self, state: RetryCallState) -> None:
        self._failure = _failure(state)
        self._limited += self._failure.status == 429
        self._troubled += self._failure.status != 429

    def _sleep(self, seconds: float) -> None:
        check_needed()  # a connection that was broken because nobody needs the answer is no trouble to report
        failure, count = self._failure, f"retry {self._troubled} of {MAX_TROUBLE_RETRIES}"
        assert failure is not None
        with ExitStack() as stack:
            if failure.status == 429:
                stack.enter_context(self._budget.spending(self._clock(), seconds))
                count = f"{self._budget.used:.0f} of {self._budget.allowed:.0f} s for rate limits"
            self._stats.add(retries=1)
            log.info("Waiting %.1f s (%s): %s", seconds, count, failure.error)
            self._waits.wait(seconds, lambda more: self._stats.add(waited=more))

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
        if self._budget.defers(self._clock(), seconds):
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
