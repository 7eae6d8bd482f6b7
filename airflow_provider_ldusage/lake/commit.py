"""How days get into the lake: compare each with what is stored, then store those that differ.

One GET tells whether a day changed; one PUT replaces it whole, or creates it. No LIST, no DELETE. Days are made and
compared one after the other, while threads encode and store those before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from airflow_provider_ldusage.days import ranges_text
from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.compare import ComparedDay, compare
from airflow_provider_ldusage.lake.day_writer import DayWriter, WrittenDay
from airflow_provider_ldusage.lake.restatement import Replacing, unrecorded
from airflow_provider_ldusage.lake.stored import values_in
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.log_text import MAX_RANGES, table_named
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Day, Rows
from airflow_provider_ldusage.rows.labels import Label

log = logging.getLogger(__name__)

Key = TypeVar("Key")

ON_EMPTY = ("keep", "write", "fail")
"""What to do with days that have usage stored and none in the answer, the default first."""
STORED = ("written", "restated", "empty")
"""Outcomes of a day whose file has the answer's rows now."""
CHANGED = ("written", "restated")
"""Outcomes of a day that has other rows now than it had."""
OUTCOMES = ("written", "unchanged", "restated", "empty", "kept", "superseded", "left")
"""What may become of a day, see :class:`Commit`."""


@dataclass(frozen=True)
class Commit:
    """What became of each day.

    - ``written``: has rows now and had no file before
    - ``unchanged``: the stored rows are the same; the file was not touched
    - ``restated``: what was stored said otherwise, and was replaced
    - ``empty``: had no usage, and has a file with no rows
    - ``kept``: stays as it is stored, as the answer has no usage for it
    - ``superseded``: stays as it is stored, as a later question was answered meanwhile
    - ``left``: LaunchDarkly has not counted it to its end, so nothing was stored

    :param outcomes: exactly one of :data:`OUTCOMES` for each day
    :param files: day files that were stored
    :param bytes: their size
    :param rows: in them
    :param gone: series that were stored and are not any more, with their days
    :param spared: values of flags, projects and the like whose rows stay though the answers say nothing of them, with
        their days
    :param raced: days that another task has created meanwhile; they have no outcome
    :param notes: what the caller wanted to keep of the rows of each day that is stored now as the answer has it
    """

    outcomes: Mapping[date, str] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    rows: int = 0
    gone: Mapping[Label, tuple[date, ...]] = field(default_factory=dict)
    spared: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    raced: tuple[date, ...] = ()
    notes: Mapping[date, Any] = field(default_factory=dict)

    def days(self, outcome: str) -> list[date]:
        """Return the days with an outcome, in order."""
        return sorted(day for day, found in self.outcomes.items() if found == outcome)

    def lists(self) -> dict[str, list[date]]:
        """Return the days of each outcome."""
        return {name: self.days(name) for name in OUTCOMES}

    def and_then(self, later: Commit) -> Commit:
        """Return what became of all days, after a later commit of some of them or of others.

        A day that was stored first and unchanged later was stored.
        """
        changed = {
            day: outcome
            for day, outcome in later.outcomes.items()
            if not (outcome in ("unchanged", "empty", "superseded") and self.outcomes.get(day) in STORED)
        }
        return Commit(
            {**self.outcomes, **changed},
            self.files + later.files,
            self.bytes + later.bytes,
            self.rows + later.rows,
            _joined(self.gone, later.gone),
            _joined(self.spared, later.spared),
            later.raced,
            {**self.notes, **later.notes},
        )


def commit(
    target: TableSlice,
    days: Mapping[date, Day | None],
    *,
    on_empty: str = "keep",
    superseded: Collection[date] = (),
    new: Collection[date] = (),
    coverage: Mapping[date, Coverage] | None = None,
    note: Callable[[Rows], Any] = lambda rows: None,
    before_change: Callable[[TableSlice, Sequence[date]], None] = lambda target, days: None,
    replacing: Replacing = unrecorded,
) -> Commit:
    """Bring the lake to what LaunchDarkly reports.

    :param days: every day of the window with its rows; None (or no rows) for a day without usage
    :param on_empty: for days with stored usage and none (or zeros only) in the answer: ``keep`` them (a retention
        limit, a lapsed plan and a wrong unit all look like that), ``write`` what the answer says, or ``fail``
    :param superseded: days to leave alone, since a later question has been answered
    :param new: days that probably have no file, see :func:`.compare.compare`; those that have one are raced
    :param coverage: for days of which the answers do not tell all: other stored rows stay, unless ``on_empty="write"``
    :param note: returns what to keep of the rows of a day, as :attr:`Commit.notes`; each day is made just once, and its
        rows are released when it is stored
    :param before_change: called once before anything that is stored is changed, with the slice and all days that may be
    :param replacing: called before each day that is replaced
    :raises LakeError: nothing was written if it names a refusal; a store that breaks down midway leaves each day
        whole, old or new, and the next run finishes
    """
    _check_columns(target, days.values())
    coverage = {} if on_empty == "write" else coverage or {}
    wanted = {day: rows for day, rows in days.items() if day not in superseded}
    compared = compare(target, wanted, coverage, new)
    kept = _kept(target, compared, on_empty)
    differing = [each for each in compared if each.day not in kept]
    stored = _store(target.created(), differing, note, before_change, replacing)
    _log(target, compared, stored.written, len(kept), len(superseded))
    target.store.sweep()
    left_alone = {**dict.fromkeys(superseded, "superseded"), **dict.fromkeys(kept, "kept")}
    return _result(left_alone, stored, _spared(compared, coverage))


