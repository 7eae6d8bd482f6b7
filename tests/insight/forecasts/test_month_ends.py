"""Peaks at the ends of months."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.insight.forecasts.month_ends import month_ends, place
from tests.insight.series import daily, noisy

LAST = date(2026, 10, 20).toordinal()
EVEN = [1.0] * 7


def ordinals(figures: dict[date, float]) -> dict[int, float]:
    return {day.toordinal(): quantity for day, quantity in figures.items()}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 1), 1),
        (date(2026, 11, 3), 3),
        (date(2026, 11, 4), 0),
        (date(2026, 11, 26), 0),
        (date(2026, 11, 27), -4),
        (date(2026, 11, 30), -1),
        (date(2027, 2, 28), -1),
        (date(2028, 2, 28), -2),
        (date(2026, 12, 31), -1),
        (date(2026, 12, 27), 0),
    ],
)
def test_places_count_from_both_ends_of_a_month(day: date, expected: int) -> None:
    assert place(day.toordinal()) == expected


def test_a_peak_that_every_month_has_is_found() -> None:
    figures = daily(lambda day: 250.0 if place(day.toordinal()) == -1 else 100.0)
    assert month_ends(ordinals(figures), LAST, EVEN) == {-1: 2.5}


def test_a_peak_of_one_month_is_chance() -> None:
    figures = daily(lambda day: 250.0 if day == date(2026, 8, 31) else 100.0)
    assert month_ends(ordinals(figures), LAST, EVEN) == {}


def test_two_months_are_too_few() -> None:
    figures = daily(lambda day: 250.0 if place(day.toordinal()) == -1 else 100.0)
    short = {day: quantity for day, quantity in ordinals(figures).items() if day >= date(2026, 8, 1).toordinal()}
    assert month_ends(short, LAST, EVEN) == {}


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_peaks(seed: int) -> None:
    assert month_ends(ordinals(noisy(daily(lambda day: 100.0), seed, 0.3)), LAST, EVEN) == {}
