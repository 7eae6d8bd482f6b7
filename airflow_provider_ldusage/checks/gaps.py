"""The check ``gaps``: usage that was there day by day, and is missing.

Little usage rests on some days, and that is no gap. So a day counts as missing only after :data:`EVIDENCE` days without
an exception:

- a table that has rows on the same days of each week, and has none on such a day. It is reported on each of its days,
  for :data:`.regularity.MAX_OUTAGE` days; then it has stopped
- a series that is there every day, and is absent for :data:`.regularity.MAX_REST` days at most. One that stays away has
  ended

What is made of a few sparse sources shows in figures that are far apart, so the lowest figure is never less than a
:data:`.regularity.SHARE` of the highest on the same day of the week. An outage that was reported is left out of the
evidence: what was regular before it is still expected after it. A second one within the same evidence is not, since a
table that rests time and again is sparse.

The days before those that were loaded are read from the table, the latest first, and only as long as there is something
left that they may clear. Figures are read where presence alone does not decide.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from airflow_provider_ldusage.checks.check import MAX_NAMED, Check, LoadedDays
from airflow_provider_ldusage.checks.figures import sums_by_label
from airflow_provider_ldusage.checks.regularity import MAX_OUTAGE, Presence, Regularity, presence_bits
from airflow_provider_ldusage.checks.settled import is_early, is_final, settled
from airflow_provider_ldusage.days import DAY, ranges_text
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.log_text import counted, fitted, table_named
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.rows.labels import Label

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.rows.day import Rows

EVIDENCE = 56
"""Days: each day of the week eight times."""


@dataclass(frozen=True)
class Missing:
    """What is missing.

    :param days: without any rows
    :param series: for each series that misses a day, its number, the days
    """

    days: Sequence[date]
    series: Mapping[int, Sequence[date]]


class Gaps(Check[int]):
    """Days without rows, and series without a figure. Notes which series have rows: a bit for each."""

    name = "gaps"

    def applies(self) -> bool:
        """Not for month-to-date figures: what is missing for a day is in the next day's."""
        return self.query.metric.history is not History.SNAPSHOT and not self.query.cumulative

    def note(self, rows: Rows) -> int | None:
        """The series that have rows; items of lists may come and go."""
        return presence_bits(rows, self.series if self.query.metric.is_series else None) or None

    def run(self, days: LoadedDays[int]) -> list[str] | None:
        """See :meth:`.Check.run`."""
        loaded = {day: note or 0 for day, note in days.notes.items()}
        presence = Presence(loaded, self.series, lambda day: self._figures(days.target, day))
        judged = [day for day in loaded if settled(days.state, day) or is_final(days.state, day)]
        judged += _empty_before(presence, days.first, days.state)
        if not judged:
            return None
        early = [day for day in judged if is_early(days.state, day)]
        missing = find(presence, judged, is_series=self.query.metric.is_series, early=early)
        return findings(days.target.table.name, presence, missing)

    def _figures(self, target: TableSlice, day: date) -> dict[Label, float] | None:
        texts = [column.name for column in target.table.schema if column.type == "string"]
        read = target.read(day, ["value", *texts] if self.query.metric.is_series else texts)
        return None if read is None else sums_by_label(read)


def find(presence: Presence, judged: Collection[date], *, is_series: bool, early: Collection[date] = ()) -> Missing:
    """What is missing on the days that are judged.

    :param judged: some of the days that were loaded, or days before them
    :param is_series: the rows are of series; else of lists, whose items may come and go
    :param early: those of the days that were asked for so early that their usage may not have been counted: without
        rows, they are missing only where a later day of those that were loaded has some
    """
    regular = Regularity(presence, EVIDENCE, is_series=is_series)
    without_rows: list[date] = []
    absent: dict[int, list[date]] = {}
    last = max((day for day, bits in presence.loaded.items() if bits), default=None)
    for day in sorted(judged):
        if not presence.on(day):
            if (day not in early or (last is not None and day < last)) and regular.misses(day):
                without_rows.append(day)
        elif is_series:
            for number in regular.absent(day):
                absent.setdefault(number, []).append(day)
    return Missing(without_rows, absent)


def findings(table: str, presence: Presence, missing: Missing) -> list[str]:
    """One line for the days without rows, one for the series without figures."""
    found, series = [], presence.series
    if missing.days:
        on = ranges_text(missing.days, 2)
        found.append(
            f"table {table_named(table)} has no rows on {counted(len(missing.days), 'day')}, {on}, "
            f"and had some on each such day of the week in the {EVIDENCE} days before"
        )
    if missing.series:
        on = ranges_text({day for days in missing.series.values() for day in days}, 2)
        count = len(missing.series)
        head = (
            f"{count} series of table {table_named(table)} have no figure on {on}, and had one on each of the "
            f"{EVIDENCE} days before: "
        )
        names = [
            f"{series.name(number)} on {ranges_text(missing.series[number], 2)}"
            for number in series.ordered(missing.series)[:MAX_NAMED]
        ]
        found.append(fitted(head, names, count, spare=len("gaps: ")))
    return found


def _empty_before(presence: Presence, first: date, state: State) -> list[date]:
    """The days without rows right before those that were loaded, where they were final at once: the loads that brought
    them could not tell whether usage was still to come."""
    found: list[date] = []
    day = first - DAY
    while is_final(state, day) and is_early(state, day) and presence.on(day) == 0 and len(found) < MAX_OUTAGE:
        found.append(day)
        day -= DAY
    return found