def _check_columns(target: TableSlice, days: Iterable[Day | None]) -> None:
    table = target.table
    if any(rows is not None and rows.schema != table.schema for rows in days):
        raise LakeError(
            f"The rows have other columns than table {table_named(table.name)!r}, which keeps those it has.",
            "Nothing was written. Give this load a table of its own (table=...), or start the table anew.",
            about=target.store.uri,
        )


def _kept(target: TableSlice, compared: Sequence[ComparedDay], on_empty: str) -> list[date]:
    """Return the days that stay as they are stored, as the answer has no usage for them.

    :raises LakeError: there are some, and ``on_empty="fail"``
    """
    emptied = [each.day for each in compared if each.emptied]
    if emptied and on_empty == "fail":
        raise LakeError(
            f"LaunchDarkly reports no usage for {ranges_text(emptied, MAX_RANGES)}, of which rows are stored.",
            "Nothing was written, as on_empty='fail' says. Load these days with on_empty='keep' to keep what is "
            "stored, or 'write' if the usage is really gone.",
            about=f"{ranges_text(emptied)} of table {target.table.name!r} at {target.store.uri}",
        )
    return [] if on_empty == "write" else emptied


@dataclass(frozen=True)
class _Stored:
    """Days whose files have the rows that they should have, but for those that raced.

    :param written: the days that differed
    """

    outcomes: Mapping[date, str]
    notes: Mapping[date, Any]
    written: Sequence[WrittenDay]


def _store(
    target: TableSlice,
    compared: Sequence[ComparedDay],
    note: Callable[[Rows], Any],
    before_change: Callable[[TableSlice, Sequence[date]], None],
    replacing: Replacing,
) -> _Stored:
    """Store the days that differ, each made just once."""
    outcomes: dict[date, str] = {}
    notes: dict[date, Any] = {}
    with DayWriter(target, replacing) as writer:
        for number, each in enumerate(compared):
            rows = each.to_store()
            notes[each.day] = note(rows)
            outcome = each.outcome(rows)
            if outcome in CHANGED and not set(CHANGED).intersection(outcomes.values()):
                before_change(target, [later.day for later in compared[number:]])
            outcomes[each.day] = outcome
            writer.write(each, rows)
    return _Stored(outcomes, notes, writer.written())


def _log(
    target: TableSlice, compared: Sequence[ComparedDay], written: Sequence[WrittenDay], kept: int, superseded: int
) -> None:
    log.info(
        "Compared with %s as stored: %d days unchanged, %d new, %d restated, %d kept as stored",
        target.table.name, len(compared) - len(written) - kept,
        sum(not each.replaced for each in written), sum(each.replaced for each in written), kept + superseded,
    )  # fmt: skip


def _result(left_alone: Mapping[date, str], stored: _Stored, spared: Iterable[tuple[str, date]]) -> Commit:
    raced = tuple(each.day for each in stored.written if each.size is None)
    written = [each for each in stored.written if each.size is not None]
    outcomes = {**left_alone, **stored.outcomes}
    return Commit(
        {day: outcome for day, outcome in outcomes.items() if day not in raced},
        len(written),
        sum(each.size or 0 for each in written),
        sum(each.rows for each in written),
        _by_key((label, each.day) for each in stored.written for label in each.gone),
        _by_key(spared),
        raced,
        {day: note for day, note in stored.notes.items() if day not in raced},
    )


def _spared(compared: Iterable[ComparedDay], coverage: Mapping[date, Coverage]) -> Iterator[tuple[str, date]]:
    for each in compared:
        if each.day in coverage and each.stored:
            for value in values_in(each.stored.rest, coverage[each.day].column):
                yield value, each.day


def _by_key(pairs: Iterable[tuple[Key, date]]) -> dict[Key, tuple[date, ...]]:
    found: dict[Key, list[date]] = {}
    for key, day in pairs:
        found.setdefault(key, []).append(day)
    return {key: tuple(days) for key, days in found.items()}


def _joined(one: Mapping[Key, tuple[date, ...]], other: Mapping[Key, tuple[date, ...]]) -> dict[Key, tuple[date, ...]]:
    return {key: (*one.get(key, ()), *other.get(key, ())) for key in (*one, *other)}
