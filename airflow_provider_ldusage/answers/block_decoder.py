"""Decodes blocks of points whose series keys are in one order.

Allocating a dict per point dominates decoding, so a struct is generated whose fields are the answer's series keys: no
key becomes a string, and a key that a point lacks keeps the field's default. Its lookups are fast only in the order of
its fields.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers.jsontext import decoders

if TYPE_CHECKING:
    import msgspec

ABSENT = {"q": -1, "d": float("nan")}
"""Type code -> figure of a key that a point lacks. Figures that are sent are never negative."""
SAMPLE = 400  # bytes of a block in which the order of its keys is looked at
MAX_CELLS_PER_FIGURE = 4  # sparser blocks take longer than decoding their points one by one
_KEY = re.compile(rb'"([0-9]+)"')


class BlockDecoder:
    """Decodes points into their times and figures.

    :param names: the series keys, in the order of the points
    :param code: type code of the figures: ``q`` or ``d``
    """

    def __init__(self, names: Sequence[str], code: str) -> None:
        self.names = tuple(names)
        self._code = code
        self._places = {name: place for place, name in enumerate(names)}

    @classmethod
    def of(cls, samples: Sequence[msgspec.Raw], keys: Sequence[str], code: str) -> BlockDecoder | None:
        """The decoder for an answer, or None if its points have no common order of keys.

        :param samples: some of its points
        :param keys: all its series keys, in the order of its metadata
        """
        names = _common_order(samples, keys)
        return None if names is None else cls(names, code)

    def suits(self, block: bytes) -> bool:
        """Whether this is a fast way to decode a block.

        Every cell takes time, be there a figure or not, and points with their keys in another order take the square of
        the time. Only the block's beginning is looked at.
        """
        points = block.count(b"}")
        figures = block.count(b":") - points
        if points * len(self.names) > MAX_CELLS_PER_FIGURE * max(figures, 1):
            return False
        keys = [name.decode() for name in _KEY.findall(block[:SAMPLE].partition(b"}")[0])]
        return _ascending([self._places.get(name, -1) for name in keys])

    def decode(self, block: bytes) -> tuple[list[int], array[Any]] | None:
        """The times (ms) of a block's points, and the figures of all names for each point in turn, absent ones as
        :data:`ABSENT`. None if any point is not as expected; points that lost a duplicate key are not noticed here.
        """
        import msgspec

        times, values = [], array(self._code)
        try:
            for point in self._decoder.decode(block):
                found = msgspec.structs.astuple(point)
                times.append(found[0])
                values.extend(array(self._code, found[1:]))
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
            return None
        return times, values

    @cached_property
    def _decoder(self) -> Any:
        import msgspec

        kind, absent = (float if self._code == "d" else int), ABSENT[self._code]
        fields: list[tuple[str, type, Any]] = [("time", int, -1), *((f"_{name}", kind, absent) for name in self.names)]
        point = msgspec.defstruct("Point", fields, rename=_series_key, gc=False, forbid_unknown_fields=True)
        return msgspec.json.Decoder(list[point])  # type: ignore[valid-type]


def _common_order(samples: Sequence[msgspec.Raw], keys: Sequence[str]) -> Sequence[str] | None:
    """An order of all keys in which each sample has its own; None where no order is found."""
    import msgspec

    known: Mapping[str, None] = dict.fromkeys(keys)
    try:
        found = [[name for name in decoders().numbers.decode(raw) if name in known] for raw in samples]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    for names in (keys, sorted(keys), max(found, key=len, default=[])):
        places = {name: place for place, name in enumerate(names)}
        if names and len(names) == len(keys) and all(_ascending([places[name] for name in each]) for each in found):
            return names
    return None


def _series_key(field: str) -> str:
    return field.lstrip("_")


def _ascending(numbers: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))
