"""What becomes of a window on its way to requests: the open day, the look-back, the limits of the API."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.chunks import Chunk, chunks, cut_open_day, widen
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import UsageArgumentError

NOW = datetime(2026, 11, 22, 23, 40, 15, tzinfo=timezone.utc)


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.utc)


def nov(first: int, end: int) -> Window:
    return Window(date(2026, 11, first), date(2026, 11, end))


def test_the_open_day_is_cut_off_unless_asked_for() -> None:
    assert cut_open_day(nov(20, 25), NOW) == nov(20, 22)
    assert cut_open_day(nov(20, 25), NOW, include_open_day=True) == nov(20, 23)
    assert cut_open_day(nov(10, 12), NOW) == nov(10, 12)
    assert cut_open_day(nov(22, 23), NOW) is None
    assert cut_open_day(nov(23, 24), NOW, include_open_day=True) is None


JUST_AFTER_MONTH_END = datetime(2026, 12, 3, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("window", "now", "lookback", "cumulative", "expected"),
    [
        (nov(21, 22), NOW, None, False, nov(18, 22)),
        (nov(21, 22), NOW, None, True, nov(1, 22)),
        (nov(21, 22), NOW, 0, True, nov(21, 22)),
        (nov(21, 22), NOW, 7, True, nov(14, 22)),
        (nov(14, 15), NOW, 7, False, nov(14, 15)),
        (nov(14, 20), utc(23), None, False, nov(11, 20)),
        (nov(14, 20), utc(23, 0, 1), None, False, nov(14, 20)),
        (nov(1, 2), utc(2, 5), None, True, Window(date(2026, 10, 1), date(2026, 11, 2))),
        (Window(date(2026, 12, 2), date(2026, 12, 3)), JUST_AFTER_MONTH_END, None, True,
         Window(date(2026, 11, 1), date(2026, 12, 3))),
        (Window(date(2026, 12, 3), date(2026, 12, 4)), JUST_AFTER_MONTH_END + timedelta(days=1), None, True,
         Window(date(2026, 12, 1), date(2026, 12, 4))),
        (Window(date(2027, 1, 1), date(2027, 1, 2)), datetime(2027, 1, 2), None, True,
         Window(date(2026, 12, 1), date(2027, 1, 2))),
    ],
)  # fmt: skip
def test_a_recent_window_is_widened_by_the_look_back(
    window: Window, now: datetime, lookback: int | None, cumulative: bool, expected: Window
) -> None:
    assert widen(window, now, lookback=lookback, cumulative=cumulative) == expected


@pytest.mark.parametrize("lookback", [-1, True, "3", 1.0, 10**9])
def test_a_look_back_that_is_no_number_of_days_is_refused(lookback: Any) -> None:
    with pytest.raises(UsageArgumentError, match="lookback"):
        widen(nov(21, 22), NOW, lookback=lookback, cumulative=False)


def test_month_to_date_is_asked_from_the_months_start_and_cut() -> None:
    year = Window(date(2025, 1, 15), date(2026, 3, 10))
    assert chunks(year, from_month_start=True) == [
        Chunk(ask=Window(date(2025, 1, 1), date(2026, 1, 1)), keep=Window(date(2025, 1, 15), date(2026, 1, 1))),
        Chunk(ask=Window(date(2026, 1, 1), date(2026, 3, 10)), keep=Window(date(2026, 1, 1), date(2026, 3, 10))),
    ]


def test_a_month_to_date_window_that_just_fits_is_one_request() -> None:
    window = Window(date(2026, 1, 10), date(2026, 4, 11))  # asked from 1 January: 100 days
    assert len(chunks(window, max_days=100, from_month_start=True)) == 1
    assert [chunk.keep.end for chunk in chunks(window, max_days=99, from_month_start=True)] == [
        date(2026, 4, 1),
        date(2026, 4, 11),
    ]


def test_a_short_range_is_asked_with_earlier_days() -> None:
    assert chunks(nov(21, 22), max_days=90, min_days=61) == [
        Chunk(ask=Window(date(2026, 9, 22), date(2026, 11, 22)), keep=nov(21, 22))
    ]


@pytest.mark.parametrize(
    ("max_days", "from_month_start", "min_days"), [(30, True, 1), (5, False, 6), (0, False, 1), (9, False, 0)]
)
def test_limits_that_cannot_be_met_are_refused(max_days: int, from_month_start: bool, min_days: int) -> None:
    with pytest.raises(ValueError, match="cannot always be met"):
        chunks(nov(1, 2), max_days=max_days, from_month_start=from_month_start, min_days=min_days)
