"""The tables of what is out of date: ``outdated_sdks`` and ``stale_flags``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_provider_ldusage.days import DAY
from airflow_provider_ldusage.insight.hygiene.outdated_sdks import SDKS_TABLE, OutdatedSdks
from airflow_provider_ldusage.insight.hygiene.places import known_names
from airflow_provider_ldusage.insight.hygiene.stale_flags import FLAGS_TABLE, STALE_AFTER, StaleFlags
from airflow_provider_ldusage.insight.report_table import Reporting, ReportTable, ReportTableOutcome
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.log_text import counted

HYGIENE_TABLES = (SDKS_TABLE, FLAGS_TABLE)


@dataclass(frozen=True)
class Tally:
    """How many of all are out of date, on the last day that was written."""

    outdated: int
    all: int


@dataclass(frozen=True)
class HygieneOutcome:
    """What became of the tables, and what they say.

    :param sdks: None: no list of SDK versions is loaded
    :param flags: None: no evaluations are loaded
    """

    tables: tuple[ReportTableOutcome, ...] = ()
    sdks: Tally | None = None
    flags: Tally | None = None
    stale_after: int = STALE_AFTER

    @property
    def line(self) -> str | None:
        """The same for people; None: nothing is known."""
        parts = []
        if self.sdks:
            versions = counted(self.sdks.all, "SDK version")
            parts.append(f"{self.sdks.outdated} of {versions} in use at or near the end of life")
        if self.flags:
            flags, days = counted(self.flags.all, "flag"), counted(self.stale_after, "day")
            parts.append(f"{self.flags.outdated} of {flags} without an evaluation for {days}")
        return f"Hygiene: {', '.join(parts)}" if parts else None

    def to_json(self) -> dict[str, Any]:
        """The same for XCom."""
        return {
            "outdated_sdks": self.sdks and self.sdks.outdated,
            "sdks": self.sdks and self.sdks.all,
            "stale_flags": self.flags and self.flags.outdated,
            "flags": self.flags and self.flags.all,
            "stale_after": self.stale_after,
        }


class Hygiene:
    """The two tables of one report.

    :param tables: of the lake, by name
    :param today: the first day that is not over
    """

    def __init__(self, reporting: Reporting, tables: Mapping[str, StoredTable], stale_after: int, today: date) -> None:
        self._reporting, self._tables, self._stale_after = reporting, tables, stale_after
        self._sdks = OutdatedSdks(reporting, tables, today)
        self._flags = StaleFlags(reporting, tables, stale_after, today - DAY)

    def written(self) -> HygieneOutcome:
        """Read, compute and write."""
        days = {*self._flags.days, *(day - DAY for day in self._sdks.days)}
        names = known_names(self._reporting, self._tables, days)
        sdks, flags = self._sdks.records(names), self._flags.records(names)
        written = (
            *_written(self._sdks.own, sdks, date.max),
            *_written(self._flags.own, flags, self._flags.open_from),
        )
        return HygieneOutcome(written, _last(sdks, "outdated"), _last(flags, "stale"), self._stale_after)


def _written(
    own: ReportTable, days: Mapping[date, Sequence[Mapping[str, Any]]], open_from: date
) -> tuple[ReportTableOutcome, ...]:
    return (own.write(days).note(open_from),) if days else ()


def _last(days: Mapping[date, Sequence[Mapping[str, Any]]], column: str) -> Tally | None:
    """Count the rows of the last of some days.

    :param column: true in those that are out of date
    """
    if not days:
        return None
    rows = days[max(days)]
    return Tally(sum(row[column] for row in rows), len(rows))
