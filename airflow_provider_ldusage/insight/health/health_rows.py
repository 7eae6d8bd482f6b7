"""The table ``lake_health``: a row for each day and table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_ldusage.insight.health.restated import NEVER, Restated
from airflow_provider_ldusage.insight.health.table_days import EMPTY, MISSING, WRITTEN
from airflow_provider_ldusage.lake.parquet import Footer
from airflow_provider_ldusage.query import Column

HEALTH_TABLE = "lake_health"
HEALTH_SUMMARY = (
    "The report: a row for each day and loaded table: whether the day is there, how many rows it has, and how often it "
    "was restated."
)
HEALTH_SCHEMA = (
    Column("table", "string"),
    Column("rows", "int64"),
    Column("state", "string"),
    Column("stored_at", "timestamp[ms, UTC]"),
    Column("restated_times", "int64"),
    Column("restated_at", "timestamp[ms, UTC]"),
    Column("restated_by", "double"),
    Column("final", "bool"),
    Column("slices", "int64"),
    Column("slices_absent", "int64"),
)


@dataclass(frozen=True)
class HealthRow:
    """A day of a table, see ``docs/report.md``.

    :param rows: in its files; None if there is none that can be read
    :param state: ``written``, ``empty``, ``missing`` or ``late``
    :param stored_at: when LaunchDarkly was last asked for it
    :param slices: that should have the day
    :param slices_absent: those of them that have none
    """

    table: str
    rows: int | None
    state: str
    stored_at: datetime | None
    final: bool
    slices: int
    slices_absent: int
    restated: Restated = NEVER

    def to_record(self) -> dict[str, Any]:
        """The value of each column."""
        restated = {
            "restated_times": self.restated.times, "restated_at": self.restated.at, "restated_by": self.restated.by,
        }  # fmt: skip
        return {
            column.name: restated[column.name] if column.name in restated else getattr(self, column.name)
            for column in HEALTH_SCHEMA
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> HealthRow:
        """The row that :meth:`to_record` has written."""
        restated = Restated(record["restated_times"], record["restated_at"], record["restated_by"])
        return cls(**{name: record[name] for name in _OWN}, restated=restated)


_OWN = ("table", "rows", "state", "stored_at", "final", "slices", "slices_absent")


def counted_rows(footers: Sequence[Footer | None]) -> int | None:
    """How many rows the files of a day have; None if there is none that can be read."""
    known = [footer.rows for footer in footers if footer is not None and footer.rows is not None]
    return sum(known) if known else None


def state_of(absence: str | None, footers: Sequence[Footer | None]) -> str:
    """The state of a day.

    :param absence: why the day is not there whole, by the states of its slices
    :param footers: of its files: None for one that is gone
    """
    if absence is not None:
        return absence
    if any(footer is None or footer.rows is None for footer in footers):
        return MISSING
    return WRITTEN if counted_rows(footers) else EMPTY
