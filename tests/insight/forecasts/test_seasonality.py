"""The factors of weekdays and of the ends of months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from airflow_provider_ldusage.insight.forecasts.seasonality import Seasonality, weekday_factors
from tests.insight.series import daily, working

LAST = date(2026, 10, 31).toordinal()
HISTORY = {day.toordinal(): quantity for day, quantity in daily(working).items()}
MEAN = 540 / 7


def test_weekdays_have_their_part_of_an_average_day() -> None:
    factors = weekday_factors(HISTORY, LAST)
    for day in range(LAST - 6, LAST + 1):
        assert factors[day % 7] == pytest.approx(HISTORY[day] / MEAN)


def test_missing_days_do_not_move_the_others() -> None:
    some = {day: quantity for day, quantity in HISTORY.items() if day % 11}
    assert weekday_factors(some, LAST) == pytest.approx(weekday_factors(HISTORY, LAST), rel=0.001)


def test_a_holiday_does_not_change_its_weekday() -> None:
    holiday = date(2026, 10, 12).toordinal()
    assert weekday_factors({**HISTORY, holiday: 0.0}, LAST) == pytest.approx(weekday_factors(HISTORY, LAST), rel=0.03)


def test_no_usage_has_no_seasonality() -> None:
    assert weekday_factors(dict.fromkeys(HISTORY, 0.0), LAST) == [1.0] * 7
    assert weekday_factors({}, LAST) == [1.0] * 7


def test_the_ends_of_months_are_not_taken_for_weekdays() -> None:
    peaks = {
        day: quantity * (3 if (date.fromordinal(day) + timedelta(days=3)).day <= 3 else 1)
        for day, quantity in HISTORY.items()
    }
    seasonality = Seasonality(peaks, LAST)
    assert seasonality.weekdays == pytest.approx(weekday_factors(HISTORY, LAST), rel=0.03)
    assert seasonality.factor(date(2026, 11, 30).toordinal()) == pytest.approx(3 * 100 / MEAN, rel=0.05)
