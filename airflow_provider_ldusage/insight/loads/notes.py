"""The notes of loads that have replaced days: which of them tell of something that happened.

A task may be killed when it has written a note and not yet replaced the day. Its next try then notes the same, or
something else. So a note counts if what came next shows it: the next note of the day began from other rows, or the
day's file no longer has the rows that it had before. A note of which nobody can tell yet is left to a later report.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.layout import RESTATEMENTS, day_file
from airflow_provider_ldusage.lake.restatement import Restatement, parse
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stored import read_footer

log = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(days=7)
"""A note of this age, of a day that was not replaced, belongs to a task that died. No load takes so long."""


@dataclass(frozen=True)
class Gathered:
    """Notes that can be judged.

    :param happened: those that tell of a day which was replaced
    :param over: the names of all that are not needed any more once these are stored: for each day's file, oldest first
    """

    happened: tuple[Restatement, ...] = ()
    over: tuple[tuple[str, ...], ...] = ()


def gather(store: Store, now: datetime) -> Gathered:
    """Read the notes of a lake. Takes a listing, two reads for each note, and another listing if there are any.

    :raises StoreError: the store cannot be listed or read
    """
    if not (names := _names(store)):
        return Gathered()
    notes = [note for note in store.map_reads(lambda name: _read(store, name), names) if note is not None]
    days = _by_file(notes)
    hashes = store.map_reads(lambda file: _stored_hash(store, file), days)
    # A load that began meanwhile may have read what an earlier one has stored, or not.
    still = _names(store)
    happened: list[Restatement] = []
    over: list[tuple[str, ...]] = []
    for group, stored in zip(days.values(), hashes, strict=True):
        if _of_day(names, group[0]) == _of_day(still, group[0]):
            found, done = judge(group, stored, now)
            happened += found
            over.append(tuple(note.name for note in done))
    return Gathered(tuple(happened), tuple(names for names in over if names))


def judge(
    notes: Sequence[Restatement], stored: str | None, now: datetime
) -> tuple[list[Restatement], list[Restatement]]:
    """Return the notes of a day's file that tell of something that happened, and those that are over.

    :param notes: all of them, in the order in which they were written
    :param stored: hash of what the file has now; None: there is no file any more
    """
    happened, over = [], []
    for note, later in zip_longest(notes, notes[1:]):
        since = stored if later is None else later.before
        if since != note.before:
            happened.append(note)
        if since != note.before or later is not None or now - note.seen_at > GIVEN_UP_AFTER:
            over.append(note)
    return happened, over


def remove(store: Store, over: Iterable[Sequence[str]]) -> None:
    """Remove notes. Those that stay are gathered again, which does no harm.

    :param over: see :class:`Gathered`. In this order, what is left after a kill is judged as it was before
    """

    def removed(names: Sequence[str]) -> None:
        for name in names:
            store.remove(name)

    try:
        store.map_reads(removed, over)
    except StoreError as error:
        log.warning(
            "Restatements that are in the report already cannot be removed from %s/%s, and are read again by each "
            "report: %s", store.uri, RESTATEMENTS, error,
        )  # fmt: skip


def _names(store: Store) -> list[str]:
    return [name for name in store.sizes(RESTATEMENTS) if name.endswith(".parquet")]


def _read(store: Store, name: str) -> Restatement | None:
    data = store.read(name)
    return None if data is None else parse(data, f"{store.uri}/{name}")


def _stored_hash(store: Store, file: str) -> str | None:
    footer = read_footer(store, file)
    return None if footer is None else footer.content_hash


def _by_file(notes: Iterable[Restatement]) -> dict[str, list[Restatement]]:
    """The notes of each day's file, in the order in which they were written."""
    found: dict[str, list[Restatement]] = {}
    for note in sorted(notes, key=_order):
        found.setdefault(day_file(note.table, note.day, note.slice), []).append(note)
    return found


def _order(note: Restatement) -> Any:
    return note.seen_at, note.by.try_number, note.name


def _of_day(names: Iterable[str], note: Restatement) -> list[str]:
    """The notes of all slices of a day."""
    prefix = f"{RESTATEMENTS}/{note.table}/{note.day.isoformat()}-"
    return [name for name in names if name.startswith(prefix)]
