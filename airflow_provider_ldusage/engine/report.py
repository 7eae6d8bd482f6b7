"""What a load did, for the task's XCom and its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import Window, day_ranges, ranges_text
from airflow_provider_ldusage.engine.announcing import Settled
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.log_text import MAX_RANGES, counted

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.retry import Stats
    from airflow_provider_ldusage.query import Column


@dataclass(frozen=True)
class Refusal:
    """Older days that could not be loaded, and why.

    :param tried: they were asked for; otherwise they are left to the next load
    """

    window: Window
    reason: str
    tried: bool = True


@dataclass(frozen=True)
class Output:
    """A table that a load has brought up to date.

    :param table: its name
    :param columns: of its day files
    :param commit: what became of its days
    """

    table: str
    columns: tuple[Column, ...]
    commit: Commit


@dataclass(frozen=True)
class Report:
    """What a load did.

    :param window: the run's own days with their look-back
    :param rule: what chose them
    :param slice: the slice's columns with their values
    :param rows: rows in the answers
    :param commit: what became of each day, also of older days
    :param requests: HTTP requests, including retries
    :param data_through: RFC 3339, up to when a data export figure is counted
    :param final_through: the last day of the unbroken run of final days, see :meth:`.lake.state.State.final_through`
    :param open: days up to the window's end that later loads go back to
    :param refused: older days that could not be loaded, by this load and by those before it
    :param given_up: older days that are not tried again
    :param announced: days that the task announces to assets
    :param skipped: why nothing was loaded
    :param outputs: the table and, if there was a forecast, the table of forecasts; none if nothing was loaded
    """

    table: str
    uri: str
    window: Window
    rule: str
    slice: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    commit: Commit = field(default_factory=Commit)
    requests: int = 0
    data_through: str | None = None
    final_through: date | None = None
    open: tuple[date, ...] = ()
    refused: tuple[date, ...] = ()
    given_up: tuple[date, ...] = ()
    announced: Settled = field(default_factory=Settled)
    skipped: str | None = None
    outputs: tuple[Output, ...] = ()

    def to_xcom(self) -> dict[str, Any]:
        """JSON that is small even for a year: days are counts and ranges, both ends inclusive."""
        return {
            "table": self.table,
            "slice": dict(self.slice),
            "uri": self.uri,
            "rows": self.rows,
            "window": self.window.isoformat(),
            "days": {name: _days(days) for name, days in self.commit.lists().items()},
            "requests": self.requests,
            "data_through": self.data_through,
            "final_through": self.final_through and self.final_through.isoformat(),
            "open": _days(self.open),
            "refused": _days(self.refused),
            "given_up": _days(self.given_up),
            "announced": {**_days(self.announced.days), "again": self.announced.again},
            "skipped": self.skipped,
        }

    def to_text(self, stats: Stats) -> str:
        """The table at the end of the log: what became of the days, and what it took."""
        days = {**{f"days {what}": days for what, days in self.commit.lists().items()}, "days still open": self.open}
        lines = [(what, len(found), ranges_text(found, MAX_RANGES)) for what, found in days.items()]
        lines += [
            ("rows", self.rows, ""),
            ("requests", stats.requests, f"{stats.retries:,} of them retries, {stats.waited:,.1f} s waited"),
            ("bytes received", stats.bytes, ""),
            ("files stored", self.commit.files, counted(self.commit.bytes, "byte")),
        ]
        wide = max(len(f"{count:,}") for _, count, _ in lines)
        text = [f"  {what:<15}  {count:>{wide},}  {note}".rstrip() for what, count, note in lines]
        final = f"final through {self.final_through}" if self.final_through else "no day is final yet"
        return "\n".join([f"Loaded {self.table}, {self.window}, {final}:", *text])


def _days(days: Iterable[date]) -> dict[str, Any]:
    found = list(days)
    return {"count": len(found), "ranges": day_ranges(found)}
