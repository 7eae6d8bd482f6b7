"""The points of an answer -> arrays of figures, checked: in blocks where they are as they should be, else one by one.

A dictionary for each point is what decoding costs. So a class is made whose fields are the answer's series keys, and
points are decoded into that: no key becomes a string, and what a point lacks keeps the default. Whatever does not fit
(another number than expected, an unknown key, a key that comes twice) is decoded again the slow and exact way, which
says what is wrong, or reads it after all.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.answers.jsontext import decode, decoders, excerpt, whole_numbers
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.rows.arrow import as_arrow, scalar

if TYPE_CHECKING:
    import msgspec
    import pyarrow as pa

    from airflow_provider_ldusage.api.scratch import Scratch

_KEY = re.compile(rb'"([0-9]+)"')
SAMPLE = 400  # bytes of a block in which the order of its keys is looked at
SPARSE = 4  # times as many cells as figures are too many to go through
ABSENT = {"q": -1, "d": float("nan")}  # no figure of an answer: figures are never negative


@dataclass(frozen=True, slots=True)
class Points:
    """One point of an answer: ``time`` in ms, and for each figure the number of its label.

    The figures themselves, eight bytes each, are set aside from ``place`` on. Where ``count`` is less than there are
    labels, the other figures are absent: negative, or NaN. ``usage`` of them are more than zero.
    """

    time: int
    labels: array[int]
    place: int
    count: int
    usage: int


class PointReader:
    """Reads the points of one answer.

    :param code: of the figures' arrays: ``q`` for whole numbers, ``d`` for others
    :param labels: for each series key in turn, the number of its label
    :param figures: where figures are set aside
    :param keep: times (ms) of the points whose series count as seen
    """

    def __init__(self, code: str, labels: Sequence[int], figures: Scratch, keep: range) -> None:
        self.seen: set[int] = set()
        """Numbers of the labels that have a figure."""
        self._code = code
        self._keep = keep
        self._keys = {str(index): label for index, label in enumerate(labels)}
        self._figures = figures
        self._began = False
        self._labels: array[int] = array("i")  # of what the decoder decodes, in its order; none: there is no order
        self._places: dict[str, int] = {}
        self._last_names: tuple[str, ...] = ()
        self._last_labels: array[int] = array("i")

    def read(self, block: bytes) -> list[Points]:
        """The points of a JSON list, in its order.

        :raises AnswerError: saying what does not fit the contract
        """
        if not self._began:
            self._begin(block)
        points = self._block(block) if self._suits(block) else None
        if points is None:
            points = list(self._exactly(decode(block, decoders().raws, "'series' is no list of points") or []))
        return points

    def _begin(self, block: bytes) -> None:
        """Find the order of keys in an answer of which this is the first block."""
        raws = decode(block, decoders().raws, "'series' is no list of points") or []
        self._began = bool(raws)
        names = self._order([raws[place] for place in sorted({0, len(raws) // 2, len(raws) - 1})] if raws else [])
        self._labels = array("i", [self._keys[name] for name in names or ()])
        self._places = {name: place for place, name in enumerate(names or ())}

    def _order(self, samples: Sequence[msgspec.Raw]) -> Sequence[str] | None:
        """The order in which points have their keys, as far as some tell; looking them up is quick in that order
        alone. None where there is none."""
        import msgspec

        try:
            found = [[name for name in decoders().numbers.decode(raw) if name in self._keys] for raw in samples]
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        keys = list(self._keys)
        for names in (keys, sorted(keys), max(found, key=len, default=[])):
            places = {name: place for place, name in enumerate(names)}
            if names and len(names) == len(keys) and all(_ascending([places[name] for name in each]) for each in found):
                return names
        return None

    def _suits(self, block: bytes) -> bool:
        """Whether the decoder is quick at a block: it goes through every cell, be there a figure or not, and takes the
        square of the time for points that have their keys in another order. Only how a block begins is looked at."""
        points = block.count(b"}")
        figures = block.count(b":") - points
        keys = [name.decode() for name in _KEY.findall(block[:SAMPLE].partition(b"}")[0])]
        dense = points * len(self._labels) <= SPARSE * max(figures, 1)
        ordered = _ascending([self._places.get(name, -1) for name in keys])
        return bool(self._places) and dense and ordered

    @cached_property
    def _decoder(self) -> Any:
        return _decoder(list(self._places), self._code)

    def _block(self, block: bytes) -> list[Points] | None:
        """Points whose figures are those of ``labels``, absent ones negative or NaN; None if any is not as it should.

        Each key has one colon, and nothing else has: as many colons as figures found and times mean that no key was
        lost, and that no figure was taken for an absent one.
        """
        import msgspec

        values, times = array(self._code), []
        try:
            for point in self._decoder.decode(block):
                found = msgspec.structs.astuple(point)
                times.append(found[0])
                values.extend(array(self._code, found[1:]))
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
            return None
        present, used = self._marks(values)
        if present.true_count + len(times) != block.count(b":") or min(times, default=0) < 0:
            return None
        return self._kept(times, values, present, used)

    def _marks(self, values: array[Any]) -> tuple[pa.BooleanArray, pa.BooleanArray]:
        """Which figures there are, and which of them are not zero."""
        import pyarrow.compute as pc

        figures, zero = as_arrow(values), scalar(0, self._code)
        return pc.greater_equal(figures, zero), pc.greater(figures, zero)

    def _kept(
        self, times: list[int], values: array[Any], present: pa.BooleanArray, used: pa.BooleanArray
    ) -> list[Points]:
        """Points whose figures are set aside, one after the other."""
        import pyarrow.compute as pc

        place, width = self._figures.append(values), len(self._labels)
        full = used.true_count == len(values)  # none is absent, and none zero
        points, seen = [], None
        for number, time in enumerate(times):
            count = usage = width
            if not full:
                here = present.slice(number * width, width)
                count, usage = here.true_count, used.slice(number * width, width).true_count
                if time in self._keep:
                    seen = here if seen is None else pc.or_(seen, here)
            points.append(Points(time, self._labels, place + number * width * 8, count, usage))
        if full and any(time in self._keep for time in times):
            self.seen.update(self._labels)
        elif seen is not None:
            self.seen.update(compress(self._labels, seen.to_pylist()))
        return points

    def _exactly(self, raws: Sequence[msgspec.Raw]) -> Iterator[Points]:
        for raw in raws:
            point = exact_point(raw, self._code)
            time = int(point.pop("time"))
            names = tuple(point)
            if names != self._last_names:
                self._last_names, self._last_labels = names, self._resolved(names)
            values = self._values(point.values())
            place, used = self._figures.append(values), sum(map(bool, values))
            if time in self._keep:
                self.seen.update(self._last_labels)
            yield Points(time, self._last_labels, place, len(values), used)

    def _values(self, values: Any) -> array[Any]:
        try:
            figures = array(self._code, values)
        except (TypeError, OverflowError) as error:
            kind = "double" if self._code == "d" else "int64"
            raise AnswerError(f"A value does not fit the metric's type {kind}: {error}.") from None
        if figures and min(figures) < 0:
            raise AnswerError(f"The answer holds a negative value: {min(figures)}.")
        return figures

    def _resolved(self, names: Sequence[str]) -> array[int]:
        """The labels' numbers behind the series keys of a point."""
        try:
            return array("i", [self._keys[name] for name in names])
        except KeyError as error:
            raise AnswerError(
                f"A point has the series key {error.args[0]!r}, but 'metadata' describes only {len(self._keys)} series."
            ) from None


