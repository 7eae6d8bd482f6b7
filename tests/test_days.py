"""Windows of whole UTC days, and how people read them."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window, day_ranges, days_of_ranges, ranges_text
from airflow_provider_ldusage.exceptions import UsageArgumentError


def utc(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=timezone.utc)


def nov(first: int, end: int) -> Window:
    return Window(date(2026, 11, first), date(2026, 11, end))


DAY = timedelta(days=1)
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
WINDOWS = st.builds(lambda day, n: Window(day, day + timedelta(days=n)), DAYS, st.integers(1, 1500))


def test_a_window_is_a_value_that_people_can_read() -> None:
    window = nov(1, 23)
    assert str(window) == "2026-11-01 to 2026-11-23 (exclusive)"
    assert window.isoformat() == ["2026-11-01", "2026-11-23"]
    assert (len(window), len(list(window.days()))) == (22, 22)
    assert date(2026, 11, 22) in window and date(2026, 11, 23) not in window
    assert datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1))) in window
    assert (window.start_ms, window.end_ms) == (1793491200000, 1795392000000)
    assert pickle.loads(pickle.dumps(window)) == window
    assert sorted([nov(2, 3), nov(1, 5), nov(1, 3)]) == [nov(1, 3), nov(1, 5), nov(2, 3)]
    for start, end in ((date(2026, 11, 2), date(2026, 11, 2)), (utc(1), utc(2)), ("2026-11-01", "2026-11-02")):
        with pytest.raises(UsageArgumentError):
            Window(start, end)  # type: ignore[arg-type]


def test_days_are_reported_as_ranges() -> None:
    days = [date(2026, 11, d) for d in (9, 1, 2, 3, 5, 4, 3)]
    assert day_ranges(days) == [["2026-11-01", "2026-11-05"], ["2026-11-09", "2026-11-09"]]
    assert day_ranges([date(2026, 11, 1), date(2026, 11, 3)]) == [["2026-11-01"] * 2, ["2026-11-03"] * 2]
    assert day_ranges([]) == []


def test_ranges_beyond_the_limit_are_counted() -> None:
    days = [date(2026, 11, day) for day in (1, 2, 4, 6)]
    assert ranges_text(days) == "2026-11-01 to 2026-11-02, 2026-11-04, 2026-11-06"
    assert ranges_text(days, 2) == "2026-11-01 to 2026-11-02, 2026-11-04 and 1 range more"
    assert ranges_text(days, 1).endswith("and 2 ranges more")


@given(st.lists(DAYS, max_size=60) | WINDOWS.map(lambda window: list(window.days())[:200]))
def test_day_ranges_can_be_read_back(days: list[date]) -> None:
    ranges = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in day_ranges(days)]
    assert list(days_of_ranges(day_ranges(days))) == sorted(set(days))
    for (_, last), (first, _) in pairwise(ranges):
        assert first - last > DAY
