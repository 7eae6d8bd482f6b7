"""What a load did, for the task's log and its XCom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from airflow_provider_ldusage.days import Window, day_ranges
from airflow_provider_ldusage.lake.commit import Commit


@dataclass(frozen=True)
class Refusal:
    """Older days that could not be loaded, and why.

    - ``tried``: they were asked for; else they are left to the next load
    """

    window: Window
    reason: str
    tried: bool = True


@dataclass(frozen=True)
class Report:
    """What a load did.

    - ``window``: the run's own days with their look-back, and ``rule`` what chose them
    - ``rows``: rows in the answers
    - ``commit``: what became of each day, of older days that were gone back to as well
    - ``requests``: HTTP requests, retries and all
    - ``data_through``: RFC 3339, up to when a data export figure is counted
    - ``final_through``: the last day of the unbroken run of final days, see :meth:`.lake.state.State.final_through`
    - ``open``: days up to the window's end that later loads go back to
    - ``refused``: older days that could not be loaded, by this load and by those before it
    - ``given_up``: older days that are not tried again
    - ``skipped``: why nothing was loaded
    """

    table: str
    uri: str
    window: Window
    rule: str
    rows: int = 0
    commit: Commit = field(default_factory=Commit)
    requests: int = 0
    data_through: str | None = None
    final_through: date | None = None
    open: tuple[date, ...] = ()
    refused: tuple[date, ...] = ()
    given_up: tuple[date, ...] = ()
    skipped: str | None = None

    def to_xcom(self) -> dict[str, Any]:
        """JSON that is small even for a year: days are counts and ranges, both ends inclusive."""
        return {
            "table": self.table,
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
            "skipped": self.skipped,
        }


def _days(days: Iterable[date]) -> dict[str, Any]:
    found = list(days)
    return {"count": len(found), "ranges": day_ranges(found)}
