"""Points -> figures, a block at a time, as long as the points are as expected."""

from __future__ import annotations

from array import array
from itertools import compress
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers.block_decoder import BlockDecoder
from airflow_provider_ldusage.answers.jsontext import decode, decoders
from airflow_provider_ldusage.answers.points import Point, PointContext, PointReader
from airflow_provider_ldusage.rows.arrow import as_arrow, scalar

if TYPE_CHECKING:
    import msgspec
    import pyarrow as pa


class FastReader:
    """The reader of most points; see :class:`.answers.points.PointReader`.

    :param exact: reads the blocks that this one does not: those with an unknown key, a key twice, another kind of
        number, or so few figures that it would not be fast
    """

    def __init__(self, context: PointContext, exact: PointReader) -> None:
        self._context = context
        self._exact = exact
        self._seen: set[int] = set()
        self._sampled = False
        self._decoder: BlockDecoder | None = None
        self._labels: array[int] = array("i")  # in the order of what the decoder gives

    @property
    def seen(self) -> set[int]:
        """Numbers of the labels that have a figure at a time to keep."""
        return self._seen | self._exact.seen

    def read(self, block: bytes) -> list[Point]:
        """The points of a JSON list, in its order.

        :raises AnswerError: saying what does not fit the contract
        """
        if not self._sampled:
            self._sample(decode(block, decoders().raws, "'series' is no list of points") or [])
        points = self._block(block)
        return self._exact.read(block) if points is None else points

    def _sample(self, raws: list[msgspec.Raw]) -> None:
        """Make the decoder, from the first block that has points."""
        if not raws:
            return
        samples = [raws[place] for place in sorted({0, len(raws) // 2, len(raws) - 1})]
        self._sampled = True
        self._decoder = BlockDecoder.of(samples, list(self._context.labels), self._context.code)
        if self._decoder is not None:
            self._labels = array("i", [self._context.labels[name] for name in self._decoder.names])

    def _block(self, block: bytes) -> list[Point] | None:
        """The points of a block; None if it is for the other reader."""
        if self._decoder is None or not self._decoder.suits(block):
            return None
        decoded = self._decoder.decode(block)
        if decoded is None:
            return None
        times, values = decoded
        present, used = self._marks(values)
        # Each key has one colon, and nothing else has: as many colons as figures and times mean that no key was there
        # twice, and that no figure that was sent equals an absent one.
        if present.true_count + len(times) != block.count(b":") or min(times, default=0) < 0:
            return None
        return self._kept(times, values, present, used)

    def _marks(self, values: array[Any]) -> tuple[pa.BooleanArray, pa.BooleanArray]:
        """Which figures are present, and which of them are more than zero."""
        import pyarrow.compute as pc

        figures, zero = as_arrow(values), scalar(0, self._context.code)
        return pc.greater_equal(figures, zero), pc.greater(figures, zero)

    def _kept(
        self, times: list[int], values: array[Any], present: pa.BooleanArray, used: pa.BooleanArray
    ) -> list[Point]:
        """Points whose figures are in the scratch file, one point's after the other's."""
        place, width = self._context.figures.append(values), len(self._labels)
        if used.true_count == len(values):  # nothing absent, nothing zero
            if any(time in self._context.keep for time in times):
                self._seen.update(self._labels)
            return [
                Point(time, self._labels, place + number * width * 8, width, width) for number, time in enumerate(times)
            ]
        points, masks = [], []
        for number, time in enumerate(times):
            here = present.slice(number * width, width)
            usage = used.slice(number * width, width).true_count
            points.append(Point(time, self._labels, place + number * width * 8, here.true_count, usage))
            if time in self._context.keep:
                masks.append(here)
        self._seen.update(_any_of(masks, self._labels))
        return points


def _any_of(masks: list[pa.BooleanArray], labels: array[int]) -> set[int]:
    """The labels that any of the masks has."""
    import pyarrow.compute as pc

    if not masks:
        return set()
    seen = masks[0]
    for mask in masks[1:]:
        seen = pc.or_(seen, mask)
    return set(compress(labels, seen.to_pylist()))
