"""Promises of windows.py that hold for every window, instant and time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_ldusage.chunks import chunks, cut_open_day, widen
from airflow_provider_ldusage.days import Window, day_ranges, utc_day
from airflow_provider_ldusage.windows import resolve_window

DST_ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Gaza",
]
FIXED_ZONES = ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
WINDOWS = st.builds(lambda day, n: Window(day, day + timedelta(days=n)), DAYS, st.integers(1, 1500))
ZONES = st.sampled_from(DST_ZONES + FIXED_ZONES).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2015, 1, 2), datetime(2035, 12, 30), timezones=ZONES)
UTC_INSTANTS = st.datetimes(datetime(2015, 1, 2), datetime(2035, 12, 30), timezones=st.just(timezone.utc))
DAY = timedelta(days=1)


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


@given(INSTANTS, INSTANTS)
def test_any_two_instants_of_different_utc_days_are_floored_to_whole_days(one: datetime, two: datetime) -> None:
    start, end = sorted([one, two], key=lambda moment: moment.astimezone(timezone.utc))
    days = (start.astimezone(timezone.utc).date(), end.astimezone(timezone.utc).date())
    assume(days[0] < days[1])
    window = resolve_window(start=start, end=end).window
    assert (window.start, window.end) == days
    assert window.start_ms % 86_400_000 == window.end_ms % 86_400_000 == 0
    assert window.start_ms <= start.timestamp() * 1000 < window.start_ms + 86_400_000
    assert resolve_window(data_interval_start=start, data_interval_end=end, logical_date=start).window == window
    assert resolve_window(conf={"ldusage": {"start": start.isoformat(), "end": str(end)}}).window == window


@given(INSTANTS)
def test_a_single_instant_gives_the_last_utc_day_that_was_over(moment: datetime) -> None:
    for source in ({"run_after": moment}, {"logical_date": moment.isoformat(), "run_after": moment + 9 * DAY}):
        window = resolve_window(**source).window
        assert len(window) == 1
        assert cut_open_day(window, moment) == window
        assert window.end == utc_day(moment)


@given(st.lists(INSTANTS, min_size=2, max_size=40, unique_by=lambda moment: moment.timestamp()))
def test_the_runs_of_any_instants_tile_all_days(instants: list[datetime]) -> None:
    instants = sorted(instants, key=datetime.timestamp)
    windows = [resolve_window(previous=a, run_after=b, logical_date=b).window for a, b in pairwise(instants)]
    end = utc_day(instants[-1])
    assert windows[-1].end == end
    assert windows[0].start == min(utc_day(instants[0]), utc_day(instants[1]) - DAY)
    for one, two in pairwise(windows):
        assert two.start <= one.end <= two.end
        assert two.start == one.end or len(two) == 1


def daily_runs(first: date, zone: ZoneInfo, count: int) -> list[Window]:
    """What a data-interval timetable with cron ``0 0 * * *`` in that zone loads, run after run."""
    midnights = [datetime(d.year, d.month, d.day, tzinfo=zone) for d in (first + n * DAY for n in range(count + 1))]
    return [
        resolve_window(data_interval_start=a, data_interval_end=b, logical_date=a, run_after=b).window
        for a, b in pairwise(midnights)
    ]


@given(DAYS, ZONES)
def test_a_daily_interval_of_any_zone_moves_on_by_exactly_one_utc_day_a_run(day: date, zone: ZoneInfo) -> None:
    one, two = daily_runs(day, zone, 2)
    assert one.end == two.start
    assert len(one) == len(two) == 1


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Lisbon", "Atlantic/Azores", "Antarctica/Troll"])
def test_no_day_of_a_year_is_lost_where_a_local_midnight_moves_to_another_utc_day(zone: str) -> None:
    runs = daily_runs(date(2026, 1, 1), ZoneInfo(zone), 366)
    assert {day for window in runs for day in window.days()} >= set(Window(date(2026, 1, 1), date(2026, 12, 31)).days())


@given(DAYS)
def test_a_daily_partition_is_its_day(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    for key in (None, f"{day}", f"{day:%Y%m%d}", f"{day}T00:00:00", f"{day}T00:00:00Z", f"{day}T00:00:00+00:00"):
        assert resolve_window(partition_key=key, partition_date=moment).window == Window(day, day + DAY)


@given(UTC_INSTANTS)
def test_a_written_instant_means_the_same_however_it_is_written(moment: datetime) -> None:
    forms = [moment.isoformat(), str(moment), moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%Y%m%dT%H%M%S%z")]
    assert len({resolve_window(run_after=form).window for form in forms}) == 1


@given(st.lists(DAYS, max_size=60) | WINDOWS.map(lambda window: list(window.days())[:200]))
def test_day_ranges_can_be_read_back(days: list[date]) -> None:
    ranges = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in day_ranges(days)]
    assert [d for first, last in ranges for d in Window(first, last + DAY).days()] == sorted(set(days))
    for (_, last), (first, _) in pairwise(ranges):
        assert first - last > DAY


@pytest.mark.parametrize("zone", DST_ZONES)
@given(data=st.data())
def test_the_fold_of_a_clock_change_does_not_move_a_day(zone: str, data: st.DataObject) -> None:
    moment = data.draw(UTC_INSTANTS)
    assert resolve_window(run_after=moment.astimezone(ZoneInfo(zone))) == resolve_window(run_after=moment)
