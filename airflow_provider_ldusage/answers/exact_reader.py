"""Points -> figures, decoded one by one: slow, but it accepts all that is valid and says what is not."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.answers.jsontext import decode, decoders, excerpt
from airflow_provider_ldusage.answers.points import Point, PointContext
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.log_text import shown

if TYPE_CHECKING:
    import msgspec

MAX_EXACT = 2**53
"""Below this, a float that is whole stands for one integer alone."""


class ExactReader:
    """Reads the points that :class:`.fast_reader.FastReader` does not; see :class:`.answers.points.PointReader`."""

    def __init__(self, context: PointContext) -> None:
        self._context = context
        self._seen: set[int] = set()
        self._last_names: tuple[str, ...] = ()  # points that follow each other mostly have the same keys
        self._last_labels: array[int] = array("i")

    @property
    def seen(self) -> set[int]:
        """Numbers of the labels that have a figure at a time to keep."""
        return self._seen

    def read(self, block: bytes) -> list[Point]:
        """The points of a JSON list, in its order.

        :raises AnswerError: saying what does not fit the contract
        """
        raws = decode(block, decoders().raws, "'series' is no list of points") or []
        return [self._point(raw) for raw in raws]

    def _point(self, raw: msgspec.Raw) -> Point:
        figures = exact_point(raw, self._context.code)
        time = int(figures.pop("time"))
        labels = self._labels(tuple(figures))
        values = self._values(figures.values())
        if time in self._context.keep:
            self._seen.update(labels)
        return Point(time, labels, self._context.figures.append(values), len(values), sum(map(bool, values)))

    def _values(self, values: Any) -> array[Any]:
        code = self._context.code
        try:
            figures = array(code, values)
        except (TypeError, OverflowError) as error:
            kind = "double" if code == "d" else "int64"
            raise AnswerError(f"A value does not fit the metric's type {kind}: {error}.") from None
        if figures and min(figures) < 0:
            raise AnswerError(f"The answer holds a negative value: {min(figures)}.")
        return figures

    def _labels(self, names: tuple[str, ...]) -> array[int]:
        """The numbers of the labels behind a point's series keys; the same array where the last point's keys were."""
        if names != self._last_names:
            self._last_labels, self._last_names = self._resolved(names), names
        return self._last_labels

    def _resolved(self, names: Sequence[str]) -> array[int]:
        known = self._context.labels
        try:
            return array("i", [known[name] for name in names])
        except KeyError as error:
            raise AnswerError(
                f"A point has the series key {shown(error.args[0])}, but 'metadata' describes only {len(known)} series."
            ) from None


def exact_point(raw: msgspec.Raw, code: str) -> dict[str, Any]:
    """Decode a point as numbers by key, ``time`` among them.

    :param code: ``q`` if the figures are whole numbers, ``d`` if not
    :raises AnswerError: if a value is no number, a key is there twice, or ``time`` is missing or not whole
    """
    import msgspec

    types = decoders()
    try:
        point: dict[str, Any] = (types.floats if code == "d" else types.ints).decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        sent = decode(raw, types.numbers, "a point holds something that is no number")
        point = _whole_numbers(sent)
        if code == "q" and any(type(sent[key]) is float for key in sent if type(point[key]) is int):
            drift.warn("figures came with a decimal point, though whole (such as 12.0): read as whole numbers")
    time = point.get("time")
    if time is None or time != int(time):
        raise AnswerError("A point has no 'time' in whole ms since the epoch.", about=f"the point: {excerpt(raw)}")
    if bytes(raw).count(b":") != len(point):  # each key has one colon, and nothing else in a point has
        raise AnswerError(
            "A point holds the same key twice, or one that is no series key.", about=f"the point: {excerpt(raw)}"
        )
    return point


def whole_number(value: Any) -> Any:
    """An integer that was sent as ``12.0``, as the integer; any other value as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < MAX_EXACT else value


def _whole_numbers(point: dict[str, int | float]) -> dict[str, int | float]:
    return {key: whole_number(value) for key, value in point.items()}
