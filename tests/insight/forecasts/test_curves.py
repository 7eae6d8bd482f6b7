"""Curves of months, by a clock of weekdays."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.curves import Clock, Curve, clock
from tests.insight.series import Figures, months, saturating, working

CURVE = Curve([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 10.0, 15.0, 18.0, 20.0])
NOVEMBER = Window(date(2026, 11, 1), date(2026, 12, 1))


def working_days() -> Figures:
    """Uniques that come on working days, and a fifth as many at weekends."""
    found: Figures = {}
    for month in months():
        for day in month.days():
            found[day] = (0.0 if day.day == 1 else found[day - DAY]) + working(day)
    return found


@pytest.mark.parametrize(("time", "figure"), [(-1, 0), (0, 0), (0.5, 5), (1, 10), (3.5, 19), (4, 20), (5, 22)])
def test_a_curve_has_a_figure_at_any_time(time: float, figure: float) -> None:
    assert CURVE.at(time) == figure


def test_a_curve_of_one_day_goes_on() -> None:
    assert Curve([0.0, 1.0], [0.0, 10.0]).at(2.0) == 20.0


def test_the_clock_runs_by_weekday() -> None:
    found = clock(working_days(), months(), date(2026, 10, 31))
    week = [found.weights[(NOVEMBER.start.toordinal() + n) % 7] for n in range(7)]
    assert week == pytest.approx([14 / 54] + [70 / 54] * 5 + [14 / 54])
    assert found.at(NOVEMBER, date(2026, 11, 1)) == pytest.approx(week[0])
    assert found.at(NOVEMBER, date(2026, 11, 7)) == pytest.approx(7)
    assert found.at(NOVEMBER, date(2026, 10, 31)) == 0


def test_the_clock_uses_nothing_later() -> None:
    figures = saturating()
    later = {day: figure * (2 if day > date(2026, 6, 10) else 1) for day, figure in figures.items()}
    assert clock(figures, months(), date(2026, 6, 10)) == clock(later, months(), date(2026, 6, 10))


def test_a_restated_figure_that_falls_does_not_bend_a_curve() -> None:
    curve = Clock((1.0,) * 7).curve(NOVEMBER, {date(2026, 11, 1): 10.0, date(2026, 11, 2): 8.0})
    assert curve == Curve([0.0, 1.0, 2.0], [0.0, 10.0, 10.0])
