"""Loads as the oracle is told of them, and which days each is about. Imports nothing of the package."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.soak.account import DAY, Feed, midnight

SETTLING, AHEAD = timedelta(days=3), timedelta(minutes=2)
TOLD = ("scheduled", "asset", "partition", "manual")
ANCHORING = ("scheduled", "asset", "partition")

Window = tuple[date, date]


@dataclass(frozen=True)
class Load:
    """What the oracle is told of a load.

    - ``kind``: ``scheduled``, ``asset``, ``partition``, ``manual``, ``backfill`` or ``named``
    - ``at``: the run's own instant; ``previous``: the schedule's instant before it
    - ``days``: of a partition or a named window
    - ``moment``: of its first question; ``answered``: false where LaunchDarkly is down for all of it
    """

    table: str
    feed: Feed
    kind: str
    at: datetime
    moment: datetime
    previous: datetime | None = None
    days: Window | None = None
    lookback: int | None = None
    include_open_day: bool = False
    on_empty: str = "keep"
    max_requests: int = 500
    answered: bool = True


def window_of(load: Load) -> Window:
    """The days that a run's own instant tells, before the open day is seen to."""
    if load.days is not None:
        return load.days
    today = load.at.date()
    if load.previous is not None and load.previous.date() < today:
        return load.previous.date(), today
    return today - DAY, today


def own_window(load: Load) -> Window | None:
    """The run's days without the look-back, as far as they may be loaded; None where nothing is left."""
    (first, end), today = window_of(load), load.moment.date()
    if load.include_open_day and load.kind in TOLD and end == today:
        end += DAY
    end = min(end, today + DAY if load.include_open_day else today)
    return (first, end) if first < end else None


def own_start(load: Load, window: Window, *, as_told: bool = False) -> date:
    """The first day of the window with its look-back."""
    told = as_told or load.kind in TOLD
    if not (told or (load.kind == "named" and load.lookback is not None)) or not _is_recent(window, load.moment):
        return window[0]
    back = window[0] - (SETTLING if load.lookback is None else timedelta(days=load.lookback))
    if not load.feed.kind.cumulative:
        return back
    month, today = window[0].replace(day=1), load.moment.date()
    if today.day <= SETTLING.days:
        month = min(month, (today.replace(day=1) - DAY).replace(day=1))
    if load.lookback is None:
        return month
    return min(month, back) if told else back


def settles(load: Load, day: date) -> datetime:
    """When the day has settled, by the load's look-back. Where that is some days, two minutes do not matter: a worker's
    clock may be ahead."""
    if load.feed.kind.cumulative:
        return midnight(_next_month(day)) + SETTLING - AHEAD
    if load.lookback == 0:
        return midnight(day + DAY)
    return midnight(day + DAY) + (SETTLING if load.lookback is None else timedelta(days=load.lookback)) - AHEAD


def _is_recent(window: Window, moment: datetime) -> bool:
    return midnight(window[1]) >= moment - SETTLING


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
