"""Points -> sorted rows of a day, as whole arrays: nothing here looks at a single figure.

Only the day in hand takes memory: of the others it is known what points they have, and where their figures lie.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_ldusage.answers.points import Points
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.arrow import as_arrow, code_of, from_bytes, scalar, view
from airflow_provider_ldusage.rows.day import Labels, Rows, RowSeries

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Layout:
    """How the cells of a day's points become sorted rows, were none absent.

    - ``series``: which series each row is of
    - ``order``: the place of each row's cell among the cells as they came
    - ``times``: of each row, in ms since the day's first point
    - ``unique``: no row has the series and time of another
    """

    series: RowSeries
    order: pa.Array
    times: pa.Array
    unique: bool

    def of(self, figures: pa.Array, first: int, *, absent: bool) -> tuple[RowSeries, pa.Array, pa.Array]:
        """Series, times (ms) and figures of the rows.

        :param figures: of the cells as they came; those ``absent`` are negative, or NaN
        :param first: the time of the day's first point, in ms
        """
        import pyarrow.compute as pc

        figures, series, times = figures.take(self.order), self.series, self.times
        if absent:
            present = pc.greater_equal(figures, scalar(0, code_of(figures)))
            if self.series.single:  # one point: all times are the same
                series, (figures,) = self.series.filter(present, figures)
                times = times.slice(0, len(figures))
            else:
                series, (figures, times) = self.series.filter(present, figures, times)
        return series, pc.add(times, scalar(first, "q")), figures


class Layouts:
    """Days of one answer mostly have the same series: what was worked out for one day serves the next.

    :param labels: of the whole answer, sorted
    :param ranks: the rank of each label's number
    """

    def __init__(self, labels: Labels, ranks: Sequence[int]) -> None:
        self.labels = labels
        self._ranks = ranks
        self._pattern: list[tuple[array[int], int]] = []
        self._found: Layout | None = None

    def of(self, points: Sequence[Points]) -> Layout:
        """The layout of a day's points, which are in the order of time."""
        first = points[0].time
        pattern = [(point.labels, point.time - first) for point in points]
        same = len(pattern) == len(self._pattern) and all(
            a[0] is b[0] and a[1] == b[1] for a, b in zip(pattern, self._pattern, strict=True)
        )
        if not same or self._found is None:
            self._pattern, self._found = pattern, self._laid_out(pattern)
        return self._found

    def _laid_out(self, pattern: list[tuple[array[int], int]]) -> Layout:
        import pyarrow as pa
        import pyarrow.compute as pc

        cells, offsets = array("i"), array("q")
        for labels, offset in pattern:
            cells.extend(labels)
            offsets.extend(array("q", [offset]) * len(labels))
        ranks = as_arrow(array("i", self._ranks)).take(as_arrow(cells))
        position = as_arrow(array("q", range(len(cells))))
        keys = pa.table({"rank": ranks, "position": position})
        order = pc.sort_indices(keys, sort_keys=[("rank", "ascending"), ("position", "ascending")])
        codes, times = ranks.take(order), as_arrow(offsets).take(order)
        unique = _repeated(codes, times) is None
        series = RowSeries(self.labels, codes, single=unique and len(pattern) == 1, shared=True)
        return Layout(series, order, times, unique)


class DayRows:
    """The rows of one day, made of its points each time they are asked for; see :class:`.rows.day.Day`.

    :param points: of the day, in any order
    :param figures: where their figures are set aside
    :param bucket: ms; an answer that is finer is summed to buckets of so many, which needs to be allowed by ``query``
    :raises AnswerError: for a point that comes twice, or an answer finer than asked that cannot be summed
    """

    def __init__(
        self,
        schema: tuple[Column, ...],
        layouts: Layouts,
        points: list[Points],
        figures: Scratch,
        query: UsageQuery,
        bucket: int = 1,
    ) -> None:
        self.schema = schema
        self._layouts, self._points, self._figures = layouts, points, figures
        self._query, self._bucket = query, bucket
        self._present: int | None = None
        points.sort(key=lambda point: point.time)
        self._count = sum(point.count for point in points)
        self.usage = sum(point.usage for point in points)
        self._finer = any(point.time % bucket for point in points)
        if self._finer or not layouts.of(points).unique:
            rows = self.whole()
            self._count, self.usage = len(rows), rows.usage

    def __len__(self) -> int:
        return self._count

    @property
    def labels(self) -> Labels:
        return self._layouts.labels

    @property
    def present(self) -> int:
        return self.whole().present if self._present is None else self._present

    def whole(self) -> Rows:
        first = self._points[0].time
        layout = self._layouts.of(self._points)
        series, times, figures = layout.of(
            self._cells(), first, absent=any(point.count < len(point.labels) for point in self._points)
        )
        rows = Rows(self.schema, series.labels, series.codes, {"time": times, "value": figures}, series)
        if not layout.unique:
            _check_unique(rows)
        self._present = series.present
        return coarsened(rows, self._query, self._bucket) if self._finer else rows

    def _cells(self) -> pa.Array:
        """The figures of all points, in the order of points."""
        code = "d" if self._query.metric.value_type == "double" else "q"
        cells = b"".join(self._figures.read(point.place, 8 * len(point.labels)) for point in self._points)
        return from_bytes(cells, code)


def coarsened(rows: Rows, query: UsageQuery, bucket: int) -> Rows:
    """Rows of an answer that is finer than asked, summed to buckets of so many ms.

    :raises AnswerError: where a sum means nothing, or is too large
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    times = pc.unique(rows.numbers["time"]).to_pylist()
    if not query.additive_over_time:
        off = min(time for time in times if time % bucket)
        raise AnswerError(
            f"The answer has a point at {off} ms, finer than the {query.granularity} figures that were asked "
            f"for, and figures of {query.metric.name!r} cannot be summed over time."
        )
    values = rows.numbers["value"]
    if pa.types.is_integer(values.type) and pc.max(values).as_py() * len(times) >= 2**63:
        raise AnswerError("The answer is finer than asked for, and its values are too large to be summed.")
    code = code_of(values)
    label, time, value = array("i"), array("q"), array(code)
    columns = (view(rows.label, "i"), view(rows.numbers["time"], "q"), view(values, code))
    for of, when, figure in zip(*columns, strict=True):  # sorted by label and time
        start = when - when % bucket
        if label and label[-1] == of and time[-1] == start:
            value[-1] += figure
        else:
            label.append(of)
            time.append(start)
            value.append(figure)
    return Rows(rows.schema, rows.labels, as_arrow(label), {"time": as_arrow(time), "value": as_arrow(value)})


def _check_unique(rows: Rows) -> None:
    row = _repeated(rows.label, rows.numbers["time"])
    if row is not None:
        which = dict(zip(rows.labels.columns, rows.labels.rows[rows.label[row].as_py()], strict=True))
        raise AnswerError(
            f"The answer holds the same point twice: {which} at {rows.numbers['time'][row].as_py()} ms. "
            "Which of the two is right cannot be told."
        )


def _repeated(codes: pa.Array, times: pa.Array) -> int | None:
    """The first row that has the series and the time of the next."""
    import pyarrow.compute as pc

    if len(codes) < 2:
        return None
    twice = pc.and_(pc.equal(codes[1:], codes[:-1]), pc.equal(times[1:], times[:-1]))
    return twice.to_pylist().index(True) if pc.any(twice).as_py() else None
