"""The check ``falling``: month-to-date figures that are lower than the one before them in the same month and series.

It holds at any time, so days that may still change are judged too. Zeros are passed over: a day without usage may be
written as one.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.checks.check import MAX_NAMED, Check, LoadedDays
from airflow_provider_ldusage.checks.figures import agree
from airflow_provider_ldusage.checks.stored_days import stored_rows
from airflow_provider_ldusage.days import DAY, instant_text, month_start, ranges_text
from airflow_provider_ldusage.log_text import fitted, table_named
from airflow_provider_ldusage.rows.arrow import as_arrow, code_of, view

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.rows.day import Rows


@dataclass(frozen=True)
class Figure:
    """A figure of a series.

    :param time: in ms since the epoch
    """

    time: int
    value: Any

    def __str__(self) -> str:
        return f"{self.value:,} ({instant_text(self.time)})"


@dataclass(frozen=True)
class Fall:
    """A figure that is lower than the one before it.

    :param day: of the lower one
    """

    day: date
    before: Figure
    after: Figure

    def __str__(self) -> str:
        return f"from {self.before} to {self.after}"


@dataclass(frozen=True)
class Edge:
    """The first or the last figure of each series on a day.

    :param times: in ms; one number where all are the same
    :param values: in the order of the day's series
    """

    times: pa.Array | int
    values: pa.Array

    def figures(self) -> Iterator[tuple[int, Any]]:
        """Time and value of each series."""
        times: Iterable[int] = repeat(self.times) if isinstance(self.times, int) else view(self.times, "q")
        return zip(times, view(self.values, code_of(self.values)), strict=False)


@dataclass(frozen=True)
class DayFigures:
    """What is kept of a day.

    :param series: int32, the number of each series that has figures
    :param falls: number of a series, and the two figures, for each fall within the day
    """

    series: pa.Array
    first: Edge
    last: Edge
    falls: tuple[tuple[int, Figure, Figure], ...] = ()


class Falling(Check[DayFigures]):
    """Month-to-date figures that fall. Notes each series' first and last figure of a day, and falls within it."""

    name = "falling"

    @staticmethod
    def applies(query: UsageQuery) -> bool:
        """To month-to-date figures."""
        return query.metric.is_series and query.cumulative

    def note(self, rows: Rows) -> DayFigures | None:
        """The figures that are compared with those of other days."""
        return day_figures(rows, self.series)

    def run(self, days: LoadedDays[DayFigures]) -> list[str] | None:
        """See :meth:`.Check.run`. The first day is compared with the stored day before it."""
        rows = None if days.first.day == 1 else stored_rows(days.target, days.first - DAY)
        falls = falls_of(days.notes, None if rows is None else self.note(rows))
        return findings(days.target.table.name, self.series, falls)


def day_figures(rows: Rows, series: SeriesNumbers) -> DayFigures | None:
    """What to keep of a day's rows; None where there are no figures other than zeros."""
    import pyarrow.compute as pc

    numbers, times, values = series.of_rows(rows), rows.numbers["time"], rows.numbers["value"]
    some = pc.cast(values, "bool")
    if not pc.all(some).as_py():
        numbers, times, values = numbers.filter(some), times.filter(some), values.filter(some)
    if not len(numbers):
        return None
    same = pc.equal(numbers[1:], numbers[:-1])  # a row and the next are of one series
    if not pc.any(same).as_py():
        edge = _edge(times, values)
        return DayFigures(numbers, edge, edge)
    ends = pc.indices_nonzero(pc.invert(same)).to_pylist()
    first = as_arrow(array("i", [0, *(row + 1 for row in ends)]))
    last = as_arrow(array("i", [*ends, len(numbers) - 1]))
    falls = [
        (numbers[row].as_py(), *(Figure(times[at].as_py(), values[at].as_py()) for at in (row, row + 1)))
        for row in pc.indices_nonzero(pc.and_(same, pc.less(values[1:], values[:-1]))).to_pylist()
    ]
    return DayFigures(
        numbers.take(first),
        _edge(times.take(first), values.take(first)),
        _edge(times.take(last), values.take(last)),
        tuple(fall for fall in falls if not agree(fall[1].value, fall[2].value)),
    )


def falls_of(days: Mapping[date, DayFigures | None], earlier: DayFigures | None = None) -> dict[int, list[Fall]]:
    """For each series that falls, its number, the falls in the order of time.

    :param earlier: the day before the first, if it is of the same month
    """
    falls: dict[int, list[Fall]] = defaultdict(list)
    month, latest = month_start(min(days)), _Latest()
    if earlier:
        latest.add(earlier)
    for day in sorted(days):
        if month_start(day) != month:
            month, latest = month_start(day), _Latest()
        if not (here := days[day]):
            continue
        for number, before, after in (*latest.add(here), *here.falls):
            falls[number].append(Fall(day, before, after))
    return falls


def findings(table: str, series: SeriesNumbers, falls: Mapping[int, list[Fall]]) -> list[str]:
    """One line for all falls."""
    if not falls:
        return []
    which = []
    for number in series.ordered(falls)[:MAX_NAMED]:
        first, *others = falls[number]
        which.append(f"{series.name(number)} {first}" + (f" (and {len(others)} more)" if others else ""))
    on = ranges_text({fall.day for each in falls.values() for fall in each}, 2)
    head = f"the month-to-date figure of {len(falls)} series of table {table_named(table)} falls on {on}: "
    return [fitted(head, which, len(falls), spare=len("falling: "))]


class _Latest:
    """The latest figure of each series in a month so far."""

    def __init__(self) -> None:
        self._day: DayFigures | None = None
        self._earlier: dict[int, tuple[int, Any]] = {}  # of series that the last day may lack

    def add(self, day: DayFigures) -> list[tuple[int, Figure, Figure]]:
        """Go on to the next day.

        :return: the number of each series whose first figure is lower than its latest, with both
        """
        import pyarrow.compute as pc

        before, self._day = self._day, day
        if before is None:
            return []
        # Mostly the days have the same series, and none falls.
        if day.series.equals(before.series) and not pc.any(pc.less(day.first.values, before.last.values)).as_py():
            return []
        self._earlier.update(zip(view(before.series, "i"), before.last.figures(), strict=False))
        return [
            (number, Figure(*latest), Figure(time, value))
            for number, (time, value) in zip(view(day.series, "i"), day.first.figures(), strict=False)
            if (latest := self._earlier.get(number)) and value < latest[1] and not agree(value, latest[1])
        ]


def _edge(times: pa.Array, values: pa.Array) -> Edge:
    import pyarrow.compute as pc

    every = pc.unique(times)
    return Edge(every[0].as_py() if len(every) == 1 else times, values)
