"""Additive meters: known days, and what is expected of the others."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.additive import Additive
from airflow_provider_ldusage.insight.forecasts.outlook import TOO_LITTLE_HISTORY
from tests.insight.series import Figures, daily, days, month_of, months, working

OCTOBER = months()[-1]


def error(figures: Figures, day: date, truth: Figures | None = None) -> float:
    """How far off the forecast of October is on a day, as a part of the true figure."""
    total = Additive(figures, months()).forecast(OCTOBER, day).total
    assert total is not None
    return total / sum((truth or figures)[each] for each in OCTOBER.days()) - 1


@pytest.mark.parametrize("day", [1, 5, 10, 20, 30])
def test_a_weekly_rhythm_is_carried_on(day: int) -> None:
    assert error(daily(working), date(2026, 10, day)) == pytest.approx(0, abs=1e-9)


def test_days_without_use_at_weekends_are_zeros() -> None:
    figures = daily(lambda day: 0.0 if day.weekday() >= 5 else 100.0)
    assert error(figures, date(2026, 10, 2)) == pytest.approx(0, abs=1e-9)


def test_peaks_at_the_end_of_months_are_expected() -> None:
    figures = daily(lambda day: working(day) * (3 if (day + DAY).day == 1 else 1))
    assert error(figures, date(2026, 10, 10)) == pytest.approx(0, abs=0.005)


def test_a_launch_is_followed_from_its_third_day_on() -> None:
    figures = daily(lambda day: working(day) * (2 if day >= date(2026, 10, 6) else 1))
    assert error(figures, date(2026, 10, 8)) == pytest.approx(0, abs=0.01)


def test_a_missing_day_is_unknown_and_not_zero() -> None:
    whole = daily(working)
    some = {day: figure for day, figure in whole.items() if day.day not in (6, 17)}
    assert error(some, date(2026, 10, 20), whole) == pytest.approx(0, abs=0.001)
    forecast = Additive(some, months()).forecast(OCTOBER, date(2026, 10, 20))
    assert forecast.counted == sum(some[day] for day in OCTOBER.days() if day in some and day.day <= 20)


def test_a_period_is_over_and_a_day_is_missing() -> None:
    some = {day: figure for day, figure in daily(working).items() if day != date(2026, 10, 14)}
    forecast = Additive(some, months()).forecast(OCTOBER, OCTOBER.end - DAY)
    assert forecast.counted is not None and forecast.total is not None
    assert forecast.total == pytest.approx(forecast.counted + 100)
    assert forecast.path[OCTOBER.end - DAY] == pytest.approx(forecast.total)


@pytest.mark.parametrize(("history", "enough"), [(27, False), (28, True)])
def test_less_than_four_weeks_are_too_little(history: int, enough: bool) -> None:
    through = date(2026, 10, 20)
    figures = {day: 100.0 for day in days(months()) if 0 <= (through - day).days < history}
    forecast = Additive(figures, months()).forecast(OCTOBER, through)
    assert (forecast.method != TOO_LITTLE_HISTORY) is enough
    assert (forecast.total is not None) is enough
    assert forecast.counted == 2000


def test_zeros_before_the_first_use_are_no_history() -> None:
    figures = daily(lambda day: 100.0 if day >= date(2026, 10, 1) else 0.0)
    assert Additive(figures, months()).forecast(OCTOBER, date(2026, 10, 20)).method == TOO_LITTLE_HISTORY
    assert Additive(dict.fromkeys(figures, 0.0), months()).forecast(OCTOBER, date(2026, 10, 20)).total is None


def test_without_earlier_periods_the_range_is_wide() -> None:
    figures = {day: 100.0 for day in days(months()) if day >= date(2026, 9, 10)}
    forecast = Additive(figures, months()).forecast(OCTOBER, date(2026, 10, 10))
    assert forecast.low == pytest.approx(1000 + 2100 / 2.53, rel=0.01)
    assert forecast.high == pytest.approx(1000 + 2100 * 2.53, rel=0.01)


def test_periods_may_begin_on_any_day() -> None:
    periods = months(12, date(2025, 11, 15))
    period = periods[-1]
    figures = daily(working, periods)
    forecast = Additive(figures, periods).forecast(period, date(2026, 10, 20))
    assert (period, forecast.counted) == (Window(date(2026, 10, 15), date(2026, 11, 15)), 440)
    assert forecast.total == pytest.approx(sum(figures[day] for day in period.days()))


def test_the_day_on_which_a_limit_is_passed() -> None:
    figures = daily(lambda day: 100.0)
    forecast = Additive(figures, months()).forecast(OCTOBER, date(2026, 10, 10))
    assert forecast.exceeds_on(2450.0) == date(2026, 10, 25)
    assert forecast.exceeds_on(750.0) == date(2026, 10, 8)
    assert forecast.exceeds_on(3200.0) is None


def test_a_meter_that_is_not_used_any_more_adds_nothing() -> None:
    figures = daily(lambda day: 100.0 if day < date(2026, 6, 1) else 0.0)
    forecast = Additive(figures, months()).forecast(month_of(date(2026, 10, 10)), date(2026, 10, 10))
    assert (forecast.counted, forecast.total, forecast.high) == (0, 0, 0)
