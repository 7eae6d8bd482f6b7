"""Usage of many shapes, by day over nineteen months, made from a seed and so the same on every machine.

Figures of additive meters are drawn around what the shape expects of a day. Unique users are counted from classes of
users: a user of a class is seen on a day with the class's probability, so the month-to-date figure saturates as real
ones do, at once for daily users and slowly for casual ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from airflow_provider_ldusage.days import Window

START, MONTHS = date(2025, 5, 1), 19
EVENT = date(2026, 8, 8)  # of launches and ends: between the fifth and the tenth day of a month that is forecast
Figures = dict[date, float]
Level = Callable[[date], float]
"""What is expected of a day, relative to an ordinary one."""


def months() -> list[Window]:
    """The calendar months, oldest first."""
    numbers = [START.year * 12 + START.month - 1 + n for n in range(MONTHS + 1)]
    starts = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [Window(*pair) for pair in pairwise(starts)]


@dataclass(frozen=True)
class Shape:
    """A shape of usage.

    :param level: of a day, apart from its weekday; of unique users, how many there are
    :param quiet: the part of a day's usage that holidays leave; of unique users, of what each of them does
    :param weekend: the part of an ordinary day's usage that Saturdays and Sundays have
    :param noise: standard deviation of the logarithm of a day's figure
    :param absent: the part of the days whose figure is missing
    :param casual: for unique users, the probability that a casual user is seen on a day; None: an additive meter
    """

    name: str
    level: Level = lambda day: 1.0
    quiet: Level = lambda day: 1.0
    weekend: float = 0.5
    noise: float = 0.05
    absent: float = 0.0
    casual: float | None = None

    @property
    def unique(self) -> bool:
        return self.casual is not None

    def figures(self, seed: int) -> Figures:
        """Day -> quantity; of unique users, their number in the month to date."""
        chance = Random(f"{self.name} {seed} absent")
        return {day: figure for day, figure in self.whole(seed).items() if chance.random() >= self.absent}

    def whole(self, seed: int) -> Figures:
        """The same with the days that are missing."""
        chance = Random(f"{self.name} {seed}")
        days = Window(months()[0].start, months()[-1].end).days()
        return self._uniques(chance) if self.unique else {day: self._quantity(day, chance) for day in days}

    def activity(self, day: date, chance: Random) -> float:
        """What a day has of an ordinary working day's usage."""
        noise = math.exp(chance.gauss(0, self.noise) - self.noise**2 / 2)
        return noise * self.quiet(day) * (self.weekend if day.weekday() >= 5 else 1.0)

    def _quantity(self, day: date, chance: Random) -> float:
        return float(round(1_000_000 * self.level(day) * self.activity(day, chance)))

    def _uniques(self, chance: Random) -> Figures:
        found: Figures = {}
        for month in months():
            size = self.level(month.start)
            seen, waiting = 0.0, [users * size for users, _ in self._classes]
            for day in month.days():
                before, size, active = size, self.level(day), self.activity(day, chance)
                for n, (users, probability) in enumerate(self._classes):
                    # new users have not been seen yet; those who leave may have been
                    left = waiting[n] * min(size / before, 1.0) + users * max(size - before, 0.0)
                    waiting[n] = left * (1 - probability) ** active
                    seen += left - waiting[n]
                found[day] = float(round(seen))
        return found

    @property
    def _classes(self) -> tuple[tuple[float, float], ...]:
        """Users on an ordinary day, and the probability that one of them is seen: daily, weekly and casual users."""
        return (20_000.0, 0.6), (30_000.0, 0.2), (80_000.0, self.casual or 0.0)


def growth(monthly: float) -> Level:
    return lambda day: float((1 + monthly) ** ((day - START).days / 30.4))


def saturating(day: date) -> float:
    """An S-curve that levels off in the months that are forecast."""
    return 1 / (1 + math.exp(-((day - date(2026, 4, 1)).days) / 45))


def month_end(peak: float) -> Level:
    """The last three days of each month."""
    return lambda day: peak if (day + timedelta(days=3)).month != day.month else 1.0


def launch(size: float) -> Level:
    return lambda day: 1 + size * (day >= EVENT)


def new_project(day: date) -> float:
    """It is rolled out over two weeks."""
    return 1 + 0.8 * min(max((day - EVENT).days / 14, 0.0), 1.0)


def ended(day: date) -> float:
    return 0.55 if day >= EVENT else 1.0


def holidays(day: date) -> float:
    """Two weeks at New Year, a week at Easter, and single days, one of them in each of most months."""
    long = (
        (day.month, day.day) >= (12, 22)
        or (day.month, day.day) <= (1, 2)
        or date(2026, 4, 3) <= day <= date(2026, 4, 9)
    )
    single = (day.month, day.day) in {(5, 1), (6, 19), (7, 3), (7, 14), (8, 15), (9, 7), (10, 12), (11, 11), (11, 26)}
    return 0.4 if long else 0.5 if single else 1.0


def both(one: Level, other: Level) -> Level:
    return lambda day: one(day) * other(day)


def _with_uniques() -> list[Shape]:
    return [
        Shape("unique users", casual=0.03),
        Shape("unique users, growth", growth(0.04), casual=0.03),
        Shape("unique users, mostly casual", casual=0.008, weekend=0.7),
        Shape("unique users, none at weekends", casual=0.03, weekend=0.0),
        Shape("unique users, noise", casual=0.03, noise=0.25),
        Shape("unique users, a launch", launch(0.5), casual=0.03),
        Shape("unique users, a project that ends", ended, casual=0.03),
        Shape("unique users, holidays", quiet=holidays, casual=0.03),
        Shape("unique users, days missing", growth(0.02), casual=0.03, absent=0.1),
    ]


SHAPES = [
    Shape("steady", weekend=1.0),
    Shape("weekly rhythm", weekend=0.3),
    Shape("none at weekends", weekend=0.0),
    Shape("growth, 4 % a month", growth(0.04)),
    Shape("growth, 15 % a month", growth(0.15)),
    Shape("growth that levels off", saturating),
    Shape("decline, 6 % a month", growth(-0.06)),
    Shape("month-end peaks", month_end(2.5)),
    Shape("growth, rhythm, month-end", both(growth(0.04), month_end(2.0)), weekend=0.3),
    Shape("a launch", launch(0.6)),
    Shape("a new project", new_project),
    Shape("a project that ends", ended),
    Shape("holidays", quiet=holidays),
    Shape("noise", noise=0.35),
    Shape("days missing", growth(0.02), absent=0.1),
    *_with_uniques(),
]
