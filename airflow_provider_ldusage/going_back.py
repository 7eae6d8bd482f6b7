"""Older days that are still open: loaded after the run's own, and never at their cost.

What refuses one of these days must not keep the others from being loaded, today or on any day to come. So where a part
is refused, its halves are tried, down to the day that is the matter.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api.errors import (
    ForbiddenError,
    LaunchDarklyUsageError,
    RateLimitedError,
    StoreError,
    TemporaryFileError,
    UnauthorizedError,
)
from airflow_provider_ldusage.plan import LoadOptions, Plan
from airflow_provider_ldusage.report import Refusal
from airflow_provider_ldusage.storing import Stored, Storing

if TYPE_CHECKING:
    from airflow_provider_ldusage.fetch import Fetcher

log = logging.getLogger(__name__)

MAX_REFUSALS = 16
"""After so many refused parts, a load leaves the rest to the next: each may cost all retries of a request."""
# What ails no day in particular: the next part would meet it too.
WHOLESALE = (ForbiddenError, RateLimitedError, StoreError, TemporaryFileError, UnauthorizedError)


def go_back(storing: Storing, fetcher: Fetcher, plan: Plan, options: LoadOptions) -> Iterator[Stored | Refusal]:
    """Load the older parts of a plan, the latest first; yields what is stored and what is refused.

    They have a limit on requests of their own, as large as that on the run's own days.

    :raises RateLimitedError: LaunchDarkly asks for a wait that the caller wants handed back
    """
    waiting = list(reversed(plan.older))
    budget, refusals = options.max_requests, 0
    while waiting:
        part = waiting.pop()
        cost = part.requests(len(fetcher.flags()))
        if cost > budget:
            earlier_and_later = part.halves(plan.query, plan.now)
            if earlier_and_later and cost > len(fetcher.flags()):
                waiting += earlier_and_later
                continue
            for each in (part, *reversed(waiting)):
                yield Refusal(each.window, f"more than max_requests={options.max_requests} requests in one load")
            return
        budget -= cost
        try:
            yield storing.store(storing.ask(part))
        except LaunchDarklyUsageError as error:
            if isinstance(error, RateLimitedError) and error.retry_in is not None:
                raise
            refusals += 1
            halves = () if isinstance(error, WHOLESALE) else part.halves(plan.query, plan.now)
            if halves and refusals < MAX_REFUSALS:
                log.info("%s could not be loaded in one piece, so its halves are tried: %s", part.window, error)
                waiting += halves
                continue
            yield Refusal(part.window, f"{type(error).__name__}: {error}")
            if isinstance(error, WHOLESALE) or refusals >= MAX_REFUSALS:
                for each in reversed(waiting):
                    yield Refusal(each.window, "left to the next load, as others were refused")
                return
