"""The tables of loads: from what the loads of a run have told to ``usage_loads``, from their notes to
``usage_restatements``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from airflow_provider_ldusage.days import utc_day
from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.loads import load_days, restatement_rows
from airflow_provider_ldusage.insight.loads.adding import add
from airflow_provider_ldusage.insight.loads.load_row import (
    LOADS_SCHEMA,
    LOADS_SUMMARY,
    LOADS_TABLE,
    LoadRow,
    ended,
    with_earlier_tries,
)
from airflow_provider_ldusage.insight.loads.notes import gather, remove
from airflow_provider_ldusage.insight.loads.restatement_rows import (
    RESTATEMENTS_SCHEMA,
    RESTATEMENTS_SUMMARY,
    RESTATEMENTS_TABLE,
)
from airflow_provider_ldusage.insight.report_table import Reporting, ReportTableOutcome
from airflow_provider_ldusage.lake.restatement import Restatement

LOADS_TABLES = (LOADS_TABLE, RESTATEMENTS_TABLE)


class Loads:
    """The tables of loads of one report. Assets do not hear of them: their days are those of loading, not of usage.

    :param rows: of the loads of its run
    """

    def __init__(self, reporting: Reporting, rows: Sequence[LoadRow]) -> None:
        self._reporting = replace(reporting, announcing=Silent())
        self._rows = rows
        self._today = utc_day(reporting.began)

    def written(self) -> tuple[ReportTableOutcome, ...]:
        """Gather and write.

        :return: what became of the tables to which something was to be added
        :raises LakeError: a table is another one
        :raises StoreError: the store cannot be read or written to
        """
        loads = [self._loads()] if self._rows else []
        gathered = gather(self._reporting.store, self._reporting.began)
        restatements = [self._restatements(gathered.happened)] if gathered.happened else []
        remove(self._reporting.store, gathered.over)  # what they tell stands by now
        return (*loads, *restatements)

    def _loads(self) -> ReportTableOutcome:
        table = self._reporting.open(LOADS_TABLE, LOADS_SCHEMA, LOADS_SUMMARY)
        rows = load_days.unheard_of(table, with_earlier_tries(self._rows), self._today)
        schema = table.target.table.schema
        for day, new in sorted(ended(rows, self._today).items()):
            table = add(table, day, partial(load_days.union, schema, new=new))
        return table.note(self._today)

    def _restatements(self, notes: Sequence[Restatement]) -> ReportTableOutcome:
        table = self._reporting.open(RESTATEMENTS_TABLE, RESTATEMENTS_SCHEMA, RESTATEMENTS_SUMMARY)
        schema = table.target.table.schema
        for day, seen in sorted(_by_day(notes).items()):
            table = add(table, day, partial(restatement_rows.union, schema, notes=seen))
        return table.note(self._today)


def _by_day(notes: Sequence[Restatement]) -> dict[date, list[Restatement]]:
    """Notes by the UTC day on which the new figures were seen."""
    found: dict[date, list[Restatement]] = {}
    for note in notes:
        found.setdefault(note.seen_at.date(), []).append(note)
    return found
