"""How days get into the lake: compare each with what is stored, then put those that differ.

One GET of a footer tells whether a day changed; one PUT replaces it whole. No LIST, no DELETE. Days are made and
compared one after the other, while threads encode and store those before.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from airflow_provider_ldusage.api.errors import LakeError
from airflow_provider_ldusage.lake.layout import day_file
from airflow_provider_ldusage.lake.parquet import FOOTER_GUESS, Stored, encoder, footer_of, no_rows
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.rows import Day, Rows
from airflow_provider_ldusage.windows import day_ranges

log = logging.getLogger(__name__)

ON_EMPTY = ("keep", "write", "fail")
AHEAD = 4  # days that wait for a thread to encode and store them


@dataclass
class Commit:
    """What became of each day: exactly one of the lists names it.

    - ``written``: has rows now and had no file before
    - ``unchanged``: the stored rows are the same; the file was not touched
    - ``restated``: what was stored said otherwise, and was replaced
    - ``empty``: had no usage, and has a file with no rows
    - ``kept``: stays as it is stored, though the answer has no rows for it, or because a later answer was stored

    ``files`` and ``bytes``: day files put, and their size.
    """

    written: list[date] = field(default_factory=list)
    unchanged: list[date] = field(default_factory=list)
    restated: list[date] = field(default_factory=list)
    empty: list[date] = field(default_factory=list)
    kept: list[date] = field(default_factory=list)
    files: int = 0
    bytes: int = 0

    def lists(self) -> dict[str, list[date]]:
        return {name: getattr(self, name) for name in ("written", "unchanged", "restated", "empty", "kept")}


@dataclass(frozen=True)
class _Item:
    """A day on its way: what is to be stored, and what is."""

    day: date
    name: str
    rows: Day
    stored: Stored | None

    @property
    def emptied(self) -> bool:
        """Usage is stored, and the answer has none: no rows, or nothing but zeros. A file that cannot be read counts
        as usage: what it held is unknown."""
        had_usage = self.stored is not None and (self.stored.rows is None or self.stored.usage not in (0, None))
        return had_usage and not self.rows.usage


def commit(
    store: Store,
    table: Table,
    slice_: Mapping[str, str],
    days: Mapping[date, Day | None],
    *,
    asked_at: datetime,
    on_empty: str = "keep",
) -> Commit:
    """Bring the lake to what LaunchDarkly reports.

    :param days: every day of the window with its rows; None (or no rows) for a day without usage
    :param asked_at: when LaunchDarkly was asked; a day that was stored later than that is left alone
    :param on_empty: for days that have usage stored and none (or zeros only) in the answer: ``keep`` them (the
        default: a retention limit, a lapsed plan and a wrong unit all look like that), ``write`` what the answer says,
        or ``fail``
    :raises LakeError: nothing was written if it names a refusal; a store that breaks down midway leaves each day
        whole, old or new, and the next run finishes
    """
    if any(rows is not None and rows.schema != table.schema for rows in days.values()):
        raise LakeError(
            f"The rows have other columns than table {table.name!r} at {store.uri}, which keeps those it was created "
            "with. Nothing was written."
        )
    with ThreadPoolExecutor(store.parallel, thread_name_prefix="ldusage-lake") as pool:
        names = {day: day_file(table.name, day, slice_) for day in days}
        each = map if store.is_local else pool.map
        stored = dict(zip(names, each(lambda name: read_stored(store, name), names.values()), strict=True))
        nothing = no_rows(table.schema)
        plan = [_Item(day, names[day], rows or nothing, stored[day]) for day, rows in days.items()]
        emptied = [item.day for item in plan if item.emptied]
        if emptied and on_empty == "fail":
            raise LakeError(
                f"LaunchDarkly reports no usage for {_days(emptied)}, but table {table.name!r} at {store.uri} has rows "
                "stored for it (on_empty='fail'). Nothing was written."
            )
        table.create(store)
        done = Commit()
        wanted = []
        for item in plan:
            if item.emptied and on_empty != "write":
                done.kept.append(item.day)
            else:
                wanted.append(item)
        with _Puts(pool, store, table, asked_at) as puts:
            for item in wanted:
                rows = item.rows.whole()
                if item.stored is not None and item.stored.content_hash == rows.content_hash:
                    (done.unchanged if len(rows) else done.empty).append(item.day)
                    puts.leave(item)
                else:
                    puts.add(item, rows)
        _log_comparison(table, len(plan), done, puts.items)
    for item, size in zip(puts.items, puts.sizes, strict=True):
        if size is None:
            done.kept.append(item.day)
        elif item.stored is not None:
            done.restated.append(item.day)
        else:
            (done.written if len(item.rows) else done.empty).append(item.day)
        done.files, done.bytes = done.files + (size is not None), done.bytes + (size or 0)
    if done.kept:
        log.warning("Kept as stored: %s (no usage in the answer, or stored since it was asked for).", _days(done.kept))
    store.sweep()
    return done


class _Puts:
    """Days on their way to the store: encoded and put by threads, while the next is made."""

    def __init__(self, pool: Executor, store: Store, table: Table, asked_at: datetime) -> None:
        self._pool, self._store, self._footer, self._asked_at = pool, store, table.footer(), asked_at
        self.items: list[_Item] = []
        self._unchanged: list[_Item] = []
        self._going: deque[Future[int | None]] = deque()
        self._came: list[int | BaseException | None] = []  # of the items that are not going any more

    def __enter__(self) -> _Puts:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all. What was stored is to last, whether or not all was; and what a task stored that died."""
        while self._going:
            self._settle()
        stored = [
            item for item, came in zip(self.items, self._came, strict=True) if not isinstance(came, BaseException)
        ]
        self._store.sync(item.name for item in (*self._unchanged, *stored))

    @property
    def sizes(self) -> list[int | None]:
        """For each of ``items`` its bytes; None where it was left alone, since a later answer is stored already."""
        return [_raised(came) for came in self._came]

    def leave(self, item: _Item) -> None:
        """The day is stored as it should be."""
        self._unchanged.append(item)

    def add(self, item: _Item, rows: Rows) -> None:
        if len(self._going) >= self._store.parallel + AHEAD:
            self._settle()  # no more days in memory than that, and none after a failure
            _raised(self._came[-1])
        self.items.append(item)
        self._going.append(self._pool.submit(self._put, item, encoder(rows, self._footer)))

    def _settle(self) -> None:
        future = self._going.popleft()
        self._came.append(future.exception() or future.result())

    def _put(self, item: _Item, encode: Callable[[], bytes]) -> int | None:
        data = encode()
        if item.stored is None:
            return len(data) if self._store.create(item.name, data, synced=False) else None
        if _stored_since(self._store, item.name, self._asked_at):
            return None
        self._store.put(item.name, data, synced=False)
        return len(data)


