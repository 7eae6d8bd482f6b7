"""Level shifts."""

from __future__ import annotations

from random import Random

import pytest

from airflow_provider_ldusage.insight.forecasts.level_shifts import older_shift, recent_shift

LAST = 1000


def levels(days: int, after: float) -> dict[int, float]:
    """100 with noise, and another level on the last days."""
    chance = Random(1)
    return {
        day: (after if day > LAST - days else 100.0) * chance.uniform(0.97, 1.03) for day in range(LAST - 83, LAST + 1)
    }


@pytest.mark.parametrize("days", [3, 5, 10, 21])
@pytest.mark.parametrize("after", [60.0, 140.0])
def test_a_launch_is_seen_from_its_third_day_on(days: int, after: float) -> None:
    found = recent_shift(levels(days, after), LAST)
    assert found is not None
    assert LAST - days - 2 <= found <= LAST - 2


def test_two_days_are_no_shift() -> None:
    assert recent_shift(levels(2, 200.0), LAST) is None


def test_noise_is_no_shift() -> None:
    assert recent_shift(levels(0, 100.0), LAST) is None


def test_a_week_of_holidays_that_is_over_is_no_shift() -> None:
    away = {day: value * (0.4 if LAST - 10 < day <= LAST - 3 else 1.0) for day, value in levels(0, 100.0).items()}
    assert recent_shift(away, LAST) is None


def test_a_step_is_told_from_a_trend() -> None:
    assert older_shift([10.0] * 6 + [15.0] * 6) == 6
    assert older_shift([10.0 + n for n in range(12)]) is None


def test_one_odd_week_is_no_step() -> None:
    assert older_shift([10.0] * 5 + [30.0] + [10.0] * 6) is None


def test_few_weeks_have_no_step() -> None:
    assert older_shift([1.0, 1.0, 1.0, 9.0, 9.0]) is None
