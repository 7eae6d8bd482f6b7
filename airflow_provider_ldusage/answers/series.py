"""JSON -> rows for the endpoints that answer with series of figures.

An answer is ``{metadata: [{...}, ...], series: [{time: ms, "0": n, "1": n, ...}, ...]}``: the key ``"1"`` of a
point is described by ``metadata[1]``, in this answer alone. Points may lack keys; a missing figure is no row.
Source: the models SeriesListRep, SeriesListRepFloat and DataExportSeriesListRep of LaunchDarkly's API.

Points are cut off undecoded (:mod:`.answers.split`) and decoded a block at a time (:mod:`.answers.fast_reader`). Their
figures wait in a scratch file and go from there to Arrow as whole arrays, a day at a time (:mod:`.answers.day_rows`).
All of an answer is checked before any of it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from airflow_provider_ldusage.answers import drift, times
from airflow_provider_ldusage.answers.day_rows import DayRows, day_of
from airflow_provider_ldusage.answers.envelope import check_fields, data_through, is_delayed
from airflow_provider_ldusage.answers.exact_reader import ExactReader, exact_point
from airflow_provider_ldusage.answers.fast_reader import FastReader
from airflow_provider_ldusage.answers.jsontext import decode, decoders
from airflow_provider_ldusage.answers.metadata import SeriesLabels, metadata_of
from airflow_provider_ldusage.answers.points import Point, PointContext, PointReader
from airflow_provider_ldusage.answers.row_order import RowOrders
from airflow_provider_ldusage.answers.split import Parts, split
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import DAY_MS
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.arrow import TYPE_CODES
from airflow_provider_ldusage.rows.day import Day

if TYPE_CHECKING:
    import msgspec

    from airflow_provider_ldusage.days import Window

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class SeriesAnswer:
    """What an answer says beside its points.

    :param points: how many figures it has, in the days to keep or not
    :param data_through: RFC 3339, up to when they are counted, where it says so
    :param delayed: whether it says that they are delayed
    """

    points: int = 0
    data_through: str | None = None
    delayed: bool = False


class SeriesDecoder:
    """Collects the answers of one load into rows by UTC day.

    :param query: what was asked
    :param schema: the table's columns, which a table that exists already has fixed
    """

    def __init__(self, query: UsageQuery, schema: tuple[Column, ...]) -> None:
        self.query = query
        self.schema = schema
        self._labels = SeriesLabels(query, schema)
        self._figures = Scratch()
        self._seen: set[int] = set()
        self._days: dict[date, list[Point]] = {}
        self._projected: list[Point] = []

    def close(self) -> None:
        """Delete the figures. The days cannot give their rows after this."""
        self._figures.close()

    @property
    def series(self) -> int:
        """How many series have a figure in the days to keep."""
        return len(self._seen)

    def add(self, body: Scratch, *, ask: Window, keep: Window, fixed: Mapping[str, str] | None = None) -> SeriesAnswer:
        """Read one answer.

        :param ask: the days that were asked for
        :param keep: the days whose points belong to this load
        :param fixed: dimensions that the request named and the answer does not repeat (a flag's key)
        :raises OtherTimeError: if its points are of another time
        :raises AnswerError: saying what else does not fit the contract
        """
        parts = split(body)
        check_fields(parts.fields)
        metadata = metadata_of(parts.fields["metadata"])
        labels = self._labels.numbers(metadata, fixed or {})
        reader = self._reader(labels, range(keep.start_ms, keep.end_ms))
        found = _read(reader, parts, times.max_points(ask))
        times.check_unit(found.times, ask)  # before anything else: whatever these are of, it is not what was asked for
        if found.figures:
            drift.check_dimensions(self.query, metadata)
            self._labels.warn_of_drift()
        times.check_range(found.times, ask)
        if found.figures and not self.query.metric.takes_tz:
            times.check_time_zone(found.times, self.query.bucket_ms, exact=not self.query.metric.automatic_granularity)
        for point in found.points:
            if keep.start_ms <= point.time < keep.end_ms:
                self._days.setdefault(EPOCH + timedelta(days=point.time // DAY_MS), []).append(point)
        self._seen |= reader.seen
        if "projectedSeries" in parts.fields:  # the last one counts
            self._projected = self._projection(parts.fields["projectedSeries"], labels) or self._projected
        return SeriesAnswer(found.figures, data_through(parts.fields), is_delayed(parts.fields))

    def days(self) -> Iterator[tuple[date, Day]]:
        """Each day that has any rows, in the order of days.

        :raises AnswerError: if a point is there twice, or an answer finer than asked cannot be summed
        """
        orders = RowOrders(self.schema, *self._labels.ranked())
        for day in sorted(self._days):
            yield day, day_of(orders, self._days[day], self._figures, self.query)

    def projection(self) -> Day | None:
        """LaunchDarkly's forecast, where the answer had one: the same columns, by the day it is about."""
        if not self._projected:
            return None
        orders = RowOrders(self.schema, *self._labels.ranked())
        return DayRows(orders, self._projected, self._figures, self.query.metric.value_type)

    @property
    def _code(self) -> str:
        return TYPE_CODES[self.query.metric.value_type]

    def _reader(self, labels: Sequence[int], keep: range) -> PointReader:
        keys = {str(index): label for index, label in enumerate(labels)}
        context = PointContext(self._code, keys, self._figures, keep)
        return FastReader(context, ExactReader(context))

    def _projection(self, raw: msgspec.Raw, labels: Sequence[int]) -> list[Point]:
        """The points of a forecast. One with the key "0" alone is of the whole account, whatever the grouping."""
        raws = decode(raw, decoders().raws, "'projectedSeries' is no list") or []
        keys = set().union(*(exact_point(point, self._code).keys() for point in raws)) - {"time"}
        reader = self._reader([self._labels.total()] if keys <= {"0"} else labels, range(0))
        points = [point for point in reader.read(bytes(raw)) if point.count]
        times.check_forecast([point.time for point in points])
        return points


@dataclass(frozen=True)
class _Found:
    """What was read of an answer's points.

    :param points: those that have figures
    :param figures: how many figures these have
    :param times: of all points
    """

    points: list[Point]
    figures: int
    times: set[int]


def _read(reader: PointReader, parts: Parts, limit: int) -> _Found:
    """Read an answer's points.

    :raises AnswerError: if there are more than ``limit``, so that no answer can fill the memory
    """
    points: list[Point] = []
    figures, read, seen = 0, 0, set[int]()
    for block in parts.blocks():
        for point in reader.read(block):
            read += 1
            figures += point.count
            seen.add(point.time)
            if point.count:
                points.append(point)
        if read > limit:
            raise AnswerError(f"The answer has more than {limit:,} points, one for each minute that was asked for.")
    return _Found(points, figures, seen)
