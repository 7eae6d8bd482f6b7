"""Promises of windows.py that hold for every instant and time zone."""

from __future__ import annotations

from datetime import date, datetime, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_ldusage.chunks import cut_open_day
from airflow_provider_ldusage.days import Window, utc_day
from airflow_provider_ldusage.windows import resolve_window
from tests.calendar_strategies import DAY, DAYS, DST_ZONES, INSTANTS, UTC_INSTANTS, ZONES


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
def test_a_daily_interval_of_any_zone_moves_on_by_one_utc_day_a_run(day: date, zone: ZoneInfo) -> None:
    one, two = daily_runs(day, zone, 2)
    assert one.end == two.start
    assert len(one) == len(two) == 1


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Lisbon", "Atlantic/Azores", "Antarctica/Troll"])
def test_no_day_is_lost_where_a_local_midnight_moves_to_another_utc_day(zone: str) -> None:
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


@pytest.mark.parametrize("zone", DST_ZONES)
@given(data=st.data())
def test_the_fold_of_a_clock_change_does_not_move_a_day(zone: str, data: st.DataObject) -> None:
    moment = data.draw(UTC_INSTANTS)
    assert resolve_window(run_after=moment.astimezone(ZoneInfo(zone))) == resolve_window(run_after=moment)
