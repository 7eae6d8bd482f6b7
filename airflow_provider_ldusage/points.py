"""The points of an answer -> arrays of figures, checked: in blocks where they are as they should be, else one by one.

A dictionary for each point is what decoding costs. So a class is made whose fields are the answer's series keys, and
points are decoded into that: no key becomes a string, and what a point lacks keeps the default. Whatever does not fit
(another number than expected, an unknown key, a key that comes twice) is decoded again the slow and exact way, which
says what is wrong, or reads it after all.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage import drift
from airflow_provider_ldusage.api.errors import AnswerError
from airflow_provider_ldusage.arrow import as_arrow, scalar
from airflow_provider_ldusage.assemble import Points
from airflow_provider_ldusage.jsontext import decode, decoders, excerpt, whole_numbers

if TYPE_CHECKING:
    import msgspec

BLOCK = 1 << 16  # figures that are decoded before they are checked and packed
ABSENT = {"q": -1, "d": float("nan")}  # no figure of an answer: figures are never negative


class PointReader:
    """Reads the points of one answer.

    :param code: of the figures' arrays: ``q`` for whole numbers, ``d`` for others
    :param labels: for each series key in turn, the number of its label
    """

    def __init__(self, code: str, labels: Sequence[int]) -> None:
        self._code = code
        self._keys = {str(index): label for index, label in enumerate(labels)}
        self._last_names: tuple[str, ...] = ()
        self._last_labels: array[int] = array("i")

    def read(self, raws: Sequence[msgspec.Raw]) -> list[Points]:
        """All points, in the order of the answer.

        :raises AnswerError: saying what does not fit the contract
        """
        names = self._order(raws)
        if names is None:
            return list(self._exactly(raws))
        points: list[Points] = []
        labels = array("i", [self._keys[name] for name in names])
        decoder = _decoder(names, self._code)
        step = max(1, BLOCK // len(names))
        for start in range(0, len(raws), step):
            block = raws[start : start + step]
            points += self._block(block, decoder, labels) or self._exactly(block)
        return points

    def _order(self, raws: Sequence[msgspec.Raw]) -> Sequence[str] | None:
        """The order in which points have their keys, as far as the first one tells; looking them up is quick in that
        order alone. None where there is none."""
        import msgspec

        try:
            first = [name for name in decoders().numbers.decode(raws[0]) if name in self._keys] if raws else []
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        keys = list(self._keys)
        for names in (keys, sorted(keys), first):
            places = {name: place for place, name in enumerate(names)}
            order = [places[name] for name in first]
            if order == sorted(order) and len(names) == len(keys):
                return names or None
        return None

    def _block(self, raws: Sequence[msgspec.Raw], decoder: Any, labels: array[int]) -> list[Points] | None:
        """Points whose figures are those of ``labels``, absent ones negative or NaN; None if any is not as it should.

        Each key has one colon, and nothing else has: as many colons as figures found and times mean that no key was
        lost, and that no figure was taken for an absent one.
        """
        import msgspec
        import pyarrow.compute as pc

        values, times, colons = array(self._code), [], []
        try:
            for raw in raws:
                found = msgspec.structs.astuple(decoder.decode(raw))
                times.append(found[0])
                values.extend(array(self._code, found[1:]))
                colons.append(bytes(raw).count(b":"))
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
            return None
        figures = pc.sum(pc.greater_equal(as_arrow(values), scalar(0, self._code))).as_py() or 0
        if figures + len(raws) != sum(colons) or min(times) < 0:
            return None
        width = len(labels)
        return [
            Points(time, labels, values[place * width : (place + 1) * width], colons[place] - 1)
            for place, time in enumerate(times)
        ]

    def _exactly(self, raws: Sequence[msgspec.Raw]) -> Iterator[Points]:
        for raw in raws:
            point = exact_point(raw, self._code)
            time = point.pop("time")
            names = tuple(point)
            if names != self._last_names:
                self._last_names, self._last_labels = names, self._resolved(names)
            values = self._values(point.values())
            yield Points(int(time), self._last_labels, values, len(values))

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
    """Decodes a point into a tuple-like of its time and the figures of ``names``, in that order."""
    import msgspec

    kind, absent = (float if code == "d" else int), ABSENT[code]
    fields: list[tuple[str, type, Any]] = [("time", int, -1), *((f"_{name}", kind, absent) for name in names)]
    point = msgspec.defstruct("Point", fields, rename=_series_key, gc=False, forbid_unknown_fields=True)
    return msgspec.json.Decoder(point)


def _series_key(field: str) -> str:
    return field.lstrip("_")
