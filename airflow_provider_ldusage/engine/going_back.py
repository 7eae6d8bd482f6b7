"""Older days that are still open: loaded after the run's own, and never at their cost.

What refuses one of these days must not keep the others from being loaded, today or on any day to come. So where a part
is refused, its halves are tried, down to the day that cannot be loaded. That day is noted, and from then on tried by
itself, after the others. What goes wrong ends going back, and never the load.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from airflow_provider_ldusage.engine.fetch import Fetcher

log = logging.getLogger(__name__)

MAX_REFUSALS = 16
"""After so many refused parts, a load leaves the rest to the next."""
MAX_TRIED_AGAIN = 4
"""The same for days that were refused before; those that wait longest are tried first."""
MAX_SECONDS = 600.0
"""No further part is begun after so long: the task has its own days, and may have a time limit."""
# What ails no day in particular: the next part would meet it too.
WHOLESALE = (
    ConnectionConfigError, ForbiddenError, RateLimitedError, StoreError, TemporaryFileError, UnauthorizedError,
)  # fmt: skip


def go_back(storing: Storing, fetcher: Fetcher, plan: Plan, max_requests: int) -> Iterator[StoredPart | Refusal]:
    """Load the older parts of a plan, the latest first, then the days that were refused before.

    :param max_requests: of all parts that are stored together; as many as the run's own days may take
    :return: what is stored and what is refused, as it comes
    """
    flags = len(fetcher.flags())
    if not flags:  # there is nothing to ask about
        return
    limits = _Limits(max_requests)
    waiting, refusals = list(reversed(plan.older)), 0
    while waiting:
        part = waiting.pop()
        cost = part.requests(flags)
        if reason := limits.exceeded(cost):
            if len(part.chunks) > 1 and limits.left:
                waiting += part.halves(plan.query, plan.now)
                continue
            yield from _put_off([*waiting, part], reason)
            return
        found = _attempt(storing, part)
        if isinstance(found, StoredPart):
            limits.left -= cost
            yield found
            continue
        if isinstance(found, WHOLESALE):
            yield from _put_off([*waiting, part], _told(found))
            return
        refusals += 1
        if refusals < MAX_REFUSALS and (halves := part.halves(plan.query, plan.now)):
            log.info("%s could not be loaded in one piece, so its halves are tried: %s", part.window, _told(found))
            waiting += halves
            continue
        yield Refusal(part.window, _told(found))
        if refusals >= MAX_REFUSALS:
            yield from _put_off(waiting, f"{refusals} parts were refused")
            return
    yield from _tried_again(storing, plan.refused, limits, flags)


def _tried_again(
    storing: Storing, parts: Iterable[Part], limits: _Limits, flags: int
) -> Iterator[StoredPart | Refusal]:
    """Days that were refused before, until too many are refused again."""
    refusals = 0
    for part in parts:
        cost = part.requests(flags)
        if refusals >= MAX_TRIED_AGAIN or limits.exceeded(cost):
            return
        found = _attempt(storing, part)
        if isinstance(found, StoredPart):
            limits.left -= cost
            yield found
            continue
        if isinstance(found, WHOLESALE):
            return
        refusals += 1
        yield Refusal(part.window, _told(found))


class _Limits:
    """What is left for going back: requests, and time.

    :param left: requests
    """

    def __init__(self, left: int) -> None:
        self.max_requests = self.left = left
        self._until = time.monotonic() + MAX_SECONDS

    def exceeded(self, cost: int) -> str:
        """Why a part may not be asked for any more; empty if it may."""
        if time.monotonic() > self._until:
            return f"going back has taken more than {MAX_SECONDS:.0f} s"
        if cost > self.left:
            return f"they take more requests than max_requests={self.max_requests} leaves"
        return ""


def _attempt(storing: Storing, part: Part) -> StoredPart | Exception:
    """The part in the lake, or what refused it, whatever that is: the run's own days are stored already."""
    try:
        return storing.store(storing.ask(part))
    except LaunchDarklyUsageError as error:
        return error
    except Exception as error:
        log.warning("Loading %s failed unexpectedly.", part.window, exc_info=True)
        return error


def _put_off(waiting: Iterable[Part], reason: str) -> Iterator[Refusal]:
    """The parts that are left to the next load, those that follow each other as one."""
    days = sorted({day for part in waiting for day in part.window.days()})
    for window in runs_of(days):
        yield Refusal(window, f"left to the next load: {reason}", tried=False)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
