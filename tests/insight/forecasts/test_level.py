"""The level of an additive meter, and where it goes."""

from __future__ import annotations

import math

import pytest

from airflow_provider_ldusage.insight.forecasts.level import MAX_GROWTH, Level, half_life, recent_level, trend, weekly
from airflow_provider_ldusage.insight.forecasts.seasonality import Seasonality

LAST = 739_000


def history(quantity: float = 100.0, growth: float = 0.0, days: int = 120) -> dict[int, float]:
    return {day: quantity * math.exp(growth * (day - LAST)) for day in range(LAST - days + 1, LAST + 1)}


def test_a_steady_level_goes_on() -> None:
    level = recent_level(history(), Seasonality(history(), LAST), LAST)
    assert level.now == pytest.approx(100)
    assert level.on(LAST + 30) == pytest.approx(100)
    assert level.error == pytest.approx(0, abs=1e-9)


def test_growth_goes_on_and_fades() -> None:
    figures = history(growth=0.005)
    level = recent_level(figures, Seasonality(figures, LAST), LAST)
    assert level.now == pytest.approx(100, rel=0.02)
    assert level.growth == pytest.approx(0.005, rel=0.15)
    assert level.on(LAST + 30) - level.on(LAST + 29) < level.on(LAST + 2) - level.on(LAST + 1)


def test_after_a_launch_only_the_new_level_counts() -> None:
    figures = {day: 160.0 if day > LAST - 40 else quantity for day, quantity in history().items()}
    level = recent_level(figures, Seasonality(figures, LAST), LAST)
    assert (level.now, level.growth) == (pytest.approx(160), pytest.approx(0))


def test_no_usage_has_the_level_zero() -> None:
    assert recent_level({}, Seasonality({LAST: 0.0}, LAST), LAST).on(LAST + 3) == 0


def test_weeks_end_on_the_last_day() -> None:
    assert weekly({LAST: 1.0, LAST - 6: 3.0, LAST - 7: 8.0}, LAST) == [8.0, 2.0]


def test_three_weeks_have_no_trend() -> None:
    assert trend([1.0, 2.0, 3.0]) == trend([]) == trend([0.0] * 8) == 0


def test_a_trend_has_bounds() -> None:
    assert trend([1.0, 4.0, 16.0, 64.0, 256.0]) <= MAX_GROWTH
    assert trend([256.0, 64.0, 16.0, 4.0, 1.0]) >= -MAX_GROWTH


def test_a_level_that_wanders_is_followed_faster() -> None:
    assert half_life([10.0, 11, 9, 10, 11, 9, 10, 11, 9, 10, 11, 9]) > half_life([1.0, 2, 4, 6, 9, 12, 15, 19, 23])


def test_before_the_last_day_the_trend_does_not_fade() -> None:
    assert Level(100.0, 0.01, LAST, 0.0).on(LAST - 10) == pytest.approx(100 * math.exp(-0.1))
