"""The points of a usage answer, and what reads them.

Two readers have the interface :class:`PointReader`: :class:`.fast_reader.FastReader` decodes a block of points at a
time, and hands those that are not as it expects to :class:`.exact_reader.ExactReader`, which decodes them one by one,
and reads them after all or says what is wrong.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Point:
    """One point of an answer. Its figures, eight bytes each, are in a scratch file.

    :param time: ms since the epoch
    :param labels: for each figure, the number of its label
    :param place: where the figures begin in the scratch file
    :param count: how many figures there are. If these are fewer than ``labels``, the others are absent: negative
        integers or NaN, neither of which an answer may have.
    :param usage: how many figures are more than zero
    """

    time: int
    labels: array[int]
    place: int
    count: int
    usage: int


@dataclass(frozen=True)
class PointContext:
    """What the points of one answer refer to, and where their figures go.

    :param code: type code of the figures: ``q`` for whole numbers, ``d`` for others
    :param labels: series key -> number of its label, in the order of the answer's metadata
    :param figures: the scratch file that takes the figures
    :param keep: times (ms) of the points whose series count as seen
    """

    code: str
    labels: Mapping[str, int]
    figures: Scratch
    keep: range


class PointReader(Protocol):
    """Reads the points of one answer, a block at a time."""

    @property
    def seen(self) -> set[int]:
        """Numbers of the labels that have a figure at a time to keep."""

    def read(self, block: bytes) -> list[Point]:
        """The points of a JSON list, in its order.

        :raises AnswerError: saying what does not fit the contract
        """
