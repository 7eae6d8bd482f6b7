"""The check ``groups``: groups of an additive metric against its ungrouped total, where both lie in one destination."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_ldusage.checks.check import MAX_NAMED, Check, LoadedDays
from airflow_provider_ldusage.checks.figures import agree, sums_by_time
from airflow_provider_ldusage.checks.settled import is_final, settled
from airflow_provider_ldusage.checks.stored_days import consecutive, rows_of_days
from airflow_provider_ldusage.days import DAY, moment_named, month_start, ranges_text
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.finding import find_totals
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.log_text import counted, fitted, table_named

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.rows.day import Rows

log = logging.getLogger(__name__)

MAX_APART = timedelta(hours=1)
"""Two tables that are asked within this time are of one run, or of runs of one schedule."""
MAX_DAYS_BACK = 31
"""How many days before those that were loaded may have waited for their total: a month, and so any look-back's."""
Sums = Mapping[int, Any]
"""By time in ms, the sum over all series."""


@dataclass(frozen=True)
class DaySums:
    """What is kept of a day.

    :param by_time: by time in ms, the sum over all series, and how many these are
    :param present: of month-to-date figures, a bit for each series that has rows
    """

    by_time: Mapping[int, tuple[Any, int]]
    present: int = 0


@dataclass(frozen=True)
class Total:
    """A table of the same figures without groups.

    :param state: what is known of its days
    """

    target: TableSlice
    state: State

    @classmethod
    def of(cls, target: TableSlice) -> Total:
        """Read what is known of a table's days.

        :raises StoreError: the store cannot be read
        """
        return cls(target, target.state_file().read()[0])

    def sums(self, days: Collection[date]) -> dict[date, Sums]:
        """The figures of those of the days that are stored and have any.

        :raises StoreError: the store cannot be read
        """
        with ThreadPoolExecutor(self.target.store.parallel, thread_name_prefix="ldusage-check") as pool:
            read = pool.map(lambda day: self.target.read(day, ["time", "value"]), days)
            return {
                day: _sums_in(table) for day, table in zip(days, read, strict=True) if table is not None and len(table)
            }


class Comparison(NamedTuple):
    """A total, and the days that can be compared with it.

    :param loaded: of those that were loaded
    :param waited: days before them
    """

    total: Total
    loaded: list[date]
    waited: list[date]


class Groups(Check[DaySums]):
    """Groups that do not add up to their total. Notes the sums over all series, by time.

    Compared are the days that were loaded and, where the total was loaded after the last load of the groups, the days
    that this load has not asked for again. Left out are days that one of the two has no rows for, and those that are
    not :func:`comparable`; and of month-to-date figures those where a series of earlier in the month has no figure, or
    whose month is not there from its beginning, since a series without usage that day may then be absent.
    """

    name = "groups"

    def applies(self) -> bool:
        """To groups that add up."""
        metric = self.query.metric
        return metric.is_series and bool(self.query.group_by) and metric.adds_up_by(self.query.group_by)

    def note(self, rows: Rows) -> DaySums | None:
        """The sums of a day, if there is a total to compare them with."""
        if not self._totals or isinstance(self._totals, StoreError):
            return None
        return day_sums(rows, self.series if self.query.cumulative else None)

    def run(self, days: LoadedDays[DaySums]) -> list[str] | None:
        """See :meth:`.Check.run`."""
        if isinstance(self._totals, StoreError):
            raise self._totals
        if not self._totals:
            return None
        # One of several may be left over from a trial: it has few of the days, or none.
        candidates = (_comparison(days, Total.of(each)) for each in self._totals)
        total, loaded, waited = max(candidates, key=lambda each: len(each.loaded) + len(each.waited))
        judged = {*loaded, *waited}
        parts = [days.notes, *self._earlier(days.target, waited)]
        found = {day: sums for part in parts for day, sums in sums_by_day(part, monthly=self.query.cumulative)}
        sums = {day: found[day] for day in sorted(found) if day in judged}
        against = total.sums(sums)
        log.info(
            "Check groups: %d of %d days can be compared with table %s",
            len(against), len(days.notes) + len(waited), total.target.table.name,
        )  # fmt: skip
        if not against:
            return None
        wrong = {day: text for day in against if (text := self._difference(days.state, total, day, sums, against))}
        return findings(days.target.table.name, total.target.table.name, wrong)

    def _difference(
        self, state: State, total: Total, day: date, sums: Mapping[date, Sums], against: Mapping[date, Sums]
    ) -> str | None:
        """The first time of a day at which the groups do not add up, with both figures."""
        mine, theirs = sums[day], against[day]
        # Of month-to-date figures, times at which a series is absent have no sum.
        for when in sorted(mine if self.query.cumulative else mine.keys() | theirs.keys()):
            one, other = mine.get(when, 0), theirs.get(when, 0)
            if not agree(one, other) and not _grew_between(state, total.state, day, one - other):
                return f"{one:,} against {other:,} on {moment_named(when)}"
        return None

    def _earlier(self, target: TableSlice, waited: Collection[date]) -> list[dict[date, DaySums | None]]:
        """Some days of the table of groups as they are stored, each run of days by itself; of month-to-date figures
        with those before them in their months, unless one of them is missing."""
        days = set(waited)
        if self.query.cumulative:
            days |= {day.replace(day=number) for day in waited for number in range(1, day.day)}
        if not days:
            return []
        rows = rows_of_days(target, sorted(days))
        return consecutive({day: self.note(here) for day, here in rows.items() if here is not None})

    @cached_property
    def _totals(self) -> list[TableSlice] | StoreError:
        """The tables of the total, of which there is rarely more than one; the error if they are unknown."""
        store, mine = self.target.store, self.target.table
        try:
            found = find_totals(store, Table.of(mine.name, replace(self.query, group_by=()), mine.account))
        except StoreError as error:
            return error
        if not found:
            log.info(
                "Check groups: left out, as the total of table %s is not loaded (%s without group_by)",
                mine.name, self.query.metric.name,
            )  # fmt: skip
        return [TableSlice(store, table, self.query.slice) for table in found]


