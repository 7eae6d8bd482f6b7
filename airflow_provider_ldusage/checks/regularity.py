"""What was regular of a table and its series before a day, and so is expected on it.

Bits stand for presence, so that a year of thousands of series takes little memory and time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.days import DAY
from airflow_provider_ldusage.rows.labels import Label

if TYPE_CHECKING:
    from airflow_provider_ldusage.rows.day import Rows

SHARE = 0.1
"""The lowest figure of a regular series or table is at least this share of its highest."""
MAX_OUTAGE = 14
"""Days without rows after which a table has stopped."""
MAX_REST = 3
"""Days without figures after which a series has ended. A load with the default look-back sees a series absent, and back
after as many days."""
_TABLE = 1  # the lowest bit: whether there are any rows; then a bit for each series


def presence_bits(rows: Rows, series: SeriesNumbers | None) -> int:
    """Which series have rows on a day; 0 if none have.

    :param series: None where only the table matters
    """
    if not len(rows):
        return 0
    return _TABLE if series is None else series.present(rows) << 1 | _TABLE


class Presence:
    """Which series have rows on which day.

    :param loaded: :func:`presence_bits` of consecutive days that were loaded
    :param series: the numbers behind the bits
    :param read: the figure of each label on a stored day; None where the day was never stored
    """

    def __init__(
        self,
        loaded: Mapping[date, int],
        series: SeriesNumbers,
        read: Callable[[date], Mapping[Label, float] | None],
    ) -> None:
        self.loaded, self.series = loaded, series
        self._read = read
        self._bits: dict[date, int | None] = dict(loaded)
        self._figures: dict[date, Mapping[Label, float] | None] = {}

    def on(self, day: date) -> int | None:
        """The bits of a day; None where it is not known. Days that were not loaded are read."""
        if day not in self._bits:
            self._bits[day] = self._bits_in(self.figures(day))
        return self._bits[day]

    def figures(self, day: date) -> Mapping[Label, float] | None:
        """The figure of each label, read from the table; None where the day is not known."""
        if day not in self._figures:
            self._figures[day] = self._read(day)
        return self._figures[day]

    def _bits_in(self, figures: Mapping[Label, float] | None) -> int | None:
        if figures is None:
            return None
        bits = _TABLE if figures else 0
        for label in figures:
            number = self.series.find(label)
            bits |= 0 if number is None else 1 << number + 1
        return bits


class Regularity:
    """What was regular before a day, and is missing on it.

    :param evidence: days without an exception that make something regular
    :param is_series: whether the rows are of series, so that their figures can be compared
    """

    def __init__(self, presence: Presence, evidence: int, *, is_series: bool) -> None:
        self.presence = presence
        self._evidence, self._is_series = evidence, is_series
        self._missed: dict[date, bool] = {}

    def misses(self, day: date) -> bool:
        """Whether the table has no rows on a day on which it would be expected to have some."""
        if day not in self._missed:
            self._missed[day] = self._misses(day)
        return self._missed[day]

    def _misses(self, day: date) -> bool:
        weeks = range(1, self._evidence // 14 + 1)  # a table that never had rows is known by these days alone
        if self.presence.on(day) != 0 or (weeks and not any(self.presence.on(day - 7 * week * DAY) for week in weeks)):
            return False
        begin = day
        while self.presence.on(begin - DAY) == 0:
            begin -= DAY
            if (day - begin).days >= MAX_OUTAGE:
                return False
        rests = self._rests(begin)
        if rests is None or day.weekday() in rests:
            return False
        days = self._regular_days(begin, rests)
        return bool(days) and (not self._is_series or self._even(days, None))

    def _rests(self, day: date) -> set[int] | None:
        """The days of the week on which the table mostly had no rows before a day; None where that is not known."""
        balance: dict[int, int] = {}
        for each in _days_before(day, self._evidence):
            here = self.presence.on(each)
            if here is None:
                return None
            balance[each.weekday()] = balance.get(each.weekday(), 0) + (1 if here else -1)
        return {weekday for weekday, more in balance.items() if more <= 0}

    def _regular_days(self, day: date, rests: set[int]) -> list[date]:
        """As many days before a day as make evidence, all with rows except where the table rests, and one outage left
        out. Empty where there was anything else."""
        days: list[date] = []
        outage: list[date] = []
        for each in _days_before(day, self._evidence + MAX_OUTAGE):
            here, rest = self.presence.on(each), each.weekday() in rests
            if here is None or (here and rest):
                return []
            if here or rest:
                days.append(each)
            elif outage and ((outage[0] - each).days >= MAX_OUTAGE or self._some_between(each, outage[-1])):
                return []
            else:
                outage.append(each)
            if len(days) == self._evidence:
                break
        return [] if outage and not self.misses(outage[-1]) else days

    def _some_between(self, first: date, last: date) -> bool:
        return any(self.presence.on(day) for day in _days_before(last, (last - first).days - 1))

    def absent(self, day: date) -> Iterator[int]:
        """The numbers of the series that are absent on a day that was loaded, and back soon after."""
        missing = self._missing(day)
        for number in _numbers_in(missing):
            begin = day
            while not (self.presence.on(begin - DAY) or 0) >> number + 1 & 1:
                begin -= DAY
            if self._even(self._steady(begin, 1 << number + 1)[1], number):
                yield number

    def _missing(self, day: date) -> int:
        """The bits of the series that are absent on a day, back soon after, and were there on every day before."""
        missing, gone = 0, ~(self.presence.on(day) or 0)
        for before in range(MAX_REST):
            back = 0
            for after in range(1, MAX_REST - before + 1):
                back |= self.presence.loaded.get(day + after * DAY, 0)
            begin = day - before * DAY
            if not gone & back or self.presence.on(begin) is None:  # so that earlier days are read only if needed
                break
            if before:
                gone &= ~(self.presence.on(begin) or 0)
            missing |= self._steady(begin, gone & back)[0]
        return missing

    def _steady(self, day: date, wanted: int) -> tuple[int, list[date]]:
        """Those of the bits that are set on every day of the evidence before a day; and these days, without those on
        which the whole table was missing."""
        days: list[date] = []
        for each in _days_before(day, self._evidence + MAX_OUTAGE):
            if not wanted or len(days) == self._evidence:
                break
            here = self.presence.on(each) or 0
            if here or not self.misses(each):
                wanted &= here
                days.append(each)
        return (wanted, days) if len(days) == self._evidence else (0, days)

    def _even(self, days: Collection[date], number: int | None) -> bool:
        """Whether the figures of a series lie near each other on each day of the week.

        :param number: None: the figures of the whole table
        """
        label = None if number is None else self.presence.series.label(number)
        ends: dict[int, tuple[float, float]] = {}
        for day in days:
            if found := self.presence.figures(day):
                figure = sum(found.values()) if label is None else found.get(label, 0)
                low, high = ends.get(day.weekday(), (figure, figure))
                ends[day.weekday()] = (min(low, figure), max(high, figure))
        return all(low >= SHARE * high for low, high in ends.values())


def _numbers_in(bits: int) -> Iterator[int]:
    """The numbers of the series whose bits are set."""
    bits >>= 1
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _days_before(day: date, count: int) -> Iterator[date]:
    """So many days before a day, the latest first."""
    return (day - back * DAY for back in range(1, count + 1))