def exact_point(raw: msgspec.Raw, code: str) -> dict[str, Any]:
    """A point as a dict of numbers with an integer ``time``; nothing may be in it twice."""
    import msgspec

    types = decoders()
    try:
        point: dict[str, Any] = (types.floats if code == "d" else types.ints).decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        came = decode(raw, types.numbers, "a point holds something that is no number")
        point = whole_numbers(came)
        if code == "q" and any(type(came[key]) is float for key in came if type(point[key]) is int):
            drift.tell("figures came with a decimal point, though whole (such as 12.0): read as whole numbers")
    time = point.get("time")
    if time is None or time != int(time):
        raise AnswerError(f"A point has no 'time' in whole ms since the epoch: {excerpt(raw)}")
    if bytes(raw).count(b":") != len(point):
        raise AnswerError(f"A point holds the same key twice, or one that is no series key: {excerpt(raw)}")
    return point


def _decoder(names: Sequence[str], code: str) -> Any:
    """Decodes a list of points into tuple-likes of their time and the figures of ``names``, in that order."""
    import msgspec

    kind, absent = (float if code == "d" else int), ABSENT[code]
    fields: list[tuple[str, type, Any]] = [("time", int, -1), *((f"_{name}", kind, absent) for name in names)]
    point = msgspec.defstruct("Point", fields, rename=_series_key, gc=False, forbid_unknown_fields=True)
    return msgspec.json.Decoder(list[point])  # type: ignore[valid-type]


def _series_key(field: str) -> str:
    return field.lstrip("_")


def _ascending(numbers: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))
