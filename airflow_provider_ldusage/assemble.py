"""Points -> sorted rows of a day, as whole arrays: nothing here looks at a single figure."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.api.errors import AnswerError
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows import Labels, Rows

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Points:
    """One point of an answer: ``time`` in ms, and for each figure the number of its label."""

    time: int
    labels: array[int]
    values: array[Any]


class Orders:
    """The labels of a day's points as ranks, and the order that sorts its rows by label, then time.

    Days of one answer mostly have the same series: what was worked out for one day serves the next.
    """

    def __init__(self, ranks: Sequence[int]) -> None:
        self._ranks = ranks
        self._pattern: list[array[int]] = []
        self._found: tuple[pa.Array, pa.Array] | None = None

    def of(self, points: Sequence[Points]) -> tuple[pa.Array, pa.Array]:
        import pyarrow as pa
        import pyarrow.compute as pc

        pattern = [point.labels for point in points]
        same = len(pattern) == len(self._pattern) and all(a is b for a, b in zip(pattern, self._pattern, strict=True))
        if not same or self._found is None:
            numbers = array("i")
            for labels in pattern:
                numbers.extend(labels)
            ranks = _arrow(array("i", self._ranks), pa.int32()).take(_arrow(numbers, pa.int32()))
            position = _arrow(array("q", range(len(numbers))), pa.int64())
            keys = pa.table({"rank": ranks, "position": position})
            order = pc.sort_indices(keys, sort_keys=[("rank", "ascending"), ("position", "ascending")])
            self._pattern, self._found = pattern, (ranks.take(order), order)
        return self._found


def day_rows(schema: tuple[Column, ...], labels: Labels, orders: Orders, points: list[Points]) -> Rows:
    """Sorted rows of the points of one day.

    :raises AnswerError: for a point that comes twice
    """
    import pyarrow as pa

    points.sort(key=lambda point: point.time)
    codes, order = orders.of(points)
    times, values = array("q"), array(points[0].values.typecode)
    for point in points:
        times.extend(array("q", [point.time]) * len(point.labels))
        values.extend(point.values)
    figures = _arrow(values, pa.float64() if values.typecode == "d" else pa.int64())
    rows = Rows(schema, labels, codes, {"time": _arrow(times, pa.int64()).take(order), "value": figures.take(order)})
    _check_unique(rows)
    return rows


def coarsened(rows: Rows, query: UsageQuery, bucket: int) -> Rows:
    """Rows summed to buckets of so many ms, where the answer is finer than asked.

    :raises AnswerError: where a sum means nothing, or is too large
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    times = pc.unique(rows.numbers["time"]).to_pylist()
    if all(time % bucket == 0 for time in times):
        return rows
    if not query.additive_over_time:
        off = min(time for time in times if time % bucket)
        raise AnswerError(
            f"The answer has a point at {off} ms, finer than the {query.granularity} figures that were asked "
            f"for, and figures of {query.metric.name!r} cannot be summed over time."
        )
    values = rows.numbers["value"]
    if pa.types.is_integer(values.type) and pc.max(values).as_py() * len(times) >= 2**63:
        raise AnswerError("The answer is finer than asked for, and its values are too large to be summed.")
    floored = pa.array([time - time % bucket for time in rows.numbers["time"].to_pylist()], pa.int64())
    table = pa.table({"label": rows.label, "time": floored, "value": values})
    summed = table.group_by(["label", "time"]).aggregate([("value", "sum")])
    summed = summed.sort_by([("label", "ascending"), ("time", "ascending")])
    label, time, value = (summed.column(name).combine_chunks() for name in ("label", "time", "value_sum"))
    return Rows(rows.schema, rows.labels, _plain(label), {"time": _plain(time), "value": _plain(value)})


def _check_unique(rows: Rows) -> None:
    import pyarrow.compute as pc

    if len(rows) < 2:
        return
    label, time = rows.label, rows.numbers["time"]
    twice = pc.and_(pc.equal(label[1:], label[:-1]), pc.equal(time[1:], time[:-1]))
    if pc.any(twice).as_py():
        row = pc.index(twice, True).as_py()
        which = dict(zip(rows.labels.columns, rows.labels.rows[label[row].as_py()], strict=True))
        raise AnswerError(
            f"The answer holds the same point twice: {which} at {time[row].as_py()} ms. "
            "Which of the two is right cannot be told."
        )


def _arrow(values: array[Any], type_: pa.DataType) -> pa.Array:
    """An Arrow array over the memory of a Python array: nothing is copied."""
    import pyarrow as pa

    return pa.Array.from_buffers(type_, len(values), [None, pa.py_buffer(values)])


def _plain(column: Any) -> pa.Array:
    return column.combine_chunks() if hasattr(column, "num_chunks") else column