def _raised(came: int | BaseException | None) -> int | None:
    if isinstance(came, BaseException):
        raise came
    return came


def _log_comparison(table: Table, days: int, done: Commit, puts: list[_Item]) -> None:
    restated = sum(item.stored is not None for item in puts)
    same = days - len(puts) - len(done.kept)
    log.info(
        "Compared with %s as stored: %d days unchanged, %d new, %d restated, %d kept as stored",
        table.name, same, len(puts) - restated, restated, len(done.kept),
    )  # fmt: skip


def _stored_since(store: Store, name: str, asked_at: datetime) -> bool:
    """Whether the day was stored after LaunchDarkly was asked. A store's clock that is ahead of ours is not believed:
    a file from the future would otherwise never be replaced."""
    modified = store.modified(name)
    return modified is not None and asked_at < modified <= datetime.now(timezone.utc) + timedelta(seconds=1)


def read_stored(store: Store, name: str) -> Stored | None:
    """What is stored under a day's name, from the file's footer; None where there is none."""
    size = FOOTER_GUESS
    while (end := store.read_end(name, size)) is not None:
        found = footer_of(end)
        if isinstance(found, Stored):
            return found
        if len(end) < size:  # the footer claims to be longer than the file is
            return Stored("", None)
        size = found
    return None


def _days(days: list[date]) -> str:
    return ", ".join(first if first == last else f"{first} to {last}" for first, last in day_ranges(days))
