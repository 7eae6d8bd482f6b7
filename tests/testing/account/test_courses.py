"""Courses: what changes usage, day by day."""

from __future__ import annotations

from datetime import date

from airflow_provider_ldusage.testing.account.courses import STEADY, Course, Growth, Launch, MonthEnd, day_number

FIRST = day_number(date(2025, 11, 1))


def test_growth_counts_from_the_first_day() -> None:
    growth = Growth(FIRST, percent=40)
    assert [growth.factor(FIRST + days) for days in (-400, 0, 73, 365, 730)] == [1000, 1000, 1080, 1400, 1800]


def test_a_launch_takes_two_weeks() -> None:
    launch = Launch(FIRST, times=2400)
    factors = [launch.factor(FIRST + days) for days in range(-2, 20)]
    assert factors[:3] == [1000, 1000, 1100]
    assert factors == sorted(factors) and factors[15:] == [2400] * 7


def test_a_beginning_has_nothing_before_and_an_end_little_after() -> None:
    beginning, end = Launch(FIRST, 1000, before=0, takes=10), Launch(FIRST, 200, takes=10)
    assert [beginning.factor(FIRST + days) for days in (-1, 0, 9, 99)] == [0, 100, 1000, 1000]
    assert [end.factor(FIRST + days) for days in (-1, 0, 9, 99)] == [1000, 920, 200, 200]


def test_the_ends_of_months_of_every_length_are_busy() -> None:
    peak = MonthEnd(2200)
    for month, last in ((2, 28), (4, 30), (12, 31)):
        busy = [day for day in range(1, last + 1) if peak.factor(day_number(date(2026, month, day))) == 2200]
        assert busy == [last - 2, last - 1, last]


def test_a_course_multiplies_what_happens_and_a_steady_one_changes_nothing() -> None:
    both = Course((Growth(FIRST, 100), MonthEnd(2000)), pool=300)
    end_of_october = day_number(date(2026, 10, 31))
    assert both.factor(FIRST) == 1000 and both.factor(end_of_october) == 2 * Growth(FIRST, 100).factor(end_of_october)
    assert (both.known_keys(FIRST, 10), both.known_keys(FIRST, 1)) == (300, 30)
    assert both.known_keys(FIRST + 36_500, 10) == 1000
    assert (STEADY.factor(FIRST), STEADY.known_keys(FIRST, 1)) == (1000, None)
