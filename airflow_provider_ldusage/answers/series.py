"""JSON -> rows: decode a usage answer, reshape wide to long, and check all of it before anything is written.

An answer is ``{metadata: [{...}, ...], series: [{time: ms, "0": n, "1": n, ...}, ...]}``: the key ``"1"`` of a
point is described by ``metadata[1]``, in this answer alone. Points may lack keys; a missing point is no row.
Source: the models SeriesListRep, SeriesListRepFloat and DataExportSeriesListRep of LaunchDarkly's API.

Points are split off undecoded (:mod:`.answers.split`) and decoded a block at a time (:mod:`.answers.points`). Their
figures are set aside, and go from there to Arrow as whole arrays, a day at a time (:mod:`.answers.day_rows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.answers.day_rows import DayRows, Layouts
from airflow_provider_ldusage.answers.jsontext import (
    canonical,
    decode,
    decoders,
    metadata_of,
    reads_as_json,
    text_of,
)
from airflow_provider_ldusage.answers.points import PointReader, Points, exact_point
from airflow_provider_ldusage.answers.split import Parts, split
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError, OtherTimeError
from airflow_provider_ldusage.metrics import METADATA_ALIASES, snake_case
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.day import Day, Label, Labels, sort_key

if TYPE_CHECKING:
    import msgspec

    from airflow_provider_ldusage.days import Window

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
EPOCH = date(1970, 1, 1)
# A point this far outside the range that was asked for cannot be a boundary or a widened start: the answer is
# about another range (a wrong unit of from/to, or defaults that took their place).
SPILL_MS = 2 * DAY_MS
SECONDS_AS_MS = 10**11
"""Seconds since the epoch that are taken for milliseconds lie before this, in the 1970s."""
MINUTES = 24 * 60
SPILL_MINUTES = 2 * SPILL_MS // 60_000
KNOWN_FIELDS = frozenset(
    {"_links", "metadata", "series", "projectedSeries", "dataThrough", "delayed", "totalEvaluations"}
)


@dataclass
class SeriesAnswer:
    """What an answer says beside its points."""

    points: int = 0
    data_through: str | None = None
    delayed: bool = False


@dataclass
class SeriesDecoder:
    """Collects the answers of one load into rows by UTC day.

    :param query: what was asked
    :param schema: the table's columns, which a table that exists already has fixed
    """

    query: UsageQuery
    schema: tuple[Column, ...]
    _figures: Scratch = field(default_factory=Scratch)
    _numbers: dict[Label, int] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _days: dict[date, list[Points]] = field(default_factory=dict)
    _projected: list[Points] = field(default_factory=list)
    _unknown: set[str] = field(default_factory=set)
    _nested: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._columns = tuple(c.name for c in self.schema if c.name not in ("time", "value"))
        self._dimensions = {k: v for k, v in self.query.dimension_columns.items() if v in self._columns}
        self._bucket = HOUR_MS if self.query.granularity == "hourly" else DAY_MS
        self._code = "d" if self.query.metric.value_type == "double" else "q"

    def close(self) -> None:
        """Let go of the figures: days cannot be made any more."""
        self._figures.close()

    @property
    def series(self) -> int:
        """How many series have a figure in the days to keep."""
        return len(self._seen)

    def add(self, body: Scratch, *, ask: Window, keep: Window, fixed: Mapping[str, str] | None = None) -> SeriesAnswer:
        """Take in one answer.

        :param ask: the days that were asked for
        :param keep: the days whose points belong to this load
        :param fixed: dimensions that the request named and the answer does not repeat (a flag's key)
        :raises AnswerError: saying what does not fit the contract
        """
        parts = split(body)
        fields = parts.fields
        self._check_fields(fields)
        for name in ("metadata", "series"):
            if name not in fields:
                raise AnswerError(f"The answer has no {name!r}: it is not a usage series.")
        metadata = metadata_of(fields["metadata"])
        labels = [self._label(element, fixed or {}) for element in metadata]
        reader = PointReader(self._code, labels, self._figures, range(keep.start_ms, keep.end_ms))
        points, count, times = self._read(reader, parts, ask)
        if times and max(times) < SECONDS_AS_MS:  # whatever the points are of, it is not what was asked for
            _check_time(max(times), ask)
        if count:
            drift.check_dimensions(self.query, metadata)
            drift.tell_unknown("metadata has", self._unknown, "kept in the column extra")
            drift.tell_each("metadata's {} is no plain value any more: kept as JSON in its column", self._nested)
        for time in (min(times), max(times)) if times else ():
            _check_time(time, ask)
        for point in points:
            if keep.start_ms <= point.time < keep.end_ms:
                self._days.setdefault(EPOCH + timedelta(days=point.time // DAY_MS), []).append(point)
        self._seen |= reader.seen
        if count:
            self._check_days(times)
        if "projectedSeries" in fields:
            self._add_projection(fields["projectedSeries"], labels)
        return SeriesAnswer(count, *self._freshness(fields))

    @staticmethod
    def _read(reader: PointReader, parts: Parts, ask: Window) -> tuple[list[Points], int, set[int]]:
        """The points that have figures, how many these are, and the times of all points.

        No more is read than could be of a window, whatever is sent.
        """
        points: list[Points] = []
        count, read, times = 0, 0, set[int]()
        for block in parts.blocks():
            for point in reader.read(block):
                read += 1
                count += point.count
                times.add(point.time)
                points += [point] if point.count else []
            if read > (most := len(ask) * MINUTES + SPILL_MINUTES):
                raise AnswerError(f"The answer has more than {most:,} points, one for each minute that was asked for.")
        return points, count, times

    def days(self) -> Iterator[tuple[date, Day]]:
        """Each day that has any rows, in the order of days.

        :raises AnswerError: for a point that comes twice, or an answer finer than asked that cannot be summed
        """
        layouts = Layouts(*self._sorted_labels())
        for day in sorted(self._days):
            yield day, DayRows(self.schema, layouts, self._days[day], self._figures, self.query, self._bucket)

    def projection(self) -> Day | None:
        """LaunchDarkly's forecast, where the answer had one: the same columns, by the day it speaks of."""
        if not self._projected:
            return None
        return DayRows(self.schema, Layouts(*self._sorted_labels()), self._projected, self._figures, self.query)

    # --- labels

    def _label(self, element: Mapping[str, Any], fixed: Mapping[str, str]) -> int:
        """The number of a metadata element's label. What is no column goes to ``extra``, so nothing is dropped."""
        asked = {**self.query.slice, **fixed}
        values: dict[str, str | None] = dict(asked)
        extra: dict[str, Any] = {}
        for key, value in element.items():
            alias = METADATA_ALIASES.get(key, key)
            name = alias if alias in self._dimensions and alias not in element else key
            if name in self._dimensions:
                values[self._dimensions[name]] = text_of(value)
                if isinstance(value, dict | list) and name not in self.query.metric.typed_dimensions:
                    self._nested.add(key)
                if name in self.query.metric.typed_dimensions and reads_as_json(value):
                    extra[key] = value
            elif snake_case(name) not in asked or asked[snake_case(name)] != value:
                extra[key] = value
                if name not in self.query.dimension_columns:  # else this table is older than what the catalogue knows
                    self._unknown.add(key)
        values["extra"] = canonical(extra) if extra else None
        texts = (values.get(column) for column in self._columns)
        # Most labels share their strings with others: each is kept once.
        label = tuple(text if text is None else self._texts.setdefault(text, text) for text in texts)
        return self._numbers.setdefault(label, len(self._numbers))

    def _sorted_labels(self) -> tuple[Labels, list[int]]:
        """All labels sorted, and the rank of each label's number."""
        numbers = sorted(self._numbers, key=sort_key)
        ranks = [0] * len(numbers)
        for rank, label in enumerate(numbers):
            ranks[self._numbers[label]] = rank
        return Labels(self._columns, numbers), ranks

    def _check_days(self, times: Iterable[int]) -> None:
        """Days of another time zone look like an answer finer than asked, but belong to no UTC day.

        What gives them away is that they lie a day apart and all begin at the same time of day, but for an hour of
        summer time. One point alone could be either; it is taken for finer only where the API chooses the granularity.
        """
        ordered = sorted(times)
        offsets = [time % self._bucket for time in ordered if time % self._bucket]
        if not offsets or self.query.metric.takes_tz:
            return
        summer_time = self._bucket // 24
        apart = all(later - earlier >= self._bucket - summer_time for earlier, later in pairwise(ordered))
        alike = max(offsets) - min(offsets) <= summer_time
        if apart and alike and not (self.query.metric.automatic_granularity and len(offsets) == 1):
            raise AnswerError(
                f"The answer has {self.query.granularity} figures that begin {min(offsets)} ms after a bucket in UTC: "
                "they are another time zone's days, and what part of them is of which UTC day cannot be told."
            )

    # --- beside the points

    @staticmethod
    def _check_fields(fields: Mapping[str, msgspec.Raw]) -> None:
        """Fields at the top that this version does not know: told, unless they say that the answer is a part."""
        unknown = set(fields) - KNOWN_FIELDS
        telling = {name: fields[name] for name in unknown.intersection(drift.PAGING_FIELDS)}
        if "_links" in fields and b'"next"' in bytes(fields["_links"]):
            telling["_links"] = fields["_links"]
        drift.check_whole({name: decode(raw, decoders().any, f"{name!r}") for name, raw in telling.items()})
        drift.tell_unknown("the answer has the top-level field", unknown, "left out")

    def _add_projection(self, raw: msgspec.Raw, labels: Sequence[int]) -> None:
        """A forecast keyed by "0" alone speaks of the whole account, whatever the grouping. The last one counts."""
        raws = decode(raw, decoders().raws, "'projectedSeries' is no list") or []
        whole = {**self.query.slice, "extra": None}
        total = tuple(whole.get(column) for column in self._columns)
        keys = set().union(*(exact_point(point, self._code).keys() for point in raws)) - {"time"}
        if keys <= {"0"}:
            labels = [self._numbers.setdefault(total, len(self._numbers))]
        reader = PointReader(self._code, labels, self._figures, range(0))
        points = [point for point in reader.read(bytes(raw)) if point.count]
        for point in points:
            if not 10**12 <= point.time < 10**13:
                raise AnswerError(f"The forecast has a point at {point.time}: no time in ms since the epoch.")
        self._projected = points or self._projected

    @staticmethod
    def _freshness(fields: Mapping[str, msgspec.Raw]) -> tuple[str | None, bool]:
        through = decode(fields.get("dataThrough", b"null"), decoders().text, "'dataThrough' is no string")
        delayed = decode(fields.get("delayed", b"null"), decoders().flag, "'delayed' is no boolean")
        return through or None, bool(delayed)


def _check_time(time: int, ask: Window) -> None:
    if not ask.start_ms - SPILL_MS <= time < ask.end_ms + SPILL_MS:
        raise OtherTimeError(
            f"The answer has a point at {time} ms since the epoch, but {ask} was asked for. "
            "A wrong unit of from/to looks like that: see 'time_units' of the connection."
        )