def day_sums(rows: Rows, series: SeriesNumbers | None) -> DaySums | None:
    """What to keep of a day's rows; None if there are none.

    :param series: None unless the figures are month-to-date
    """
    if not len(rows):
        return None
    return DaySums(
        sums_by_time(rows.numbers["time"], rows.numbers["value"]), 0 if series is None else series.present(rows)
    )


def comparable(state: State, other: State, day: date) -> bool:
    """Whether two tables were asked about a day such that their figures are of the same usage.

    Either both were asked after it had settled; or both hold it as final, by a shorter look-back of their own, and were
    asked within :data:`MAX_APART`.
    """
    if settled(state, day) and settled(other, day):
        return True
    if not (is_final(state, day) and is_final(other, day)):
        return False
    mine, theirs = state.asked_at(day), other.asked_at(day)
    return mine is not None and theirs is not None and abs(mine - theirs) <= MAX_APART


def sums_by_day(days: Mapping[date, DaySums | None], *, monthly: bool) -> Iterator[tuple[date, Sums]]:
    """For each day that can be judged, its sums.

    :param days: consecutive ones
    :param monthly: the figures are month-to-date
    """
    seen, whole = 0, False
    for day in sorted(days):
        if day == month_start(day):
            seen, whole = 0, True
        if not (here := days[day]):
            continue
        if not monthly:
            yield day, {when: total for when, (total, _) in here.by_time.items()}
            continue
        seen |= here.present
        sums = {when: total for when, (total, count) in here.by_time.items() if count == seen.bit_count()}
        if whole and sums:
            yield day, sums


def findings(table: str, total: str, wrong: Mapping[date, str]) -> list[str]:
    """One line for all days on which the groups do not add up.

    :param wrong: for each of them, what differs
    """
    if not wrong:
        return []
    head = (
        f"on {counted(len(wrong), 'day')}, {ranges_text(wrong, 2)}, the groups of table {table_named(table)} "
        f"do not add up to table {table_named(total)}. Load both again: "
    )
    return [fitted(head, [wrong[day] for day in sorted(wrong)[:MAX_NAMED]], len(wrong), spare=len("groups: "))]


def _grew_between(state: State, other: State, day: date, more: Any) -> bool:
    """Whether groups may differ from their total by usage that was counted between the two questions: before a day has
    settled, its figures grow.

    :param more: by how much the groups are more than the total
    """
    asked, total_asked = state.asked_at(day), other.asked_at(day)
    if (settled(state, day) and settled(other, day)) or asked is None or total_asked is None:
        return False
    return bool(more > 0 if asked >= total_asked else more < 0)


def _comparison(days: LoadedDays[DaySums], total: Total) -> Comparison:
    waited = _waited(days.first, days.state, days.before, total.state)
    return Comparison(
        total,
        [day for day in days.notes if comparable(days.state, total.state, day)],
        [day for day in waited if comparable(days.state, total.state, day)],
    )


def _waited(first: date, state: State, before: State | None, other: State) -> list[date]:
    """Days before those that were loaded, of which the total has been asked for since the last load of the groups: that
    load could not compare them, and the next one will not come back to them."""
    last = max((each.asked_at for each in before.days.values() if each.asked_at), default=None) if before else None
    if before is None or last is None:
        return []
    days = [first - back * DAY for back in range(MAX_DAYS_BACK, 0, -1)]
    return [
        day for day in days
        if (asked := other.asked_at(day)) and asked > last and state.asked_at(day) == before.asked_at(day)
    ]  # fmt: skip


def _sums_in(found: pa.Table) -> Sums:
    """The sums of a stored day, by time in ms."""
    import pyarrow as pa

    times, values = (found.column(name).combine_chunks() for name in ("time", "value"))
    return {when: total for when, (total, _) in sums_by_time(times.cast(pa.int64()), values).items()}
