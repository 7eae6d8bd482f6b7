"""Days as the table has them after a load: from what was noted while they were stored, or read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import runs_of
from airflow_provider_ldusage.lake.stored import rows_of

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.commit import Commit
    from airflow_provider_ldusage.lake.table_slice import TableSlice
    from airflow_provider_ldusage.rows.day import Rows


def stored_rows(target: TableSlice, day: date) -> Rows | None:
    """The rows of a stored day; None where there is no file that can be read.

    :raises StoreError: the store cannot be read
    """
    found = target.read(day)
    return None if found is None else rows_of(found, target.table.schema)


def rows_of_days(target: TableSlice, days: Sequence[date]) -> dict[date, Rows | None]:
    """The rows of some stored days, read by several threads: see :func:`stored_rows`."""
    with ThreadPoolExecutor(target.store.parallel, thread_name_prefix="ldusage-check") as pool:
        return dict(zip(days, pool.map(lambda day: stored_rows(target, day), days), strict=True))


def notes_of(target: TableSlice, commit: Commit, note: Callable[[Rows], Any], end: date) -> dict[date, Any]:
    """What is noted of each day of a commit; None for a day whose file cannot be read. Days that stayed as they were
    stored are read.

    :param note: what was given to the commit
    :param end: the day after the last to look at
    :raises StoreError: the store cannot be read
    """
    found = {}
    for day, outcome in commit.outcomes.items():
        if outcome == "left" or day >= end:
            continue
        if day in commit.notes and outcome not in ("kept", "superseded"):
            found[day] = commit.notes[day]
        else:
            rows = stored_rows(target, day)
            found[day] = None if rows is None else note(rows)
    return found


def consecutive(notes: Mapping[date, Any]) -> list[dict[date, Any]]:
    """Days that follow each other, as one: a range that was loaded in pieces is to be judged as a whole."""
    return [{day: notes[day] for day in window.days()} for window in runs_of(sorted(notes))]
