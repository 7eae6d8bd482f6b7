"""What a forecast says of a billing period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

COUNTED = "counted"
TOO_LITTLE_HISTORY = "too little history"


@dataclass(frozen=True, slots=True)
class Forecast:
    """A period's figure so far, and the one expected at its end, both in the meter's unit.

    :param counted: through the last complete day; None: no figure yet
    :param method: how it was forecast; with too little history the figures below are None
    :param total: at the period's end; never below what is counted
    :param low: the period ends at or above this figure nine times out of ten
    :param high: the period ends at or below this figure nine times out of ten
    :param path: day of the period -> figure at its end, counted or expected; ends at ``total``
    """

    counted: float | None
    method: str = TOO_LITTLE_HISTORY
    total: float | None = None
    low: float | None = None
    high: float | None = None
    path: Mapping[date, float] = field(default_factory=dict)

    def exceeds_on(self, limit: float) -> date | None:
        """The first day of the period at whose end the figure is above a limit; None: it is not expected to be."""
        return next((day for day, figure in sorted(self.path.items()) if figure > limit), None)
