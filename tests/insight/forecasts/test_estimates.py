"""Three estimates of a month's final figure."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.insight.forecasts.curves import Curve
from airflow_provider_ldusage.insight.forecasts.estimates import Month, by_finals, by_part, by_recent_rise


def curve(size: float, through: int = 30) -> Curve:
    """A tenth of those who are left come each day."""
    times = [float(n) for n in range(through + 1)]
    return Curve(times, [size * (1 - 0.9**time) for time in times])


def month(size: float, through: int, *earlier: float) -> Month:
    return Month(curve(size, through), float(through), 30.0, [curve(each) for each in earlier])


FINAL = 1 - 0.9**30


def test_both_estimates_by_the_curve_find_a_month_of_another_size() -> None:
    for estimate in (by_part, by_recent_rise):
        assert estimate(month(300, 10, 100, 200)) == pytest.approx(300 * FINAL)


def test_finals_go_on_growing() -> None:
    assert by_finals(month(0, 0, 121, 110, 100)) == pytest.approx(133.1 * FINAL)


def test_a_longer_month_gets_further() -> None:
    longer = Month(curve(100, 10), 10.0, 31.0, [curve(100)])
    assert (by_finals(longer) or 0) > 100 * FINAL


def test_one_odd_month_of_five_says_nothing() -> None:
    odd = Curve([0.0, 29.0, 30.0], [0.0, 1.0, 1000.0])
    found = by_part(Month(curve(100, 10), 10.0, 30.0, [curve(100), curve(100), odd, curve(100), curve(100)]))
    assert found == pytest.approx(100 * FINAL, rel=0.01)


def test_nothing_counted_says_nothing() -> None:
    assert by_part(month(0, 5, 100)) is None
    assert by_recent_rise(month(0, 5, 100)) is None


def test_months_without_any_have_no_final() -> None:
    assert by_finals(month(100, 5, 0)) is None
