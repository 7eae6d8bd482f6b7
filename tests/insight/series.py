"""Figures to forecast: months, and series that are plain enough to know what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from airflow_provider_ldusage.days import DAY, Window

FIRST = date(2025, 11, 1)
Figures = dict[date, float]


def months(count: int = 12, first: date = FIRST) -> list[Window]:
    """Months that follow each other and begin on the day that the first one begins on."""
    numbers = [first.year * 12 + first.month - 1 + n for n in range(count + 1)]
    starts = [date(number // 12, number % 12 + 1, first.day) for number in numbers]
    return [Window(starts[n], starts[n + 1]) for n in range(count)]


def days(periods: Iterable[Window]) -> list[date]:
    return [day for period in periods for day in period.days()]


def daily(quantity: Callable[[date], float], periods: Iterable[Window] | None = None) -> Figures:
    """A quantity for each day."""
    return {day: quantity(day) for day in days(periods or months())}


def working(day: date) -> float:
    """100 on working days, 20 at weekends."""
    return 20.0 if day.weekday() >= 5 else 100.0


def saturating(size: Callable[[Window], float] = lambda month: 1000.0, periods: list[Window] | None = None) -> Figures:
    """Uniques: each day, a tenth of those who are left."""
    return {
        day: size(month) * (1 - 0.9 ** ((day - month.start).days + 1))
        for month in periods or months()
        for day in month.days()
    }


def noisy(figures: Figures, seed: int, part: float = 0.1) -> Figures:
    chance = Random(seed)
    return {day: figure * (1 + chance.uniform(-part, part)) for day, figure in figures.items()}


def rising(figures: Figures, seed: int) -> Figures:
    """The same uniques with noise in what each day adds."""
    chance, found = Random(seed), {}
    for day, figure in figures.items():
        before = 0.0 if day.day == 1 else figures[day - DAY]
        so_far = 0.0 if day.day == 1 else found[day - DAY]
        found[day] = so_far + (figure - before) * chance.uniform(0.8, 1.2)
    return found


SEEDS = st.integers(0, 10_000)
LAST_DAYS = st.integers(0, 60).map(lambda n: months()[-2].start + timedelta(days=n))
"""Days of the last two months."""


def month_of(day: date) -> Window:
    return next(month for month in months() if day in month)
