"""The check ``groups``: groups of an additive metric against its ungrouped total, where both lie in one destination."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.checks.table_view import stored_rows, together
from airflow_provider_ldusage.days import SETTLING_DAYS, ranges_text
from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake.layout import day_file, table_file
from airflow_provider_ldusage.lake.state import State, StateFile, Status
from airflow_provider_ldusage.lake.stored import rows_in
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.log_text import fitted, table_named
from airflow_provider_ldusage.rows.arrow import code_of, scalar, view

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.rows.day import Day, Rows

log = logging.getLogger(__name__)

TOLERANCE = 1e-6  # of a float: what a sum of rounded parts may differ by, relatively and absolutely
NAMED = 5
TOGETHER = timedelta(hours=1)
"""Two tables that are asked within this time are of one run, or of runs of one schedule."""
REACH = 31
"""How many days before those that were loaded may have waited for their total: a month, and so any look-back's."""
Sums = dict[int, Any]


def groups(
    store: Store,
    table: Table,
    query: UsageQuery,
    days: Mapping[date, Day | None],
    state: State,
    before: State | None = None,
) -> list[str] | None:
    """Days on which the groups do not add up to the stored total; None where none can be compared.

    Compared are the days that were loaded and, where the total was loaded after the last load of the groups, the days
    that this one has not asked for again. Left out are days that one of the two has no rows for, and those that are not
    :func:`comparable`; and of month-to-date figures those where a series of earlier in the month has no figure, or
    whose month is not there from its beginning, since a series without usage that day may then be absent.

    :param state: what is known of the days in the table of groups
    :param before: what was known of them before this load; None: only the days that were loaded are compared
    :raises StoreError: if the tables cannot be read
    """
    total = _total(store, table, query)
    if total is None:
        return None
    known, _ = StateFile(store, total.name, query.slice, total.id).read()
    waited = [day for day in _waited(min(days), state, before, known) if comparable(state, known, day)]
    judged = {day for day in days if comparable(state, known, day)} | set(waited)
    parts = [days, *_stored(store, table, query, waited)]
    found = {day: sums for part in parts for day, sums in sums_by_day(part, monthly=query.cumulative)}
    sums = {day: found[day] for day in sorted(found) if day in judged}
    with ThreadPoolExecutor(store.parallel, thread_name_prefix="ldusage-check") as pool:
        read = pool.map(lambda day: read_day(store, total, query.slice, day, ["time", "value"]), sums)
        stored = {day: _sums(found) for day, found in zip(sums, read, strict=True) if found is not None and len(found)}
    log.info(
        "Check groups: %d of %d days can be compared with table %s", len(stored), len(days) + len(waited), total.name
    )
    if not stored:
        return None
    wrong: dict[date, str] = {}
    for day, against in stored.items():
        for when in sorted(sums[day] if query.cumulative else sums[day].keys() | against.keys()):
            mine, theirs = sums[day].get(when, 0), against.get(when, 0)
            if not agree(mine, theirs) and not _came_late(state, known, day, mine - theirs):
                wrong.setdefault(day, f"{mine:,} against {theirs:,} on {_moment(when)}")
    if not wrong:
        return []
    head = (
        f"on {len(wrong)} days, {ranges_text(wrong, 2)}, the groups of table {table_named(table.name)} do not add up "
        f"to table {table_named(total.name)}. Load both again: "
    )
    return [fitted(head, [wrong[day] for day in sorted(wrong)[:NAMED]], len(wrong), spare=len("groups: "))]


def comparable(state: State, other: State, day: date) -> bool:
    """Whether two tables were asked about a day such that their figures are of the same usage.

    Either both were asked after it had settled; or both hold it as final, by a shorter look-back of their own, and were
    asked within :data:`TOGETHER`.
    """
    if settled(state, day) and settled(other, day):
        return True
    if not (is_final(state, day) and is_final(other, day)):
        return False
    mine, theirs = state.asked_at(day), other.asked_at(day)
    return mine is not None and theirs is not None and abs(mine - theirs) <= TOGETHER


def _came_late(state: State, known: State, day: date, more: Any) -> bool:
    """Whether groups may differ from their total by usage that was counted between the two questions: before a day has
    settled, its figures grow.

    :param more: by how much the groups are more than the total
    """
    asked, total_asked = state.asked_at(day), known.asked_at(day)
    if (settled(state, day) and settled(known, day)) or asked is None or total_asked is None:
        return False
    return bool(more > 0 if asked >= total_asked else more < 0)


def _waited(first: date, state: State, before: State | None, known: State) -> list[date]:
    """Days before those that were loaded, of which the total has been asked for since the last load of the groups: that
    load could not compare them, and the next one will not come back to them."""
    last = max((each.asked_at for each in before.days.values() if each.asked_at), default=None) if before else None
    if before is None or last is None:
        return []
    days = [first - timedelta(days=back) for back in range(REACH, 0, -1)]
    return [
        day for day in days
        if (asked := known.asked_at(day)) and asked > last and state.asked_at(day) == before.asked_at(day)
    ]  # fmt: skip


