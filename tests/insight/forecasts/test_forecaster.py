"""What holds of every forecast, whatever the figures."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.days import DAY
from airflow_provider_ldusage.insight.forecasts.additive import Additive
from airflow_provider_ldusage.insight.forecasts.forecaster import (
    ASSUMED_ERROR,
    MAX_ERROR,
    Forecaster,
    half_width,
    log_error,
)
from airflow_provider_ldusage.insight.forecasts.outlook import COUNTED
from airflow_provider_ldusage.insight.forecasts.uniques import Uniques
from tests.insight.series import LAST_DAYS, SEEDS, Figures, daily, month_of, months, noisy, rising, saturating, working

KINDS = pytest.mark.parametrize("kind", [Additive, Uniques])
MANY = settings(max_examples=15)


def made(kind: type[Forecaster], seed: int) -> Figures:
    """Figures with a launch, noise and days that are missing."""
    whole = noisy(daily(working), seed, 0.3) if kind is Additive else rising(saturating(), seed)
    return {day: figure * (1.5 if day.month == 8 else 1) for n, (day, figure) in enumerate(whole.items()) if n % 17}


@KINDS
@MANY
@given(seed=SEEDS, day=LAST_DAYS)
def test_the_range_holds_the_forecast_and_nothing_is_below_the_counted(
    kind: type[Forecaster], seed: int, day: date
) -> None:
    forecast = kind(made(kind, seed), months()).forecast(month_of(day), day)
    assert forecast.total is not None and forecast.low is not None and forecast.high is not None
    assert (forecast.counted or 0) <= forecast.low <= forecast.total <= forecast.high


@KINDS
@MANY
@given(seed=SEEDS, day=LAST_DAYS)
def test_the_path_rises_to_the_forecast(kind: type[Forecaster], seed: int, day: date) -> None:
    forecast = kind(made(kind, seed), months()).forecast(month_of(day), day)
    figures = [forecast.path[each] for each in sorted(forecast.path)]
    assert all(one <= other * (1 + 1e-12) for one, other in pairwise(figures))
    assert figures[-1] == pytest.approx(forecast.total)


@KINDS
@MANY
@given(seed=SEEDS, day=LAST_DAYS)
def test_later_days_change_nothing(kind: type[Forecaster], seed: int, day: date) -> None:
    figures = made(kind, seed)
    until = {each: figure for each, figure in figures.items() if each <= day}
    forecaster = kind(figures, months())
    for later in range(5):  # whatever was asked for before
        forecaster.forecast(month_of(day), day + later * DAY)
    assert forecaster.forecast(month_of(day), day) == kind(until, months()).forecast(month_of(day), day)


@KINDS
@MANY
@given(seed=SEEDS, day=LAST_DAYS, factor=st.integers(-20, 20).map(lambda n: 2.0**n))
def test_a_forecast_scales_with_its_figures(kind: type[Forecaster], seed: int, day: date, factor: float) -> None:
    figures = made(kind, seed)
    scaled = {each: figure * factor for each, figure in figures.items()}
    one, other = (kind(each, months()).forecast(month_of(day), day) for each in (figures, scaled))
    for name in ("counted", "total", "low", "high"):
        assert getattr(other, name) == pytest.approx(getattr(one, name) * factor, rel=1e-6)


@KINDS
@given(seed=SEEDS)
@settings(max_examples=10)
def test_at_the_end_the_forecast_is_what_is_counted(kind: type[Forecaster], seed: int) -> None:
    figures = {**made(kind, seed), **(daily(working) if kind is Additive else saturating())}
    last = months()[-1]
    forecast = kind(figures, months()).forecast(last, last.end - DAY)
    assert forecast.method == COUNTED
    assert forecast.low == forecast.total == forecast.high == forecast.counted


@KINDS
def test_before_the_first_day_a_period_is_forecast_too(kind: type[Forecaster]) -> None:
    last = months()[-1]
    figures = daily(working) if kind is Additive else saturating()
    forecast = kind(figures, months()).forecast(last, last.start - DAY)
    actual = sum(figures[day] for day in last.days()) if kind is Additive else figures[last.end - DAY]
    assert forecast.counted is None
    assert forecast.total == pytest.approx(actual, rel=0.02)


def test_errors_are_logarithms_within_bounds() -> None:
    assert log_error(2.0, 1.0) == -log_error(1.0, 2.0) == pytest.approx(0.693, abs=0.001)
    assert log_error(0.0, 0.0) == 0
    assert log_error(0.0, 1.0) == log_error(-1.0, 1.0) == -MAX_ERROR
    assert log_error(1.0, 0.0) == log_error(1e9, 1.0) == MAX_ERROR


def test_few_errors_make_a_wide_range() -> None:
    assert half_width([]) == pytest.approx(3.1 * ASSUMED_ERROR)
    assert half_width([0.1]) == pytest.approx(0.31)
    assert half_width([0.1, -0.1, 0.1]) == pytest.approx(0.12)


def test_one_error_of_twelve_does_not_make_the_range() -> None:
    assert half_width([0.1] * 11 + [1.5]) == pytest.approx(0.1)
    assert half_width([-0.1] * 4) == pytest.approx(0.1)
