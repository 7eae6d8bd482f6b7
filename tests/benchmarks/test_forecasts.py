"""The backtest: its series, and that forecasts are better than a line."""

from __future__ import annotations

from datetime import date
from statistics import fmean

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from benchmarks.forecast_methods import Series, line, same_days
from benchmarks.forecast_shapes import SHAPES, months
from benchmarks.forecasts import DAYS, OURS, Result, behind, results, table

NAMED = {shape.name: shape for shape in SHAPES}
FEW = [NAMED[name] for name in ("weekly rhythm", "month-end peaks", "a launch", "days missing", "unique users, growth")]


@pytest.fixture(scope="module")
def found() -> list[Result]:
    return [result for shape in FEW for seed in range(2) for result in results(shape, seed, ("line",))]


def test_a_seed_makes_the_same_series_again() -> None:
    for shape in SHAPES:
        assert shape.figures(1) == shape.figures(1) != shape.figures(2)


def test_unique_users_never_fall_within_a_month() -> None:
    figures = NAMED["unique users, noise"].figures(0)
    for month in months():
        each = [figures[day] for day in month.days()]
        assert each == sorted(each)


def test_forecasts_are_ahead_of_a_line(found: list[Result]) -> None:
    for shape in FEW:
        for day in DAYS:
            rows = [result for result in found if result.shape is shape and result.day == day]
            assert fmean(row.error(OURS) for row in rows) < fmean(row.error("line") for row in rows), (shape, day)


def test_ranges_hold_what_they_promise(found: list[Result]) -> None:
    foreseeable = [result for result in found if result.shape.name != "a launch"]
    assert fmean(result.held for result in foreseeable) >= 0.8


def test_a_line_and_last_month() -> None:
    november = months()[-1]
    figures = {day: 10.0 for month in months()[-2:] for day in month.days()}
    figures[date(2026, 10, 31)] = 1000.0
    series = Series(False, figures, november)
    assert line(series, date(2026, 11, 5)) == same_days(series, date(2026, 11, 5)) == 300
    unique = Series(True, {day: float(day.day) for day in figures}, november)
    assert line(unique, date(2026, 11, 5)) == same_days(unique, date(2026, 11, 5)) == 30


def test_the_table_has_a_row_for_each_shape(found: list[Result]) -> None:
    assert [row.split(" | ")[0] for row in table(found, 10, ("line",)) if row.startswith("| ")][1:] == [
        *(f"| {shape.name}" for shape in SHAPES if shape in FEW),
        "| **all**",
    ]
    assert next(behind(found, "line")).endswith(": nowhere")
