"""Puts days into the store: threads encode and store them, while the caller makes the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from airflow_provider_ldusage.lake.compare import ComparedDay
from airflow_provider_ldusage.lake.parquet import encoder
from airflow_provider_ldusage.lake.stored import gone_from
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Label

MAX_WAITING = 4
"""Days that wait for a thread, beside those that threads have: no more are in memory."""


@dataclass(frozen=True)
class WrittenDay:
    """What became of a day that differed from what was stored.

    :param replaced: whether it had a file
    :param rows: in its new file
    :param size: of its new file, in bytes; None if another task had created the file first
    :param gone: series that were stored and are not any more
    """

    day: date
    replaced: bool
    rows: int
    size: int | None
    gone: tuple[Label, ...] = ()


class DayWriter:
    """Stores days of one table. A context manager: at its end all are stored and outlast a power cut, or an error is
    known.

    :param target: the slice, with its table as it exists
    """

    def __init__(self, target: TableSlice) -> None:
        self._target, self._footer = target, target.table.footer()
        self._pool = ThreadPoolExecutor(target.store.parallel, thread_name_prefix="ldusage-lake")
        self._under_way: deque[tuple[date, Future[WrittenDay]]] = deque()
        self._finished: list[WrittenDay | BaseException] = []
        self._stored: list[date] = []

    def __enter__(self) -> DayWriter:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all days, and make those last that are stored: whether or not another failed, and also those that a
        task has stored that died."""
        try:
            while self._under_way:
                self._finish_first()
            self._target.store.persist(self._target.day_file(day) for day in self._stored)
        finally:
            self._pool.shutdown()

    def write(self, compared: ComparedDay, rows: Rows) -> None:
        """Begin to store a day, unless its file has these rows already; wait if too many are under way.

        :param rows: what the day's file should have
        :raises LaunchDarklyUsageError: an earlier day could not be stored
        """
        if compared.has(rows):
            self._stored.append(compared.day)
            return
        if len(self._under_way) >= self._target.store.parallel + MAX_WAITING:
            self._finish_first()
            _result(self._finished[-1])  # no further day is begun after a failure
        encode = encoder(rows, self._footer, self._target.table.codec)
        self._under_way.append((compared.day, self._pool.submit(self._write, compared, rows, encode)))

    def written(self) -> list[WrittenDay]:
        """Return what became of the days, once all are stored.

        :raises LaunchDarklyUsageError: a day could not be stored
        """
        return [_result(each) for each in self._finished]

    def _finish_first(self) -> None:
        day, future = self._under_way.popleft()
        error = future.exception()
        self._finished.append(error or future.result())
        if error is None:
            self._stored.append(day)

    def _write(self, compared: ComparedDay, rows: Rows, encode: Callable[[], bytes]) -> WrittenDay:
        store, name, data = self._target.store, self._target.day_file(compared.day), encode()
        if compared.stored is None:
            created = store.create(name, data)
            return WrittenDay(compared.day, False, len(rows), len(data) if created else None)
        gone = self._gone(compared, rows)
        store.put(name, data)
        return WrittenDay(compared.day, True, len(rows), len(data), gone)

    def _gone(self, compared: ComparedDay, rows: Rows) -> tuple[Label, ...]:
        """Series that are about to be lost. The stored file is read only if its series are others."""
        footer = compared.stored.footer if compared.stored else None
        if footer is None or not footer.rows or footer.series_hash == rows.series_hash:
            return ()
        table = self._target.read(compared.day)
        return () if table is None else tuple(gone_from(table, rows))


def _result(finished: WrittenDay | BaseException) -> WrittenDay:
    if isinstance(finished, BaseException):
        raise finished
    return finished
