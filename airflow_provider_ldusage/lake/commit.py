"""How days get into the lake: compare each with what is stored, then put those that differ.

One GET tells whether a day changed; one PUT replaces it whole. No LIST, no DELETE. Days are made and compared one after
the other, while threads encode and store those before.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from airflow_provider_ldusage.days import day_ranges
from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.parquet import encoder, no_rows
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stored import Found, gone_from, look, merged, rows_in, values_in
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Day, Rows
from airflow_provider_ldusage.rows.labels import Label

log = logging.getLogger(__name__)

Key = TypeVar("Key")

ON_EMPTY = ("keep", "write", "fail")
STORED = ("written", "restated", "empty")
OUTCOMES = ("written", "unchanged", "restated", "empty", "kept", "superseded", "left")
AHEAD = 4  # days that wait for a thread to encode and store them


@dataclass(frozen=True)
class Commit:
    """What became of each day: ``outcomes`` has exactly one of :data:`OUTCOMES` for each.

    - ``written``: has rows now and had no file before
    - ``unchanged``: the stored rows are the same; the file was not touched
    - ``restated``: what was stored said otherwise, and was replaced
    - ``empty``: had no usage, and has a file with no rows
    - ``kept``: stays as it is stored, as the answer has no usage for it
    - ``superseded``: stays as it is stored, as a later question was answered meanwhile
    - ``left``: LaunchDarkly has not counted it to its end, so nothing was stored

    ``files`` and ``bytes``: day files put, and their size. ``gone``: series that were stored and are not any more, with
    their days. ``spared``: values of flags, projects and the like whose rows stay though the answers say nothing of
    them, with their days. ``raced``: days that another task has created meanwhile. ``notes``: what was kept of the rows
    of each day that is stored now as the answer has it.
    """

    outcomes: Mapping[date, str] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    gone: Mapping[Label, tuple[date, ...]] = field(default_factory=dict)
    spared: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    raced: tuple[date, ...] = ()
    notes: Mapping[date, Any] = field(default_factory=dict)

    def days(self, outcome: str) -> list[date]:
        """The days with an outcome, in order."""
        return sorted(day for day, found in self.outcomes.items() if found == outcome)

    def lists(self) -> dict[str, list[date]]:
        """The days of each outcome."""
        return {name: self.days(name) for name in OUTCOMES}

    def and_then(self, later: Commit) -> Commit:
        """What became of all days, after a later commit of some of them or of others. What was stored first and then
        found unchanged was stored."""
        changed = {
            day: outcome
            for day, outcome in later.outcomes.items()
            if not (outcome in ("unchanged", "empty", "superseded") and self.outcomes.get(day) in STORED)
        }
        return Commit(
            {**self.outcomes, **changed},
            self.files + later.files,
            self.bytes + later.bytes,
            _joined(self.gone, later.gone),
            _joined(self.spared, later.spared),
            later.raced,
            {**self.notes, **later.notes},
        )


@dataclass(frozen=True)
class _Item:
    """A day on its way: what is to be stored, and what is."""

    day: date
    name: str
    rows: Day
    found: Found | None

    @property
    def emptied(self) -> bool:
        """Usage is stored, and the answer has none where it should: no rows, or nothing but zeros."""
        return self.found is not None and self.found.covered_usage and not self.rows.usage


@dataclass(frozen=True)
class _Put:
    """What became of a day that differed: its size, None where another task had created it; series that are gone."""

    size: int | None
    gone: tuple[Label, ...] = ()


def commit(
    target: TableSlice,
    days: Mapping[date, Day | None],
    *,
    on_empty: str = "keep",
    superseded: Collection[date] = (),
    coverage: Mapping[date, Coverage] | None = None,
    note: Callable[[Rows], Any] | None = None,
) -> Commit:
    """Bring the lake to what LaunchDarkly reports.

    :param days: every day of the window with its rows; None (or no rows) for a day without usage
    :param on_empty: for days that have usage stored and none (or zeros only) in the answer: ``keep`` them (the
        default: a retention limit, a lapsed plan and a wrong unit all look like that), ``write`` what the answer says,
        or ``fail``
    :param superseded: days to leave alone, since a later question has been answered
    :param coverage: of the days of which the answers do not tell all: other stored rows stay, unless
        ``on_empty="write"``
    :param note: what to keep of the rows that the lake has of a day after this, as :attr:`Commit.notes`; each day is
        made just once, and its rows are let go when it is stored
    :raises LakeError: nothing was written if it names a refusal; a store that breaks down midway leaves each day
        whole, old or new, and the next run finishes
    """
    store, table = target.store, target.table
    if any(rows is not None and rows.schema != table.schema for rows in days.values()):
        raise LakeError(
            f"The rows have other columns than table {table.name!r} at {store.uri}, which keeps those it was created "
            "with. Nothing was written."
        )
    covered = {} if on_empty == "write" else coverage or {}
    with ThreadPoolExecutor(store.parallel, thread_name_prefix="ldusage-lake") as pool:
        plan = _compared(pool, target, {day: days[day] for day in days if day not in superseded}, covered)
        emptied = [item.day for item in plan if item.emptied]
        if emptied and on_empty == "fail":
            raise LakeError(
                f"LaunchDarkly reports no usage for {_days(emptied)}, but table {table.name!r} at {store.uri} has rows "
                "stored for it (on_empty='fail'). Nothing was written."
            )
        table = table.create(store)
        outcomes = dict.fromkeys(superseded, "superseded")
        notes: dict[date, Any] = {}
        if on_empty != "write":
            outcomes |= dict.fromkeys(emptied, "kept")
        with _Puts(pool, store, table) as puts:
            for item in plan:
                if item.day in outcomes:
                    continue
                rows = merged(item.rows.whole(), item.found and item.found.rest)
                if note is not None:
                    notes[item.day] = note(rows)
                if item.found is not None and item.found.stored.content_hash == rows.content_hash:
                    outcomes[item.day] = "unchanged" if len(rows) else "empty"
                    puts.leave(item)
                else:
                    outcomes[item.day] = "restated" if item.found else "written" if len(rows) else "empty"
                    puts.add(item, rows)
    done = puts.done()
    raced = tuple(item.day for item, put in done if put.size is None)
    sizes = [put.size for _, put in done if put.size is not None]
    log.info(
        "Compared with %s as stored: %d days unchanged, %d new, %d restated, %d kept as stored",
        table.name, len(plan) - len(done) - len(emptied) * (on_empty != "write"),
        sum(item.found is None for item, _ in done), sum(item.found is not None for item, _ in done),
        sum(outcome in ("kept", "superseded") for outcome in outcomes.values()),
    )  # fmt: skip
    store.sweep()
    return Commit(
        {day: outcome for day, outcome in outcomes.items() if day not in raced},
        len(sizes),
        sum(sizes),
        _by_key((label, item.day) for item, put in done for label in put.gone),
        _by_key(_spared(plan, covered)),
        raced,
        {day: kept for day, kept in notes.items() if day not in raced},
    )


def _compared(
    pool: ThreadPoolExecutor,
    target: TableSlice,
    days: Mapping[date, Day | None],
    coverage: Mapping[date, Coverage],
) -> list[_Item]:
    """Each day with what is stored of it."""
    store, schema = target.store, target.table.schema
    names = {day: target.day_file(day) for day in days}
    each = map if store.is_local else pool.map
    found = each(lambda day: look(store, names[day], schema, coverage.get(day)), days)
    nothing = no_rows(schema)
    return [_Item(day, names[day], days[day] or nothing, stored) for day, stored in zip(days, found, strict=True)]


class _Puts:
    """Days on their way to the store: encoded and put by threads, while the next is made."""

    def __init__(self, pool: Executor, store: Store, table: Table) -> None:
        self._pool, self._store, self._table, self._footer = pool, store, table, table.footer()
        self._items: list[_Item] = []
        self._unchanged: list[_Item] = []
        self._going: deque[Future[_Put]] = deque()
        self._came: list[_Put | BaseException] = []  # of the items that are not going any more

    def __enter__(self) -> _Puts:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all. What was stored is to last, whether or not all was; and what a task stored that died."""
        while self._going:
            self._settle()
        stored = [
            item for item, came in zip(self._items, self._came, strict=True) if not isinstance(came, BaseException)
        ]
        self._store.sync(item.name for item in (*self._unchanged, *stored))

    def done(self) -> list[tuple[_Item, _Put]]:
        """The days that were put, each with what became of it."""
        return [(item, _raised(came)) for item, came in zip(self._items, self._came, strict=True)]

    def leave(self, item: _Item) -> None:
        """The day is stored as it should be."""
        self._unchanged.append(item)

    def add(self, item: _Item, rows: Rows) -> None:
        if len(self._going) >= self._store.parallel + AHEAD:
            self._settle()  # no more days in memory than that, and none after a failure
            _raised(self._came[-1])
        self._items.append(item)
        encode = encoder(rows, self._footer, self._table.codec)
        self._going.append(self._pool.submit(self._put, item, rows, encode))

    def _settle(self) -> None:
        future = self._going.popleft()
        self._came.append(future.exception() or future.result())

    def _put(self, item: _Item, rows: Rows, encode: Callable[[], bytes]) -> _Put:
        data = encode()
        if item.found is None:
            created = self._store.create(item.name, data, synced=False)
            return _Put(len(data) if created else None)
        gone = self._gone(item, rows)
        self._store.put(item.name, data, synced=False)
        return _Put(len(data), gone)

    def _gone(self, item: _Item, rows: Rows) -> tuple[Label, ...]:
        """Series that are about to be lost; the stored file is read only where its series are others."""
        stored = item.found.stored if item.found else None
        if stored is None or not stored.rows or stored.series_hash == rows.series_hash:
            return ()
        data = self._store.read(item.name)
        table = None if data is None else rows_in(data, self._table.schema, item.name)
        return () if table is None else tuple(gone_from(table, rows))


def _raised(came: _Put | BaseException) -> _Put:
    if isinstance(came, BaseException):
        raise came
    return came


def _spared(plan: list[_Item], coverage: Mapping[date, Coverage]) -> Iterator[tuple[str, date]]:
    for item in plan:
        if item.day in coverage and item.found:
            for value in values_in(item.found.rest, coverage[item.day].column):
                yield value, item.day


def _by_key(pairs: Iterable[tuple[Key, date]]) -> dict[Key, tuple[date, ...]]:
    found: dict[Key, list[date]] = {}
    for key, day in pairs:
        found.setdefault(key, []).append(day)
    return {key: tuple(days) for key, days in found.items()}


def _joined(one: Mapping[Key, tuple[date, ...]], other: Mapping[Key, tuple[date, ...]]) -> dict[Key, tuple[date, ...]]:
    return {key: (*one.get(key, ()), *other.get(key, ())) for key in (*one, *other)}


def _days(days: list[date]) -> str:
    return ", ".join(first if first == last else f"{first} to {last}" for first, last in day_ranges(days))
