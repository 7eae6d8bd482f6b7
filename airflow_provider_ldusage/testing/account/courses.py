"""How the usage of a project develops: it grows, begins, ends, jumps at a launch, peaks at the end of months.

Each of these is a class with one method, and a :class:`Course` is several of them together. Days are days since 1970,
factors are per mille: 1000 leaves a figure as it is.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

EPOCH = date(1970, 1, 1)
SAME = 1000
"""The factor that changes nothing, per mille."""


def day_number(day: date) -> int:
    """Days since 1970.

    :param day: the day
    """
    return (day - EPOCH).days


class Development(Protocol):
    """One thing that changes usage."""

    def factor(self, day: int) -> int:
        """How much usage there is, beside a day without this development.

        :param day: days since 1970
        :returns: per mille
        """


@dataclass(frozen=True)
class Growth:
    """So many per cent of the first day more with every year; none before the first day.

    :param first: days since 1970
    :param percent: a year
    """

    first: int
    percent: int

    def factor(self, day: int) -> int:
        return SAME + max(0, day - self.first) * self.percent * 10 // 365


@dataclass(frozen=True)
class Launch:
    """From a day on there is more usage, all of it after two weeks.

    :param day: days since 1970
    :param times: what it comes to, per mille; from 0, it is a beginning
    :param before: what it was, per mille
    :param takes: days until it has come to that
    """

    day: int
    times: int
    before: int = SAME
    takes: int = 14

    def factor(self, day: int) -> int:
        done = min(max(0, day - self.day + 1), self.takes)
        return self.before + (self.times - self.before) * done // self.takes


@dataclass(frozen=True)
class MonthEnd:
    """The last days of each month have more usage, as where invoices are written.

    :param times: how much, per mille
    :param days: of each month
    """

    times: int
    days: int = 3

    def factor(self, day: int) -> int:
        found = EPOCH + timedelta(days=day)
        left = calendar.monthrange(found.year, found.month)[1] - found.day
        return self.times if left < self.days else SAME


@dataclass(frozen=True)
class Course:
    """All that changes the usage of a project.

    :param developments: their factors are multiplied
    :param pool: of the keys of a universe, how many a project with a factor of 1000 has in production, per mille;
        None: all of them, whatever the factor
    """

    developments: tuple[Development, ...] = ()
    pool: int | None = None

    def factor(self, day: int) -> int:
        """Usage of a day, per mille of that without any development.

        :param day: days since 1970
        """
        return _factor(self, day)

    def known_keys(self, day: int, weight: int) -> int | None:
        """How many of a universe's keys there are on a day.

        :param day: days since 1970
        :param weight: of the environment; 10 for production
        :returns: per mille, at most 1000; None: all of them
        """
        return None if self.pool is None else min(SAME, self.pool * weight * self.factor(day) // (10 * SAME))


STEADY = Course()
"""Every week is like the one before."""


@lru_cache(maxsize=20_000)
def _factor(course: Course, day: int) -> int:
    factor = SAME
    for one in course.developments:
        factor = factor * one.factor(day) // SAME
    return factor
