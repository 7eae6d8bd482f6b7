"""Puts days into the store: threads encode and store them, while the caller makes the next.

Encoding needs the processor, and storing far away mostly waits. So a few threads encode for the many that store. Each
thread that encodes also costs some megabytes, which pyarrow and the system keep for it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date

from airflow_provider_ldusage.lake.compare import ComparedDay
from airflow_provider_ldusage.lake.parquet import encoder
from airflow_provider_ldusage.lake.restatement import Replacing, unrecorded
from airflow_provider_ldusage.lake.stored import gone_from
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Label

ENCODERS = 3
"""Days that are encoded at a time."""
MAX_WAITING = 4
"""Days that wait for a thread, beside those that threads have: no more are in memory."""
MAX_BYTES = 32 * 1024 * 1024
"""Figures in memory, of all days that are under way, above which no more days than :data:`ENCODERS` and
:data:`MAX_WAITING` are."""


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
    :param replacing: called before a day is replaced, by several threads
    """

    def __init__(self, target: TableSlice, replacing: Replacing = unrecorded) -> None:
        self._target, self._footer, self._replacing = target, target.table.footer(), replacing
        self._encoders = ThreadPoolExecutor(ENCODERS, thread_name_prefix="ldusage-encode")
        self._pool = ThreadPoolExecutor(target.store.parallel, thread_name_prefix="ldusage-lake")
        self._begun: list[tuple[date, Future[WrittenDay]]] = []
        self._under_way: dict[Future[WrittenDay], int] = {}  # with the bytes of its figures
        self._unchanged: list[date] = []

    def __enter__(self) -> DayWriter:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all days, and make those last that are stored: whether or not another failed, and also those that a
        task has stored that died."""
        try:
            stored = [day for day, future in self._begun if future.exception() is None]
            self._target.store.persist(self._target.day_file(day) for day in (*self._unchanged, *stored))
        finally:
            self._pool.shutdown()
            self._encoders.shutdown()

    def write(self, compared: ComparedDay, rows: Rows) -> None:
        """Begin to store a day, unless its file has these rows already; wait if too many are under way.

        :param rows: what the day's file should have
        :raises LaunchDarklyUsageError: an earlier day could not be stored
        """
        if compared.has(rows):
            self._unchanged.append(compared.day)
            return
        self._wait_for_room()
        encode = encoder(rows, self._footer, self._target.table.codec)
        if self._target.store.parallel > ENCODERS:
            encode = self._encoders.submit(encode).result
        future = self._pool.submit(self._write, compared, rows, encode)
        self._begun.append((compared.day, future))
        self._under_way[future] = rows.codes.nbytes + sum(numbers.nbytes for numbers in rows.numbers.values())

    def written(self) -> list[WrittenDay]:
        """Return what became of the days, once all are stored.

        :raises LaunchDarklyUsageError: a day could not be stored
        """
        return [future.result() for _, future in self._begun]

    def _wait_for_room(self) -> None:
        """Wait until another day may be under way. None is begun after a failure."""
        while True:
            for future in [each for each in self._under_way if each.done()]:
                del self._under_way[future]
                future.result()
            if self._has_room():
                return
            wait(self._under_way, return_when=FIRST_COMPLETED)

    def _has_room(self) -> bool:
        days = len(self._under_way) - MAX_WAITING
        few, many = ENCODERS, self._target.store.parallel
        return days < min(few, many) or (days < many and sum(self._under_way.values()) < MAX_BYTES)

    def _write(self, compared: ComparedDay, rows: Rows, encode: Callable[[], bytes]) -> WrittenDay:
        store, name, data = self._target.store, self._target.day_file(compared.day), encode()
        if compared.stored is None:
            created = store.create(name, data)
            return WrittenDay(compared.day, False, len(rows), len(data) if created else None)
        gone = self._gone(compared, rows)
        self._replacing(self._target, compared.day, rows)
        store.put(name, data)
        return WrittenDay(compared.day, True, len(rows), len(data), gone)

    def _gone(self, compared: ComparedDay, rows: Rows) -> tuple[Label, ...]:
        """Series that are about to be lost. The stored file is read only if its series are others."""
        footer = compared.stored.footer if compared.stored else None
        if footer is None or not footer.rows or footer.series_hash == rows.series_hash:
            return ()
        table = self._target.read(compared.day)
        return () if table is None else tuple(gone_from(table, rows))
