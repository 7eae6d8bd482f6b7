"""The check ``gaps``: usage that was there day by day, and is missing.

Little usage rests on some days, and that is no gap. So a day counts as missing only after :data:`EVIDENCE` days without
an exception:

- a table that has rows on the same days of each week, and has none on such a day. It is told on each of its days, for
  :data:`STOPPED` days; then it has stopped
- a series that is there every day, and is absent for :data:`REST` days at most. One that stays away has ended

What is made of a few sparse sources shows in figures that are far apart, so the lowest figure is never less than a
:data:`SHARE` of the highest on the same day of the week. An outage that was told is left out of the evidence: what was
regular before it is still expected after it. A second one within the same evidence is not, since a table that rests
time and again is sparse.

The days before those that were loaded are read from the table, the latest first, and only as long as there is something
left that they may clear.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, reduce
from operator import or_

from airflow_provider_ldusage.rows.day import Day
from airflow_provider_ldusage.rows.labels import Label, Labels

EVIDENCE = 56  # days, so that each day of the week was seen eight times
SHARE = 0.1
STOPPED = 14  # days
REST = 3  # days: a load with the default look-back sees a series absent, and back after as many days
_DAY = timedelta(days=1)
_TABLE = 1  # the lowest bit: whether there are any rows; then a bit for each series


@dataclass
class Gaps:
    """What is missing.

    - ``days``: without any rows
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


def find(presence: Presence, judged: Collection[date], *, series: bool, early: Collection[date] = ()) -> Gaps:
    """What is missing on the days that are judged.

    :param judged: some of the days that were loaded, or days before them
    :param series: the rows are of series; else of lists, whose items may come and go
    :param early: those of the days that were asked for so early that their usage may not have been counted: without
        rows, they are missing only where a later day of those that were loaded has some
    """
    found, history = Gaps(), _History(presence, series)
    last = max((day for day in presence.days if presence.on(day)), default=None)
    for day in sorted(judged):
        here = presence.on(day) or 0
        if not here:
            if (day not in early or (last is not None and day < last)) and history.misses(day):
                found.days.append(day)
        elif series and presence.labels:
            for number in history.absent(day):
                found.series.setdefault(number, []).append(day)
    return found


class _History:
    """What a table and its series were like before a day.

    :param series: the rows are of series, so that their figures can be compared
    """

    def __init__(self, presence: Presence, series: bool) -> None:
        self.presence, self._series = presence, series
        self._missed: dict[date, bool] = {}

    def misses(self, day: date) -> bool:
        """Whether the table has no rows on a day on which it would be expected to have some."""
        if day not in self._missed:
            self._missed[day] = self._misses(day)
        return self._missed[day]

    def _misses(self, day: date) -> bool:
        like = range(1, EVIDENCE // 14 + 1)  # weeks; where there never was anything, these days tell it at once
        if self.presence.on(day) != 0 or (like and not any(self.presence.on(day - 7 * week * _DAY) for week in like)):
            return False
        begin = day
        while self.presence.on(begin - _DAY) == 0:
            begin -= _DAY
            if (day - begin).days >= STOPPED:
                return False
        rests = self._rests(begin)
        if rests is None or day.weekday() in rests:
            return False
        days = self._evidence(begin, rests)
        return bool(days) and (not self._series or self._even(days, None))

    def _rests(self, day: date) -> set[int] | None:
        """The days of the week on which the table mostly had no rows before a day; None where that is not known."""
        balance: dict[int, int] = {}
        for each in _back(day, EVIDENCE):
            here = self.presence.on(each)
            if here is None:
                return None
            balance[each.weekday()] = balance.get(each.weekday(), 0) + (1 if here else -1)
        return {weekday for weekday, more in balance.items() if more <= 0}

    def _evidence(self, day: date, rests: set[int]) -> list[date]:
        """:data:`EVIDENCE` days before a day, all with rows but where the table rests, and one outage left out. Empty
        where there was anything else."""
        days: list[date] = []
        outage: list[date] = []
        for each in _back(day, EVIDENCE + STOPPED):
            here, rest = self.presence.on(each), each.weekday() in rests
            if here is None or (here and rest):
                return []
            if here or rest:
                days.append(each)
            elif outage and ((outage[0] - each).days >= STOPPED or self._some_between(each, outage[-1])):
                return []
            else:
                outage.append(each)
            if len(days) == EVIDENCE:
                break
        return [] if outage and not self.misses(outage[-1]) else days

    def _some_between(self, first: date, last: date) -> bool:
        return any(self.presence.on(day) for day in _back(last, (last - first).days - 1))

    def absent(self, day: date) -> Iterator[int]:
        """The series that are absent on a day of those that were loaded, and back soon after."""
        missing, gone = 0, ~(self.presence.on(day) or 0)
        for before in range(REST):
            back = 0
            for after in range(1, REST - before + 1):
                back |= (self.presence.on(day + after * _DAY) or 0) if day + after * _DAY in self.presence.days else 0
            begin = day - before * _DAY
            if (
                not gone & back or self.presence.on(begin) is None
            ):  # days before the loaded ones are read only if needed
                break
            if before and gone & back:
                gone &= ~(self.presence.on(begin) or 0)
            missing |= self._steady(begin, gone & back)[0]
        labels = self.presence.labels.rows if self.presence.labels and missing >> 1 else ()
        for number, label in enumerate(labels):
            if missing >> number + 1 & 1:
                begin = day
                while not (self.presence.on(begin - _DAY) or 0) >> number + 1 & 1:
                    begin -= _DAY
                if self._even(self._steady(begin, 1 << number + 1)[1], label):
                    yield number

    def _steady(self, day: date, wanted: int) -> tuple[int, list[date]]:
        """Those of the bits that are set on each of :data:`EVIDENCE` days before; and these days, but for those on
        which the whole table was missing."""
        days: list[date] = []
        for each in _back(day, EVIDENCE + STOPPED):
            if not wanted or len(days) == EVIDENCE:
                break
            here = self.presence.on(each) or 0
            if here or not self.misses(each):
                wanted &= here
                days.append(each)
        return (wanted, days) if len(days) == EVIDENCE else (0, days)

    def _even(self, days: Collection[date], label: Label | None) -> bool:
        """Whether the figures of a series, or of the whole table, lie near each other on each day of the week."""
        ends: dict[int, tuple[float, float]] = {}
        for day in days:
            if found := self.presence.figures(day):
                figure = sum(found.values()) if label is None else found[label]
                low, high = ends.get(day.weekday(), (figure, figure))
                ends[day.weekday()] = (min(low, figure), max(high, figure))
        return all(low >= SHARE * high for low, high in ends.values())


def _back(day: date, count: int) -> Iterator[date]:
    """So many days before a day, the latest first."""
    return (day - back * _DAY for back in range(1, count + 1))