def _stored(store: Store, table: Table, query: UsageQuery, wanted: Sequence[date]) -> list[Mapping[date, Day | None]]:
    """Some days of the table of groups as they are stored, each run of days by itself; of month-to-date figures with
    those before them in their months, unless one of them is missing."""
    if not wanted:
        return []
    days = set(wanted)
    if query.cumulative:
        days |= {day.replace(day=number) for day in wanted for number in range(1, day.day)}
    with ThreadPoolExecutor(store.parallel, thread_name_prefix="ldusage-check") as pool:
        rows = pool.map(lambda day: stored_rows(store, table, query.slice, day), sorted(days))
        found = {day: here for day, here in zip(sorted(days), rows, strict=True) if here is not None}
    return list(together([found]))


def sums_by_day(days: Mapping[date, Day | None], *, monthly: bool) -> Iterator[tuple[date, Sums]]:
    """For each day that can be judged, the sum over all series by time (ms)."""
    seen = 0
    whole = False
    for day in sorted(days):
        if day.day == 1:
            seen, whole = 0, True
        if not (rows := days[day]):
            continue
        columns = rows.whole().numbers
        found = _by_time(columns["time"], columns["value"])
        if not monthly:
            yield day, {when: total for when, (total, _) in found.items()}
            continue
        seen |= rows.present
        sums = {when: total for when, (total, count) in found.items() if count == seen.bit_count()}
        if whole and sums:
            yield day, sums


def agree(mine: Any, theirs: Any) -> bool:
    """Whole numbers are the same; floats within :data:`TOLERANCE`."""
    if isinstance(mine, float) or isinstance(theirs, float):
        return math.isclose(mine, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(mine == theirs)


def read_day(store: Store, table: Table, slice_: Mapping[str, str], day: date, columns: Sequence[str]) -> Any:
    """Some columns of a stored day as an Arrow table, with the types and in the order of the table's description; None
    where there is no such file, or one that does not hold them.

    :raises StoreError: if the store cannot be read
    """
    name = day_file(table.name, day, slice_)
    data = store.read(name)
    return None if data is None else rows_in(data, tuple(c for c in table.schema if c.name in columns), name)


def _total(store: Store, table: Table, query: UsageQuery) -> Table | None:
    """The table of the same figures without groups, under its default name; None where there is none."""
    ungrouped = replace(query, group_by=())
    total = Table.of(ungrouped.default_table, ungrouped, table.account)
    if store.read(table_file(total.name)) is None:
        log.info("Check groups: left out, as the total is not loaded (table %s)", total.name)
        return None
    try:
        return total.opened(store)
    except StoreError:
        raise
    except LakeError as error:
        log.info("Check groups: left out, as table %s is not the total of this one: %s", total.name, error)
        return None


def settled(state: State, day: date) -> bool:
    """Whether a day was last asked for when its figures had settled."""
    asked_at = state.asked_at(day)
    end = datetime.combine(day + timedelta(days=1), time(), timezone.utc)
    return asked_at is not None and asked_at >= end + timedelta(days=SETTLING_DAYS)


def is_final(state: State, day: date) -> bool:
    """Whether a day was last asked for when it was settled by the look-back of its load."""
    return state.status(day) is Status.FINAL


def figures(rows: Rows) -> tuple[Iterable[int], Iterable[int], Iterable[Any]]:
    """Label numbers, times and values of rows that there are, over Arrow's memory: iterating costs no Arrow scalars."""
    value = rows.numbers["value"]
    return view(rows.codes, "i"), view(rows.numbers["time"], "q"), view(value, code_of(value))


def _sums(found: pa.Table) -> Sums:
    """Sum of ``value`` by ``time`` in ms."""
    import pyarrow as pa

    times, values = (found.column(name).combine_chunks() for name in ("time", "value"))
    return {when: total for when, (total, _) in _by_time(times.cast(pa.int64()), values).items()}


def _by_time(times: pa.Array, values: pa.Array) -> dict[int, tuple[Any, int]]:
    """For each time in ms, of which a day has few: the sum of its values, and how many they are.

    Not by Arrow's ``group_by``, which imports pandas wherever it is installed.
    """
    import pyarrow.compute as pc

    every = pc.unique(times)
    found = {}
    for when in every:
        here = values if len(every) == 1 else values.filter(pc.equal(times, when))
        found[when.as_py()] = (_sum(here), len(here))
    return found


def _sum(values: pa.Array) -> Any:
    """The exact sum, also of whole numbers whose sum does not fit into 64 bits."""
    import pyarrow.compute as pc

    if code_of(values) == "d":
        return pc.sum(values).as_py()
    high, low = (pc.shift_right(values, scalar(32, "q")), pc.bit_wise_and(values, scalar(2**32 - 1, "q")))
    return (pc.sum(high).as_py() << 32) + pc.sum(low).as_py()


def _moment(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, timezone.utc)
    return f"{moment:%Y-%m-%d}" if ms % 86_400_000 == 0 else f"{moment:%Y-%m-%d %H:%M}"
