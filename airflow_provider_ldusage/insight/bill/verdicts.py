"""What a meter's row says of the plan, and whether it has just begun to say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.meter_rows import MeterRow
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.log_text import shown

PASSED = "passed"
EXPECTED = "expected to be passed"
WITHIN = "within the plan"
NO_PLAN = "no plan"
_TOLD = "told"


@dataclass(frozen=True)
class Verdict:
    """Where a meter stands against its plan.

    :param row: the meter's last row
    :param marks: what it has reached: parts of the plan, such as ``0.7``, and words
    :param news: those that it had not reached by the last report of an earlier day
    """

    row: MeterRow
    marks: tuple[float | str, ...]
    news: tuple[float | str, ...]

    @property
    def text(self) -> str:
        """The gravest mark for people: ``over 90 % of the plan``."""
        if self.row.included is None:
            return NO_PLAN
        if PASSED in self.marks:
            return "the plan is passed"
        if EXPECTED in self.marks:
            return f"expected to pass the plan on {self.row.exceeds_on}"
        parts = [mark for mark in self.marks if isinstance(mark, float)]
        return f"at {max(parts):.0%} of the plan or more" if parts else WITHIN


@dataclass(frozen=True)
class Told:
    """The days that news is told by.

    :param day: the last day of the report
    :param before: the last day of the report before it; None if there was none
    """

    day: date
    before: date | None

    def to_json(self) -> dict[str, Any]:
        """Fields of the state, which tell a second try what the first one knew."""
        return {_TOLD: [self.day.isoformat(), self.before and self.before.isoformat()]}


def told_before(state: State, day: date) -> Told:
    """Find the last report before one.

    :param state: of ``usage_meters``, as the report has found it
    :param day: the last day of the report
    """
    noted = state.other.get(_TOLD)
    if noted and noted[0] == day.isoformat():
        return Told(day, date.fromisoformat(noted[1]) if noted[1] else None)
    return Told(day, max((each for each in state.days if each < day), default=None))


def check_warn_at(warn_at: object) -> tuple[float, ...]:
    """Return the argument ``warn_at`` in order, if it is valid.

    :raises UsageArgumentError: it is no list of parts of the plan
    """
    if isinstance(warn_at, str | bytes) or not isinstance(warn_at, Iterable):
        raise _no_parts(warn_at)
    found = list(warn_at)
    if any(isinstance(part, bool) or not isinstance(part, int | float) or not 0 < part <= 10 for part in found):
        raise _no_parts(warn_at)
    return tuple(sorted(float(part) for part in found))


def verdict(row: MeterRow, before: MeterRow | None, warn_at: Sequence[float]) -> Verdict:
    """Judge a meter.

    :param row: its last row
    :param before: the row to tell news by; None, or one of an earlier period: everything is news
    """
    marks = _marks(row, warn_at)
    known = _marks(before, warn_at) if before is not None and before.period == row.period else ()
    return Verdict(row, marks, tuple(mark for mark in marks if mark not in known))


def _marks(row: MeterRow, warn_at: Sequence[float]) -> tuple[float | str, ...]:
    if row.included is None or row.period_to_date is None:
        return ()
    passed = [PASSED] if row.period_to_date > row.included else []
    expected = [EXPECTED] if row.exceeds_on is not None and not passed else []
    return (*(part for part in warn_at if row.period_to_date >= part * row.included), *passed, *expected)


def _no_parts(found: object) -> UsageArgumentError:
    return UsageArgumentError(
        f"warn_at={shown(found)} is no list of parts of the plan.",
        "Give numbers such as (0.7, 0.9), for 70 % and 90 % of what is included.",
    )
