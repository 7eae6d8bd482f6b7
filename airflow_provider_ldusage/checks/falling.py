"""The check ``falling``: month-to-date figures that are lower than the one before them in the same month and series.

It holds at any time, so days that may still change are judged too. Zeros are passed over: a day without usage may be
written as one.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.checks.check import MAX_NAMED, Check, LoadedDays
from airflow_provider_ldusage.checks.figures import agree
from airflow_provider_ldusage.checks.stored_days import stored_rows
from airflow_provider_ldusage.days import DAY, moment_named, month_start, ranges_text
from airflow_provider_ldusage.log_text import fitted, table_named
from airflow_provider_ldusage.rows.arrow import as_arrow, code_of, view

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
    from airflow_provider_ldusage.rows.day import Rows


Figure = tuple[int, Any]
"""Time in ms since the epoch, and value."""


class Falls:
    """Figures that are lower than the one before them: how many each series has, and its first.

    - ``first``: number of the series -> the figure before, and the lower one
    - ``count``: number of the series -> falls
    """

    def __init__(self) -> None:
        self.first: dict[int, tuple[Figure, Figure]] = {}
        self.count: dict[int, int] = {}

    def add(self, number: int, before: Figure, after: Figure, count: int = 1) -> None:
        """Count later falls of a series."""
        self.first.setdefault(number, (before, after))
        self.count[number] = self.count.get(number, 0) + count

    def update(self, later: Falls) -> None:
        """Count the falls of a later time."""
        for number, (before, after) in later.first.items():
            self.add(number, before, after, later.count[number])


@dataclass(frozen=True)
class Edge:
    """The first or the last figure of each series on a day.

    :param times: in ms; one number where all are the same
    :param values: in the order of the day's series
    """

    times: pa.Array | int
    values: pa.Array

    def figures(self) -> Iterator[Figure]:
        """Time and value of each series."""
        times: Iterable[int] = repeat(self.times) if isinstance(self.times, int) else view(self.times, "q")
        return zip(times, view(self.values, code_of(self.values)), strict=False)


@dataclass(frozen=True)
class DayFigures:
    """What is kept of a day.

    :param series: int32, the number of each series that has figures
    :param falls: within the day
    """

    series: pa.Array
    first: Edge
    last: Edge
    falls: Falls | None = None


class Falling(Check[DayFigures]):
    """Month-to-date figures that fall. Notes each series' first and last figure of a day, and falls within it."""

    name = "falling"

    def applies(self) -> bool:
        """To month-to-date figures."""
        return self.query.metric.is_series and self.query.cumulative

    def note(self, rows: Rows) -> DayFigures | None:
        """The figures that are compared with those of other days."""
        return day_figures(rows, self.series)

    def run(self, days: LoadedDays[DayFigures]) -> list[str] | None:
        """See :meth:`.Check.run`. The first day is compared with the stored day before it."""
        rows = None if days.first.day == 1 else stored_rows(days.target, days.first - DAY)
        falls, fallen = falls_of(days.notes, None if rows is None else self.note(rows))
        return findings(days.target.table.name, self.series, falls, fallen)


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
    return DayFigures(
        numbers.take(first),
        _edge(times.take(first), values.take(first)),
        _edge(times.take(last), values.take(last)),
        _falls_within(numbers, times, values),
    )


def falls_of(
    days: Mapping[date, DayFigures | None], earlier: DayFigures | None = None
) -> tuple[Falls, Collection[date]]:
    """The falls of some days, and on which of them these are.

    :param earlier: the day before the first, if it is of the same month
    """
    falls, fallen = Falls(), []
    month, latest = month_start(min(days)), _Latest()
    if earlier:
        latest.add(earlier)
    for day in sorted(days):
        if month_start(day) != month:
            month, latest = month_start(day), _Latest()
        if here := days[day]:
            found = latest.add(here)
            falls.update(found)
            fallen += [day] if found.count else []
    return falls, fallen


def findings(table: str, series: SeriesNumbers, falls: Falls, days: Collection[date]) -> list[str]:
    """One line for all falls.

    :param days: on which they are
    """
    if not falls.count:
        return []
    which = []
    for number in series.ordered(falls.first)[:MAX_NAMED]:
        before, after = map(_figure_text, falls.first[number])
        more = f" (and {falls.count[number] - 1} more)" if falls.count[number] > 1 else ""
        which.append(f"{series.name(number)} from {before} to {after}{more}")
    head = (
        f"the month-to-date figure of {len(falls.count)} series of table {table_named(table)} falls on "
        f"{ranges_text(days, 2)}: "
    )
    return [fitted(head, which, len(falls.count), spare=len("falling: "))]


class _Latest:
    """The latest figure of each series in a month so far."""

    def __init__(self) -> None:
        self._day: DayFigures | None = None
        self._earlier: dict[int, Figure] = {}  # of series that the last day may lack

    def add(self, day: DayFigures) -> Falls:
        """Go on to the next day.

        :return: its falls: first figures that are lower than the series' latest, and those within the day
        """
        import pyarrow.compute as pc

        falls, before, self._day = Falls(), self._day, day
        # Mostly the days have the same series, and none falls.
        if before and (
            not day.series.equals(before.series) or pc.any(pc.less(day.first.values, before.last.values)).as_py()
        ):
            self._earlier.update(zip(view(before.series, "i"), before.last.figures(), strict=False))
            for number, figure in zip(view(day.series, "i"), day.first.figures(), strict=False):
                latest = self._earlier.get(number)
                if latest and _falls(latest, figure):
                    falls.add(number, latest, figure)
        if day.falls:
            falls.update(day.falls)
        return falls


def _falls_within(numbers: pa.Array, times: pa.Array, values: pa.Array) -> Falls | None:
    """The falls between rows that follow each other and are of one series."""
    import pyarrow.compute as pc

    lower = pc.and_(pc.equal(numbers[1:], numbers[:-1]), pc.less(values[1:], values[:-1]))
    if not pc.any(lower).as_py():
        return None
    falls = Falls()
    of, at, figures = list(view(numbers, "i")), list(view(times, "q")), list(view(values, code_of(values)))
    for row in pc.indices_nonzero(lower).to_pylist():
        before, after = (at[row], figures[row]), (at[row + 1], figures[row + 1])
        if _falls(before, after):
            falls.add(of[row], before, after)
    return falls if falls.count else None


def _falls(before: Figure, after: Figure) -> bool:
    return bool(after[1] < before[1]) and not agree(after[1], before[1])


def _figure_text(figure: Figure) -> str:
    time, value = figure
    return f"{value:,} ({moment_named(time)})"


def _edge(times: pa.Array, values: pa.Array) -> Edge:
    import pyarrow.compute as pc

    every = pc.unique(times)
    return Edge(every[0].as_py() if len(every) == 1 else times, values)
