"""Writes days of the report's tables, through the same commit as any load."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_ldusage.days import utc_now, whole_ms
from airflow_provider_ldusage.engine.announcing import Announcing, Debts, Settled
from airflow_provider_ldusage.engine.recording import MAX_ROUNDS, record
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.commit import CHANGED, Commit, commit
from airflow_provider_ldusage.lake.state import Known, State, Status
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.log_text import table_named
from airflow_provider_ldusage.rows.day import Rows


@dataclass(frozen=True)
class Written:
    """A table of the report, and what became of its days so far.

    :param target: the table, as it is in the lake
    :param inherited: what earlier tries of the task have left to announce, see :meth:`.Announcing.inherited`
    """

    target: TableSlice
    inherited: Debts
    commit: Commit = field(default_factory=Commit)

    @property
    def changed(self) -> frozenset[date]:
        """The days that have other rows now."""
        return frozenset(day for day, outcome in self.commit.outcomes.items() if outcome in CHANGED)


def write(done: Written, days: Mapping[date, Rows], announcing: Announcing, began: datetime) -> Written:
    """Write days, but for those of a report that began later.

    :param began: when this report began to read
    :return: the table with what became of these days too
    :raises LakeError: as :func:`.lake.commit.commit` does
    """
    wanted: Collection[date] = tuple(days)
    for _ in range(MAX_ROUNDS):
        if not wanted:
            return done
        target = done.target.opened()
        state, _ = target.state_file().read()
        result = commit(
            target,
            {day: days[day] for day in wanted},
            superseded=state.overtaken(wanted, began, utc_now(), timedelta()),
            before_change=lambda target, changing: record(target, changing, announcing, began),
        )
        done = replace(done, target=target, commit=done.commit.and_then(result))
        wanted = result.raced
    raise StoreError(
        f"Other tasks keep creating days of table {table_named(done.target.table.name)!r}.",
        about=done.target.store.uri,
    )


def note(
    done: Written, open_from: date, announcing: Announcing, began: datetime, remember: Mapping[str, Any]
) -> tuple[State, Settled]:
    """Note in the table's state when its days were written.

    :param open_from: the first day that is not final
    :param remember: further fields of the state
    :return: the state as it stands, and what to announce
    :raises StoreError: the state cannot be read or written
    """
    outcomes = done.commit.outcomes
    known = {
        day: Known(Status.FINAL if day < open_from else Status.OPEN, whole_ms(began))
        for day, outcome in outcomes.items()
        if outcome != "superseded"
    }
    file = done.target.created().state_file()
    for _ in range(MAX_ROUNDS):
        state, before = file.read()
        settled = announcing.settle(state.debts, done.changed, done.inherited)
        new = replace(state.with_days(known, began), debts=settled.debts, other={**state.other, **remember})
        if new == state or not state.readable or file.swap(new, before, began):
            return new, settled
    raise StoreError("Other tasks keep writing the table's state.", about=f"{file.store.uri}/{file.name}")


def together(settled: Sequence[Settled]) -> Settled:
    """What to announce of several tables."""
    days = sorted({day for each in settled for day in each.days})
    owed = sorted({day for each in settled for day in each.owed} - set(days))
    return Settled(frozenset(), tuple(days), max((each.again for each in settled), default=0), tuple(owed))
