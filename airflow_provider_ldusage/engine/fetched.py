"""What LaunchDarkly reports for the days of a part."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

from airflow_provider_ldusage.log_text import counted
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Day


@dataclass(frozen=True)
class Fetched:
    """The answers for one part, as rows by day.

    :param asked_at: when the first question was sent, by the client's corrected clock
    :param days: the days that have rows; lists without history are under the UTC day on which they were seen
    :param coverage: for days made of several answers or pages, the rows that these speak of
    :param series: how many series have a figure; None for lists
    :param data_through: RFC 3339, up to when a data export figure is counted
    :param projection: the forecast, if the answers have one
    """

    asked_at: datetime
    days: Mapping[date, Day]
    coverage: Mapping[date, Coverage] = field(default_factory=dict)
    series: int | None = None
    data_through: str | None = None
    projection: Day | None = None
    set_aside: ExitStack = field(default_factory=ExitStack)

    def __str__(self) -> str:
        """``812 points of 204 series``, or ``12 items`` for a list."""
        rows = sum(map(len, self.days.values()))
        return counted(rows, "item") if self.series is None else f"{counted(rows, 'point')} of {self.series:,} series"

    def close(self) -> None:
        """Release the figures that were set aside. The days of a series cannot give their rows afterwards."""
        self.set_aside.close()
