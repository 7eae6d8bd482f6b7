"""Where a meter stands against its plan, and what of that is news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.meter_rows import MeterRow
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.log_text import shown

PASSED = "passed"
EXPECTED = "expected to be passed"
WITHIN = "within the plan"
NO_PLAN = "no plan"
_HISTORY = "told"
"""The field of the state of ``usage_meters`` that has the history of alerts."""

Mark = float | str
"""What a meter has reached: a part of the plan, such as ``0.7``, or :data:`PASSED` or :data:`EXPECTED`."""


class Alerted(NamedTuple):
    """What reports have said of a meter within a period and a plan: alerts that are not given again.

    :param period_start: ISO 8601
    :param included: by the plan; of a plan with another amount, nothing was said
    """

    period_start: str
    included: float | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Verdict:
    """Where a meter stands against its plan.

    :param row: the meter's last row
    :param marks: what it has reached
    :param news: those that no report of an earlier day has said
    """

    row: MeterRow
    marks: tuple[Mark, ...]
    news: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """The gravest mark for people: ``at 90% of the plan or more``."""
        if self.row.included is None:
            return NO_PLAN
        if PASSED in self.marks:
            return "the plan is passed"
        if EXPECTED in self.marks:
            return f"expected to pass the plan on {self.row.exceeds_on}"
        parts = [mark for mark in self.marks if isinstance(mark, float)]
        return f"at {100 * max(parts):g}% of the plan or more" if parts else WITHIN


@dataclass(frozen=True)
class AlertHistory:
    """What reports have said of each meter.

    :param day: of the report that is being made
    :param before: meter -> what was said of it on earlier days
    :param by_now: on this day too
    """

    day: date
    before: Mapping[str, Alerted] = field(default_factory=dict)
    by_now: Mapping[str, Alerted] = field(default_factory=dict)

    def to_json(self, verdicts: Iterable[Verdict]) -> dict[str, Any]:
        """Return fields for the state: what is said now too, and what a second try needs to say the same.

        :param verdicts: the report's
        """
        now = {each.row.meter: self._after(each) for each in verdicts}
        said = {"before": self.before, "now": {**self.by_now, **now}}
        noted = {when: {meter: [*one[:2], [*one.marks]] for meter, one in each.items()} for when, each in said.items()}
        return {_HISTORY: {"day": self.day.isoformat(), **noted}}

    def _after(self, found: Verdict) -> Alerted:
        """What is said of a meter once this is: an earlier report of the day may have said what holds no more."""
        said = [_known(found.row, each.get(found.row.meter)) for each in (self.before, self.by_now)]
        marks = dict.fromkeys(mark for each in (*said, found.marks) for mark in each)
        return Alerted(*_plan(found.row), tuple(marks))


def alert_history(state: State, day: date) -> AlertHistory:
    """Find what reports before one have said.

    :param state: of ``usage_meters``, as the report has found it
    :param day: of the report
    """
    noted = state.other.get(_HISTORY)
    if not isinstance(noted, Mapping):
        return AlertHistory(day)
    before, by_now = (
        {meter: Alerted(start, included, tuple(marks)) for meter, (start, included, marks) in noted[when].items()}
        for when in ("before" if noted["day"] == day.isoformat() else "now", "now")
    )
    return AlertHistory(day, before, by_now)


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


def verdict(row: MeterRow, alerted: Alerted | None, warn_at: Sequence[float]) -> Verdict:
    """Judge a meter.

    :param row: its last row
    :param alerted: what was said of it; None, or of an earlier period or another plan: everything is news
    """
    marks, known = _marks(row, warn_at), _known(row, alerted)
    return Verdict(row, marks, tuple(mark for mark in marks if mark not in known))


def _known(row: MeterRow, alerted: Alerted | None) -> tuple[Mark, ...]:
    return alerted.marks if alerted is not None and alerted[:2] == _plan(row) else ()


def _plan(row: MeterRow) -> tuple[str, float | None]:
    return row.period.start.isoformat(), row.included


def _marks(row: MeterRow, warn_at: Sequence[float]) -> tuple[Mark, ...]:
    if row.included is None or row.period_to_date is None:
        return ()
    passed = [PASSED] if row.period_to_date > row.included else []
    expected = [EXPECTED] if row.exceeds_on is not None and not passed else []
    parts = [part for part in warn_at if row.included and row.period_to_date >= part * row.included]
    return (*parts, *passed, *expected)


def _no_parts(found: object) -> UsageArgumentError:
    return UsageArgumentError(
        f"warn_at={shown(found)} is no list of parts of the plan.",
        "Give numbers such as (0.7, 0.9), for 70 % and 90 % of what is included.",
    )
