"""Promises of chunks.py that hold for every window and instant."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.chunks import chunks, cut_open_day, widen
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.windows import resolve_window
from tests.calendar_strategies import DAY, INSTANTS, UTC_INSTANTS, WINDOWS, ZONES


@st.composite
def limits(draw: st.DrawFn) -> dict[str, Any]:
    from_month_start = draw(st.booleans())
    min_days = draw(st.integers(1, 120))
    least = min_days + (30 if from_month_start else 0)
    max_days = draw(st.none() | st.integers(least, 400) | st.just(least))
    return {"max_days": max_days, "from_month_start": from_month_start, "min_days": min_days}


@given(WINDOWS, limits())
def test_chunks_tile_the_window_and_keep_the_limits(window: Window, limit: dict[str, Any]) -> None:
    plan = chunks(window, **limit)
    assert [day for chunk in plan for day in chunk.keep.days()] == list(window.days())
    assert (plan[0].keep.start, plan[-1].keep.end) == (window.start, window.end)
    for before, after in pairwise(plan):
        assert before.keep.end == after.keep.start
        assert not limit["from_month_start"] or after.keep.start.day == 1
    for chunk in plan:
        assert chunk.ask.start <= chunk.keep.start
        assert chunk.ask.end == chunk.keep.end
        assert len(chunk.ask) >= limit["min_days"]
        assert limit["max_days"] is None or len(chunk.ask) <= limit["max_days"]
        assert not limit["from_month_start"] or chunk.ask.start.day == 1
    assert limit["max_days"] is not None or len(plan) == 1


@given(WINDOWS, st.integers(1, 400))
def test_chunks_are_as_few_as_the_limit_allows(window: Window, max_days: int) -> None:
    assert len(chunks(window, max_days=max_days)) == -(-len(window) // max_days)


@given(WINDOWS, st.integers(31, 400))
def test_no_two_neighbouring_month_chunks_fit_into_one(window: Window, max_days: int) -> None:
    for one, two in pairwise(chunks(window, max_days=max_days, from_month_start=True)):
        months_later = (two.keep.start + timedelta(days=31)).replace(day=1)
        assert (min(months_later, two.keep.end) - one.ask.start).days > max_days


@given(WINDOWS, st.timedeltas(-5 * DAY, 5 * DAY), ZONES, st.none() | st.integers(0, 100), st.booleans())
def test_widening_never_shrinks_and_never_moves_the_end(
    window: Window, age: timedelta, zone: ZoneInfo, lookback: int | None, cumulative: bool
) -> None:
    now = (datetime(*window.end.timetuple()[:3], tzinfo=timezone.utc) + age).astimezone(zone)
    wide = widen(window, now, lookback=lookback, cumulative=cumulative)
    assert wide.end == window.end
    assert wide.start <= window.start
    if age > 3 * DAY:
        assert wide == window
    elif cumulative and lookback is None:
        assert wide.start.day == 1
    else:
        assert len(wide) == len(window) + (3 if lookback is None else lookback)


@given(UTC_INSTANTS, st.booleans())
def test_a_window_that_ends_now_is_always_recent(now: datetime, cumulative: bool) -> None:
    window = resolve_window(run_after=now).window
    assert widen(window, now, lookback=None, cumulative=cumulative).start < window.start or (
        cumulative and window.start.day == 1
    )


@given(WINDOWS, INSTANTS, st.booleans())
def test_cutting_the_open_day_is_idempotent_and_leaves_only_closed_days(
    window: Window, now: datetime, include_open_day: bool
) -> None:
    cut = cut_open_day(window, now, include_open_day=include_open_day)
    today = now.astimezone(timezone.utc).date()
    closed = [day for day in window.days() if day < today or (include_open_day and day == today)]
    assert (list(cut.days()) if cut else []) == closed
    if cut:
        assert cut_open_day(cut, now, include_open_day=include_open_day) == cut
