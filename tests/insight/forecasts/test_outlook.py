"""What a forecast says of the days to come."""

from __future__ import annotations

from datetime import date

from airflow_provider_ldusage.insight.forecasts.outlook import TOO_LITTLE_HISTORY, Forecast

PATH = {date(2026, 11, 1): 10.0, date(2026, 11, 2): 20.0, date(2026, 11, 3): 30.0}


def test_a_limit_is_passed_on_the_first_day_above_it() -> None:
    assert Forecast(10.0, "m", 30.0, 25.0, 35.0, PATH).exceeds_on(15.0) == date(2026, 11, 2)


def test_a_figure_that_equals_the_limit_has_not_passed_it() -> None:
    assert Forecast(10.0, "m", 30.0, 25.0, 35.0, PATH).exceeds_on(20.0) == date(2026, 11, 3)
    assert Forecast(10.0, "m", 30.0, 25.0, 35.0, PATH).exceeds_on(30.0) is None


def test_without_a_forecast_only_what_is_counted_can_pass_a_limit() -> None:
    made = Forecast(10.0, path={date(2026, 11, 1): 10.0})
    assert (made.method, made.total, made.low, made.high) == (TOO_LITTLE_HISTORY, None, None, None)
    assert made.exceeds_on(5.0) == date(2026, 11, 1)
    assert made.exceeds_on(10.0) is None
