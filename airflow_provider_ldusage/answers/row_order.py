"""The order that turns the cells of a day's points into sorted rows.

A cell is the place of one figure: a point and a label. Days of one answer mostly have the same series at the same times
of day, so the order is computed once and used again.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_ldusage.answers.points import Point
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.arrow import as_arrow, code_of, scalar
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Labels
from airflow_provider_ldusage.rows.series import RowSeries

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class RowOrder:
    """How a day's cells become sorted rows, if none is absent.

    :param series: of each row
    :param order: for each row, the position of its cell among the cells in the order of points
    :param times: for each row, ms since the day's first point
    :param unique: no row has the series and the time of another
    """

    series: RowSeries
    order: pa.Array
    times: pa.Array
    unique: bool

    def rows(self, figures: pa.Array, first: int, *, absent: bool) -> Rows:
        """The rows of a day.

        :param figures: of its cells, in the order of points
        :param first: time of its first point (ms)
        :param absent: whether any figure is absent: negative or NaN
        """
        import pyarrow.compute as pc

        figures, series, times = figures.take(self.order), self.series, self.times
        if absent:
            present = pc.greater_equal(figures, scalar(0, code_of(figures)))
            if self.series.unique:  # one point: all times are the same
                series, (figures,) = self.series.filter(present, figures)
                times = times.slice(0, len(figures))
            else:
                series, (figures, times) = self.series.filter(present, figures, times)
        return Rows(series, {"time": pc.add(times, scalar(first, "q")), "value": figures})


class RowOrders:
    """The orders of the days of one answer.

    :param schema: all columns of the table
    :param labels: of the whole answer
    :param codes: the code of each label's number
    """

    def __init__(self, schema: tuple[Column, ...], labels: Labels, codes: Sequence[int]) -> None:
        self.schema = schema
        self.labels = labels
        self._codes = as_arrow(array("i", codes))
        self._pattern: list[tuple[array[int], int]] = []
        self._last: RowOrder | None = None

    def of(self, points: Sequence[Point]) -> RowOrder:
        """The order for a day's points, which are in the order of time; the last one again where it fits."""
        first = points[0].time
        pattern = [(point.labels, point.time - first) for point in points]
        if self._last is None or not _same(pattern, self._pattern):
            self._pattern, self._last = pattern, self._sorted(pattern)
        return self._last

    def codes_of(self, points: Sequence[Point]) -> pa.Array:
        """int32: the code of the label of each cell, in the order of points."""
        return self._codes_in([point.labels for point in points])

    def _codes_in(self, labels: Sequence[array[int]]) -> pa.Array:
        cells = array("i")
        for each in labels:
            cells.extend(each)
        return self._codes.take(as_arrow(cells))

    def _sorted(self, pattern: list[tuple[array[int], int]]) -> RowOrder:
        import pyarrow as pa
        import pyarrow.compute as pc

        codes = self._codes_in([labels for labels, _ in pattern])
        offsets = array("q")
        for labels, offset in pattern:
            offsets.extend(array("q", [offset]) * len(labels))
        position = as_arrow(array("q", range(len(codes))))
        keys = pa.table({"code": codes, "position": position})
        order = pc.sort_indices(keys, sort_keys=[("code", "ascending"), ("position", "ascending")])
        codes, times = codes.take(order), as_arrow(offsets).take(order)
        unique = repeated(codes, times) is None
        series = RowSeries(self.schema, self.labels, codes, unique=unique and len(pattern) == 1)
        return RowOrder(series, order, times, unique)


def repeated(codes: pa.Array, times: pa.Array) -> int | None:
    """The first of sorted rows that has the label and the time of the next; None where each is another."""
    import pyarrow.compute as pc

    if len(codes) < 2:
        return None
    twice = pc.and_(pc.equal(codes[1:], codes[:-1]), pc.equal(times[1:], times[:-1]))
    return twice.to_pylist().index(True) if pc.any(twice).as_py() else None


def _same(one: list[tuple[array[int], int]], other: list[tuple[array[int], int]]) -> bool:
    """Whether two days have the same arrays of labels at the same times of day.

    Arrays are compared by identity, as readers give points with the same keys the same array.
    """
    return len(one) == len(other) and all(a[0] is b[0] and a[1] == b[1] for a, b in zip(one, other, strict=True))
