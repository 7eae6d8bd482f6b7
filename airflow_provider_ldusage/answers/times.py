"""Whether the times of an answer's points are those that were asked for. All are ms since the epoch."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import DAY_MS, HOUR_MS
from airflow_provider_ldusage.exceptions import AnswerError, OtherTimeError

if TYPE_CHECKING:
    from airflow_provider_ldusage.days import Window

MAX_SPILL_MS = 2 * DAY_MS
"""How far outside the range a point may lie: at its boundary, or in a start that was widened. A point further off means
that the answer is about another range: the unit of from/to is wrong, or defaults took their place."""
SECONDS_AS_MS = 10**11
"""Seconds since the epoch that are taken for milliseconds lie before this, in the 1970s."""
FORECAST_MS = range(10**12, 10**13)
"""Times that a forecast may have: 2001 to 2286. It may lie outside the range that was asked for."""


def max_points(ask: Window) -> int:
    """The most points that an answer about a range can have: one for each minute."""
    return (len(ask) * DAY_MS + 2 * MAX_SPILL_MS) // 60_000


def check_unit(times: Collection[int], ask: Window) -> None:
    """Refuse times that are all so early that they must be seconds.

    :raises OtherTimeError: names the latest
    """
    if times and max(times) < SECONDS_AS_MS:
        _check_time(max(times), ask)


def check_range(times: Collection[int], ask: Window) -> None:
    """Refuse times that cannot be of the range that was asked for.

    :raises OtherTimeError: names the first or the last
    """
    if times:
        _check_time(min(times), ask)
        _check_time(max(times), ask)


def check_forecast(times: Collection[int]) -> None:
    """Refuse times of a forecast that are no ms since the epoch.

    :raises AnswerError: names one
    """
    for time in times:
        if time not in FORECAST_MS:
            raise AnswerError(f"The forecast has a point at {time}: no time in ms since the epoch.")


def check_time_zone(times: Collection[int], bucket: int, *, exact: bool) -> None:
    """Refuse the days of another time zone. They look like an answer finer than asked, but belong to no UTC day.

    What gives them away is that they lie a day apart and all begin at the same time of day, but for an hour of
    summer time. One point alone could be either; it is taken for finer only where the API chooses the granularity.

    :param bucket: ms: the period that each figure is about, as it was asked for
    :param exact: the API keeps to that period; otherwise it may choose a shorter one
    :raises AnswerError: names how long after a bucket in UTC they begin
    """
    ordered = sorted(times)
    offsets = [time % bucket for time in ordered if time % bucket]
    if not offsets:
        return
    summer_time = bucket // 24
    apart = all(later - earlier >= bucket - summer_time for earlier, later in pairwise(ordered))
    alike = max(offsets) - min(offsets) <= summer_time
    if apart and alike and (exact or len(offsets) > 1):
        period = "hourly" if bucket == HOUR_MS else "daily"
        raise AnswerError(
            f"The answer has {period} figures that begin {min(offsets)} ms after a bucket in UTC: another time zone's.",
            about="what part of them is of which UTC day cannot be told",
        )


def _check_time(time: int, ask: Window) -> None:
    if not ask.start_ms - MAX_SPILL_MS <= time < ask.end_ms + MAX_SPILL_MS:
        raise OtherTimeError(
            f"The answer has a point at {time} ms since the epoch, but {ask} was asked for.",
            "A wrong unit of from/to looks like that: set time_units in Extra of the LaunchDarkly connection.",
        )
