"""A day's points -> its sorted rows.

Whole-array operations only. One day is in memory; of the others there are the points and the places of their figures in
the scratch file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow_provider_ldusage.answers.points import Point
from airflow_provider_ldusage.answers.row_order import RowOrders, repeated
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.arrow import TYPE_CODES, as_arrow, bits, code_of, from_bytes, scalar, view
from airflow_provider_ldusage.rows.day import Day, Rows
from airflow_provider_ldusage.rows.labels import Labels

if TYPE_CHECKING:
    import pyarrow as pa


def day_of(orders: RowOrders, points: Iterable[Point], figures: Scratch, query: UsageQuery) -> Day:
    """The rows of a day's points, summed to the granularity that was asked for where the points are finer.

    :raises AnswerError: if a point is there twice, or finer points cannot be summed
    """
    day = DayRows(orders, points, figures, query.metric.value_type)
    bucket = query.bucket_ms
    return SummedDayRows(day, query, bucket) if day.is_finer(bucket) else day


class DayRows:
    """The rows of one day, a row for each figure, as :class:`.rows.day.Day`; :meth:`whole` builds them from the points.

    :param points: of the day, in any order
    :param figures: the scratch file with their figures
    :param value_type: Arrow type of the figures
    :raises AnswerError: if a point is there twice
    """

    def __init__(self, orders: RowOrders, points: Iterable[Point], figures: Scratch, value_type: str) -> None:
        self._orders, self._figures, self._code = orders, figures, TYPE_CODES[value_type]
        self._points = sorted(points, key=lambda point: point.time)
        self._count = sum(point.count for point in self._points)
        self._absent = any(point.count < len(point.labels) for point in self._points)
        self._present: int | None = None
        self.usage = sum(point.usage for point in self._points)
        if not orders.of(self._points).unique:
            _check_unique(self.whole())

    def __len__(self) -> int:
        return self._count

    @property
    def schema(self) -> tuple[Column, ...]:
        """All columns of the table, in order."""
        return self._orders.schema

    @property
    def labels(self) -> Labels:
        """The labels of the whole answer."""
        return self._orders.labels

    @property
    def present(self) -> int:
        """A bit for each label, set where it has rows. Known without the rows; :meth:`whole` finds it by the way."""
        import pyarrow.compute as pc

        if self._present is None:
            codes = self._orders.codes_of(self._points)
            if self._absent:
                codes = codes.filter(pc.greater_equal(self._cells(), scalar(0, self._code)))
            self._present = bits(pc.is_in(self.labels.codes, value_set=codes))
        return self._present

    def is_finer(self, bucket: int) -> bool:
        """Whether a point lies within a bucket of so many ms."""
        return any(point.time % bucket for point in self._points)

    def whole(self) -> Rows:
        """The rows, built anew."""
        rows = self._orders.of(self._points).rows(self._cells(), self._points[0].time, absent=self._absent)
        self._present = rows.present
        return rows

    def _cells(self) -> pa.Array:
        """The figures of all points, in the order of points; absent ones are negative or NaN."""
        cells = b"".join(self._figures.read(point.place, 8 * len(point.labels)) for point in self._points)
        return from_bytes(cells, self._code)


class SummedDayRows:
    """The rows of one day whose figures are finer than asked; see :class:`.rows.day.Day`.

    :param day: the finer rows
    :param bucket: ms, to which they are summed
    :raises AnswerError: if a sum means nothing or is too large
    """

    def __init__(self, day: DayRows, query: UsageQuery, bucket: int) -> None:
        self._day, self._query, self._bucket = day, query, bucket
        rows = self.whole()
        self._count, self.usage = len(rows), rows.usage

    def __len__(self) -> int:
        return self._count

    @property
    def schema(self) -> tuple[Column, ...]:
        """All columns of the table, in order."""
        return self._day.schema

    @property
    def labels(self) -> Labels:
        """The labels of the whole answer."""
        return self._day.labels

    @property
    def present(self) -> int:
        """A bit for each label, set where it has rows."""
        return self._day.present

    def whole(self) -> Rows:
        """The rows, built anew."""
        return summed(self._day.whole(), self._query, self._bucket)


def summed(rows: Rows, query: UsageQuery, bucket: int) -> Rows:
    """Rows summed to buckets.

    :param bucket: ms
    :raises AnswerError: if a sum means nothing or is too large
    """
    _check_summable(rows, query, bucket)
    values = rows.numbers["value"]
    kind = code_of(values)
    codes, times, sums = array("i"), array("q"), array(kind)
    columns = (view(rows.codes, "i"), view(rows.numbers["time"], "q"), view(values, kind))
    for code, time, figure in zip(*columns, strict=True):  # sorted by code and time
        start = time - time % bucket
        if codes and codes[-1] == code and times[-1] == start:
            sums[-1] += figure
        else:
            codes.append(code)
            times.append(start)
            sums.append(figure)
    return Rows.of(rows.schema, rows.labels, as_arrow(codes), {"time": as_arrow(times), "value": as_arrow(sums)})


def _check_summable(rows: Rows, query: UsageQuery, bucket: int) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    times = pc.unique(rows.numbers["time"]).to_pylist()
    if not query.additive_over_time:
        off = min(time for time in times if time % bucket)
        raise AnswerError(
            f"The answer has a point at {off} ms, finer than the {query.granularity} figures that were asked for.",
            about=f"figures of {query.metric.name!r} cannot be summed over time",
        )
    values = rows.numbers["value"]
    if pa.types.is_integer(values.type) and pc.max(values).as_py() * len(times) >= 2**63:
        raise AnswerError("The answer is finer than asked for, and its values are too large to be summed.")


def _check_unique(rows: Rows) -> None:
    row = repeated(rows.codes, rows.numbers["time"])
    if row is not None:
        which = dict(zip(rows.labels.columns, rows.labels.rows[rows.codes[row].as_py()], strict=True))
        raise AnswerError(
            "The answer holds the same point twice: which of the two is right cannot be told.",
            about=f"{which} at {rows.numbers['time'][row].as_py()} ms",
        )
