"""The ranges to ask for: days widened by the look-back, cut into the requests that the limits of the API allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from airflow_provider_ldusage.days import DAY, SETTLING_DAYS, Window, midnight, month_start, utc_day, utc_instant
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.query import UsageQuery

# The endpoints that choose their granularity answer ranges of two days and more, and ranges that began before
# the last two days, in days: https://launchdarkly.com/docs/api/account-usage-beta/get-evaluations-usage
DAILY_FROM_DAYS = 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """One request: the days to ask for, and those of them to store (never fewer asked than kept)."""

    ask: Window
    keep: Window


def plan_chunks(query: UsageQuery, window: Window, now: datetime) -> list[Chunk]:
    """The ranges to ask for, such that each answer comes in the granularity and from the start that was meant."""
    metric = query.metric
    if metric.history is History.SNAPSHOT:
        return []
    if metric.history is History.DAILY_LIST:
        days = [Window(day, day + DAY) for day in window.days()]
        return [Chunk(day, day) for day in days]
    if not metric.automatic_granularity:
        return chunks(window, max_days=metric.max_days, from_month_start=query.cumulative)
    oldest = utc_day(now) - timedelta(days=SETTLING_DAYS)
    return [
        Chunk(
            Window(min(chunk.ask.start, oldest) if chunk.ask.end > oldest else chunk.ask.start, chunk.ask.end),
            chunk.keep,
        )
        for chunk in chunks(window, max_days=metric.max_days, min_days=DAILY_FROM_DAYS)
    ]


def cut_open_day(window: Window, now: datetime, *, include_open_day: bool = False) -> Window | None:
    """Return the days of ``window`` that are over at ``now`` (today too, if asked for), or None if there are none."""
    closed = utc_day(now) + (DAY if include_open_day else timedelta())
    end = min(window.end, closed)
    return Window(window.start, end) if window.start < end else None


def widen(window: Window, now: datetime, *, lookback: int | None, cumulative: bool) -> Window:
    """Let a recent window begin earlier, to fetch again what LaunchDarkly may have corrected since.

    Windows that ended more than three days before ``now`` come back as they are: a backfill loads what it names.

    :param lookback: days to go back; None: three days or, for cumulative figures, to the month's start, and to the
        start of the month before the present one while that month is in its first three days
    :param cumulative: the figures are month-to-date
    """
    check_lookback(lookback)
    instant = utc_instant(now)
    if midnight(window.end) < instant - timedelta(days=SETTLING_DAYS):
        return window
    if lookback is None and cumulative:
        start = month_start(window.start)
        if instant.day <= SETTLING_DAYS:
            start = min(start, month_start(month_start(instant.date()) - DAY))
        return Window(start, window.end)
    days = SETTLING_DAYS if lookback is None else lookback
    try:
        return Window(window.start - timedelta(days=days), window.end)
    except OverflowError:
        raise UsageArgumentError(f"lookback={lookback!r} goes back beyond the calendar.", "Give fewer days.") from None


def check_lookback(lookback: object) -> None:
    """Refuse what is no number of days, nor None."""
    if lookback is not None and (isinstance(lookback, bool) or not isinstance(lookback, int) or lookback < 0):
        raise UsageArgumentError(
            f"lookback={shown(lookback)} is no number of days.", "Give 0 or more, for instance lookback=3."
        )


def chunks(
    window: Window, *, max_days: int | None = 365, from_month_start: bool = False, min_days: int = 1
) -> list[Chunk]:
    """Cut ``window`` into as few requests as the API's limits allow. Their ``keep`` windows tile it exactly.

    :param max_days: the longest range that may be asked for; None: any
    :param from_month_start: ask from a month's first day, as month-to-date figures need it
    :param min_days: the shortest range to ask for, reached by asking for earlier days: some endpoints choose their
        granularity by the range's length
    """
    reserve = 30 if from_month_start else 0  # going back to a month's start may add up to 30 days
    if min_days < 1 or (max_days is not None and max_days < min_days + reserve):
        raise ValueError(f"{max_days=} and {min_days=} with {from_month_start=} cannot always be met")
    found: list[Chunk] = []
    start = window.start
    while start < window.end:
        ask_start, end = month_start(start) if from_month_start else start, window.end
        if max_days is not None and (end - ask_start).days > max_days:
            end = ask_start + timedelta(days=max_days)
            if from_month_start:
                end = month_start(end)
        while (end - ask_start).days < min_days:
            ask_start = month_start(ask_start - DAY) if from_month_start else end - timedelta(days=min_days)
        found.append(Chunk(ask=Window(ask_start, end), keep=Window(start, end)))
        start = end
    return found
