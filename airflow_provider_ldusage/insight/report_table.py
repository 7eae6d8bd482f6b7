"""A table that a report writes, by the same commit as a load's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from airflow_provider_ldusage.days import utc_now, whole_ms
from airflow_provider_ldusage.engine.announcing import Announcing, Debts, Settled
from airflow_provider_ldusage.engine.recording import record
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.commit import CHANGED, Commit, commit
from airflow_provider_ldusage.lake.state import Known, State, Status
from airflow_provider_ldusage.lake.store import MAX_ROUNDS, Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.log_text import table_named
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.records import rows_from

Result = TypeVar("Result")
Records = Sequence[Mapping[str, Any]]
"""The rows of a day: a value for each column, None where it has none."""


@dataclass(frozen=True)
class Reporting:
    """What all tables of one report share.

    :param store: of the lake
    :param account: of the tables that it is computed from
    :param announcing: who is to hear of days that are changed
    :param began: when it began to read; days of a report that began later are left alone
    """

    store: Store
    account: Mapping[str, str]
    announcing: Announcing
    began: datetime

    def open(self, name: str, schema: tuple[Column, ...], summary: str) -> ReportTable:
        """Open a table; one that is not there is created when something is written.

        :param summary: what it holds and what may be summed, in a sentence or two
        :raises LakeError: what stands there is another table
        """
        table = Table.derived(name, self.account, schema, summary)
        target = TableSlice(self.store, table.opened(self.store), {})
        known = target.state_file().read()[0] if target.table.stands else State(target.table.id)
        return ReportTable(self, target, known, self.announcing.inherited(known.debts))


@dataclass(frozen=True)
class ReportTableOutcome:
    """What became of a table of the report.

    :param final_through: the last day of the unbroken run of final days
    :param settled: what to announce
    """

    table: str
    uri: str
    commit: Commit
    final_through: date | None
    settled: Settled = field(default_factory=Settled)


@dataclass(frozen=True)
class ReportTable:
    """A table of the report, and what became of its days so far.

    :param target: the table, as it is in the lake
    :param known: what earlier reports knew of its days
    :param inherited: what earlier tries of the task have left to announce, see :meth:`.Announcing.inherited`
    """

    reporting: Reporting
    target: TableSlice
    known: State
    inherited: Debts
    commit: Commit = field(default_factory=Commit)

    @property
    def changed(self) -> frozenset[date]:
        """The days that have other rows now."""
        return frozenset(day for day, outcome in self.commit.outcomes.items() if outcome in CHANGED)

    def write(self, days: Mapping[date, Records]) -> ReportTable:
        """Write days, except those that a report which began later has written.

        :return: the table with what became of these days too
        :raises LakeError: as :func:`.lake.commit.commit` does
        :raises StoreError: the store cannot be read or written to
        """
        rows = {day: rows_from(self.target.table.schema, records) for day, records in days.items()}
        began, announcing = self.reporting.began, self.reporting.announcing
        done, wanted = self, tuple(rows)
        for _ in range(MAX_ROUNDS):
            if not wanted:
                return done
            target = done.target.opened()
            state, _ = target.state_file().read()
            result = commit(
                target,
                {day: rows[day] for day in wanted},
                on_empty="write",  # what a report finds nothing for is gone
                superseded=state.overtaken(wanted, began, utc_now(), timedelta()),
                before_change=lambda target, changing: record(target, changing, announcing, began),
            )
            done = replace(done, target=target, commit=done.commit.and_then(result))
            wanted = tuple(result.raced)
        raise StoreError(
            f"Other tasks keep creating days of table {table_named(self.target.table.name)!r}.",
            about=self.reporting.store.uri,
        )

    def note(self, open_from: date, remember: Mapping[str, Any] | None = None) -> ReportTableOutcome:
        """Note in the table's state when its days were written.

        :param open_from: the first day that is not final
        :param remember: further fields of the state
        :raises StoreError: the state cannot be read or written
        """
        began, announcing = self.reporting.began, self.reporting.announcing
        known = _known(self.commit, open_from, began)

        def noted(state: State) -> tuple[State, Settled]:
            settled = announcing.settle(state.debts, self.changed, self.inherited)
            other = {**state.other, **(remember or {})}
            return replace(state.with_days(known, began), debts=settled.debts, other=other), settled

        state, settled = self._noted(noted)
        return ReportTableOutcome(self.target.table.name, self.target.uri, self.commit, state.final_through(), settled)

    def remember(self, fields: Mapping[str, Any]) -> None:
        """Note further fields of the table's state, once the table is written.

        :raises StoreError: the state cannot be read or written
        """
        self._noted(lambda state: (replace(state, other={**state.other, **fields}), None))

    def _noted(self, change: Callable[[State], tuple[State, Result]]) -> tuple[State, Result]:
        file = self.target.created().state_file()
        for _ in range(MAX_ROUNDS):
            state, before = file.read()
            new, result = change(state)
            if new == state or not state.readable or file.swap(new, before, self.reporting.began):
                return new, result
        raise StoreError("Other tasks keep writing the table's state.", about=f"{file.store.uri}/{file.name}")


def _known(found: Commit, open_from: date, began: datetime) -> dict[date, Known]:
    """What the state is to say of the days that a report has written."""
    return {
        day: Known(Status.FINAL if day < open_from else Status.OPEN, whole_ms(began))
        for day, outcome in found.outcomes.items()
        if outcome != "superseded"
    }


def together(settled: Collection[Settled]) -> Settled:
    """What to announce of several tables: each day once."""
    days = sorted({day for each in settled for day in each.days})
    owed = sorted({day for each in settled for day in each.owed} - set(days))
    return Settled(frozenset(), tuple(days), max((each.again for each in settled), default=0), tuple(owed))
