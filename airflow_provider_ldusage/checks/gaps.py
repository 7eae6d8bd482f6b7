"""The check ``gaps``: what was there day by day, is missing for a day, and is there again.

Series of little usage rest on some days, and that is no gap. So a series, or a whole table, counts as missing only
where it was there on each of the :data:`EVIDENCE` days before, and never at less than a :data:`SHARE` of its highest
figure: what is made of a few sparse sources shows in figures that are far apart. The days before those that were loaded
are read from the table, the latest first, and only as long as there is a series left that they may clear.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, reduce
from operator import or_

from airflow_provider_ldusage.rows.day import Day
from airflow_provider_ldusage.rows.labels import Label, Labels

EVIDENCE = 56  # days, so that each day of the week was seen eight times
SHARE = 0.1
_DAY = timedelta(days=1)
_TABLE = 1  # the lowest bit: whether there are any rows; then a bit for each series


@dataclass
class Gaps:
    """What is missing.

    - ``days``: without any rows, between days that have some
    - ``series``: for each series that misses a day, its number among the labels, the days
    """

    days: list[date] = field(default_factory=list)
    series: dict[int, list[date]] = field(default_factory=dict)


@dataclass
class Presence:
    """Which series are there on which day.

    - ``days``: consecutive days that were loaded, on one set of labels
    - ``loaded``: the figure of each label on one of them
    - ``stored``: the same of a day before them, as it is in the table; None where it was never stored
    """

    days: Mapping[date, Day | None]
    loaded: Callable[[date], Mapping[Label, float]]
    stored: Callable[[date], Mapping[Label, float] | None]
    _read: dict[date, Mapping[Label, float] | None] = field(default_factory=dict)
    _seen: dict[date, int | None] = field(default_factory=dict)

    @cached_property
    def labels(self) -> Labels | None:
        return next((rows.labels for rows in self.days.values() if rows), None)

    @cached_property
    def _numbers(self) -> dict[Label, int]:
        return {label: number for number, label in enumerate(self.labels.rows)} if self.labels else {}

    def on(self, day: date) -> int | None:
        """The bits of a day; None where it is not known."""
        if day not in self._seen:
            self._seen[day] = self._on(day)
        return self._seen[day]

    def figures(self, day: date) -> Mapping[Label, float] | None:
        """The figure of each label; None where the day is not known."""
        if day not in self._read:
            self._read[day] = self.loaded(day) if day in self.days else self.stored(day)
        return self._read[day]

    def _on(self, day: date) -> int | None:
        if day in self.days:
            rows = self.days[day]
            return rows.present << 1 | _TABLE if rows else 0
        found = self.figures(day)
        if found is None:
            return None
        numbers = (self._numbers[label] for label in found if label in self._numbers)
        return reduce(or_, (1 << number + 1 for number in numbers), _TABLE if found else 0)

    def steady(self, day: date, wanted: int) -> int:
        """Those of the bits that are set on each of the days before."""
        for back in range(1, EVIDENCE + 1):
            if not wanted:
                break
            wanted &= self.on(day - back * _DAY) or 0
        return wanted

    def even(self, day: date, label: Label | None) -> bool:
        """Whether the figures of a series, or of the whole table, on the days before lie near each other."""
        days = [self.figures(day - back * _DAY) or {} for back in range(1, EVIDENCE + 1)]
        figures = [sum(found.values()) if label is None else found[label] for found in days]
        return min(figures) >= SHARE * max(figures)


def find(presence: Presence, judged: Collection[date], *, series: bool) -> Gaps:
    """What is missing on the days that are judged.

    :param judged: some of the days that were loaded
    :param series: the rows are of series; else of lists, whose items may come and go
    """
    found = Gaps()
    days = sorted(presence.days)
    some = [day for day in days if presence.on(day)]
    for day in (day for day in days if day in judged and some and day < some[-1]):
        here = presence.on(day) or 0
        if not here:
            begin = max((one for one in some if one < day), default=days[0] - _DAY) + _DAY
            if presence.steady(begin, _TABLE) and (not series or presence.even(begin, None)):
                found.days.append(day)
        elif series:
            after = (presence.on(day + _DAY) or 0) if day + _DAY in presence.days else 0
            missing = presence.steady(day, after & ~here) >> 1
            for number, label in enumerate(presence.labels.rows if presence.labels and missing else ()):
                if missing >> number & 1 and presence.even(day, label):
                    found.series.setdefault(number, []).append(day)
    return found
