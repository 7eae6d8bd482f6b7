"""Unique users and keys: curves of earlier months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.outlook import TOO_LITTLE_HISTORY
from airflow_provider_ldusage.insight.forecasts.uniques import Uniques
from tests.insight.series import FIRST, Figures, months, rising, saturating

OCTOBER = months()[-1]


def error(figures: Figures, day: date, month: Window = OCTOBER) -> float:
    total = Uniques(figures, months()).forecast(month, day).total
    assert total is not None
    return total / figures[month.end - DAY] - 1


def grown(month: Window) -> float:
    return float(1000 * 1.05 ** ((month.start - FIRST).days / 30.4))


@pytest.mark.parametrize("month", months()[2:], ids=lambda month: f"{month.start:%B}")
@pytest.mark.parametrize("day", [2, 5, 10, 20, 27])
def test_the_curve_of_earlier_months_is_followed(month: Window, day: int) -> None:
    assert error(saturating(), month.start.replace(day=day), month) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("day", [5, 10, 20])
def test_an_account_that_grows_goes_on_growing(day: int) -> None:
    assert error(saturating(grown), date(2026, 10, day)) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("day", [5, 10, 20])
def test_a_month_twice_as_big_is_seen_by_its_curve(day: int) -> None:
    figures = saturating(lambda month: 2000.0 if month == OCTOBER else 1000.0)
    assert error(figures, date(2026, 10, day)) == pytest.approx(0, abs=0.03)


def test_figures_of_unique_users_are_never_added() -> None:
    forecast = Uniques(saturating(), months()).forecast(OCTOBER, date(2026, 10, 10))
    assert forecast.counted == pytest.approx(1000 * (1 - 0.9**10))
    assert forecast.total is not None and forecast.total < 1000


def test_the_last_day_that_is_known_counts() -> None:
    figures = saturating()
    del figures[date(2026, 10, 10)]
    forecast = Uniques(figures, months()).forecast(OCTOBER, date(2026, 10, 10))
    assert forecast.counted == figures[date(2026, 10, 9)]
    assert forecast.total == pytest.approx(figures[date(2026, 10, 31)], rel=0.005)


def test_the_last_figure_of_a_month_is_missing() -> None:
    figures = saturating()
    last = figures.pop(date(2026, 10, 31))
    forecast = Uniques(figures, months()).forecast(OCTOBER, date(2026, 10, 31))
    assert forecast.total == pytest.approx(last, rel=0.005)
    assert forecast.path[date(2026, 10, 31)] == pytest.approx(forecast.total)


def test_without_an_earlier_month_there_is_too_little_history() -> None:
    figures = {day: figure for day, figure in saturating().items() if day >= date(2026, 9, 3)}
    september = months()[-2]
    assert Uniques(figures, months()).forecast(september, date(2026, 9, 30) - DAY).method == TOO_LITTLE_HISTORY
    assert Uniques({}, months()).forecast(OCTOBER, date(2026, 10, 5)).counted is None


def test_a_month_that_ends_too_early_has_no_curve() -> None:
    figures = {day: figure for day, figure in saturating().items() if day >= date(2026, 9, 1)}
    for day in (27, 28, 29, 30):
        del figures[date(2026, 9, day)]
    assert Uniques(figures, months()).forecast(OCTOBER, date(2026, 10, 10)).total is None


def test_after_a_launch_the_range_is_wider() -> None:
    figures = saturating()
    sudden = {day: figure * (1.4 if date(2026, 10, 8) <= day else 1.0) for day, figure in rising(figures, 1).items()}
    calm = Uniques(rising(figures, 1), months()).forecast(OCTOBER, date(2026, 10, 10))
    wide = Uniques(sudden, months()).forecast(OCTOBER, date(2026, 10, 10))
    assert calm.high and calm.total and wide.high and wide.total
    assert wide.high / wide.total > 2 * (calm.high / calm.total - 1) + 1


def test_the_day_on_which_a_limit_is_passed_is_on_the_curve() -> None:
    figures = saturating()
    forecast = Uniques(figures, months()).forecast(OCTOBER, date(2026, 10, 10))
    passed = forecast.exceeds_on(900.0)
    assert passed is not None
    assert abs(passed - next(day for day in OCTOBER.days() if figures[day] > 900)) <= timedelta(days=1)
