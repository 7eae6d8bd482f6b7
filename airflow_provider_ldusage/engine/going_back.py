"""Older days that are still open: loaded after the run's own, and never at their cost.

A day that is refused must not keep the others from being loaded, today or on any later day. So where a part is refused,
its halves are tried, down to the single day. That day is noted, and from then on tried by itself, after the others. An
error ends going back, never the load.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterable, Iterator, Sequence

from airflow_provider_ldusage.days import runs_of
from airflow_provider_ldusage.engine.plan import Part, Plan
from airflow_provider_ldusage.engine.report import Refusal
from airflow_provider_ldusage.engine.storing import StoredPart, Storing
from airflow_provider_ldusage.exceptions import (
    ConnectionConfigError,
    ForbiddenError,
    LaunchDarklyUsageError,
    RateLimitedError,
    StoreError,
    TemporaryFileError,
    UnauthorizedError,
)

log = logging.getLogger(__name__)

MAX_REFUSALS = 16
"""After so many refused parts, a load leaves the rest to the next."""
MAX_TRIED_AGAIN = 4
"""The same for days that were refused before; those that wait longest are tried first."""
MAX_SECONDS = 600.0
"""No further part is begun after so long: the task has its own days, and may have a time limit."""
# These are not about a particular day: the next part would meet them too.
WHOLESALE = (
    ConnectionConfigError, ForbiddenError, RateLimitedError, StoreError, TemporaryFileError, UnauthorizedError,
)  # fmt: skip


def go_back(storing: Storing, plan: Plan, max_requests: int) -> Iterator[StoredPart | Refusal]:
    """Load the older parts of a plan, the latest first, then the days that were refused before.

    :param max_requests: of all parts that are stored together; as many as the run's own days may take
    :return: what is stored and what is refused, one by one
    """
    if not storing.flags():  # there is nothing to ask about
        return
    attempts = _Attempts(storing, max_requests)
    everything_tried = yield from attempts.load(plan.older, MAX_REFUSALS)
    if everything_tried:
        again = attempts.load(plan.refused, MAX_TRIED_AGAIN)
        # The refusal of a day that has to wait was reported when it happened.
        yield from (found for found in again if isinstance(found, StoredPart) or found.tried)


class _Attempts:
    """Loads parts one after the other, within the limits of requests, refusals and time."""

    def __init__(self, storing: Storing, max_requests: int) -> None:
        self._storing = storing
        self._max_requests = self._requests_left = max_requests
        self._until = time.monotonic() + MAX_SECONDS

    def load(self, parts: Sequence[Part], max_refusals: int) -> Generator[StoredPart | Refusal, None, bool]:
        """Load the parts in turn; where one is refused, its halves.

        :return: (of the generator) whether every part was tried
        """
        waiting, refusals = list(reversed(parts)), 0
        while waiting:
            part = waiting.pop()
            if reason := self._too_much(part):
                if len(part.chunks) > 1 and self._requests_left:
                    waiting += part.halves()
                    continue
                yield from _put_off([*waiting, part], reason)
                return False
            found = self._attempt(part)
            if isinstance(found, StoredPart):
                yield found
                continue
            if isinstance(found, WHOLESALE):
                yield from _put_off([*waiting, part], _named(found))
                return False
            refusals += 1
            if refusals < max_refusals and (halves := part.halves()):
                log.info("%s could not be loaded in one piece, so its halves are tried: %s", part.window, _named(found))
                waiting += halves
                continue
            yield Refusal(part.window, _named(found))
            if refusals >= max_refusals:
                yield from _put_off(waiting, f"{refusals} parts were refused")
                return False
        return True

    def _cost(self, part: Part) -> int:
        return part.requests(len(self._storing.flags()))

    def _too_much(self, part: Part) -> str:
        """Why a part may not be asked for any more; empty if it may."""
        if time.monotonic() > self._until:
            return f"going back has taken more than {MAX_SECONDS:.0f} s"
        if self._cost(part) > self._requests_left:
            return f"they take more requests than max_requests={self._max_requests} leaves"
        return ""

    def _attempt(self, part: Part) -> StoredPart | Exception:
        """The part in the lake, or whatever error it met: the run's own days are stored already."""
        try:
            stored = self._storing.load(part)
        except LaunchDarklyUsageError as error:
            return error
        except Exception as error:
            log.warning("Loading %s failed unexpectedly.", part.window, exc_info=True)
            return error
        self._requests_left -= self._cost(part)
        return stored


def _put_off(waiting: Iterable[Part], reason: str) -> Iterator[Refusal]:
    """The parts that are left to the next load, those that follow each other as one."""
    days = sorted({day for part in waiting for day in part.window.days()})
    for window in runs_of(days):
        yield Refusal(window, f"left to the next load: {reason}", tried=False)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
