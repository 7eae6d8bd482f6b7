"""What every check is: an object that keeps little of each day as it is stored, and judges the days afterwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
    from airflow_provider_ldusage.lake.state import State
    from airflow_provider_ldusage.lake.table_slice import TableSlice
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.rows.day import Rows

Note = TypeVar("Note")

MAX_NAMED = 5
"""Series or days that a finding names, if there is room; it counts the others."""


@dataclass(frozen=True)
class LoadedDays(Generic[Note]):
    """Consecutive closed days that a load has asked for, as the table has them now.

    :param notes: what the check keeps of each day; None for a day without rows
    :param target: the table's slice
    :param state: what is known of the table's days, this load included
    :param before: what was known of them before this load; None where no other day is to be judged
    """

    notes: Mapping[date, Note | None]
    target: TableSlice
    state: State
    before: State | None

    @property
    def first(self) -> date:
        """The first of the days."""
        return min(self.notes)


class Check(ABC, Generic[Note]):
    """A data-quality check during one load.

    ``name`` is its key in the argument ``checks``.

    :param query: what is loaded
    :param series: the series of all days of the load, numbered
    :param target: the table's slice, as it was before the load
    """

    name: ClassVar[str]

    def __init__(self, query: UsageQuery, series: SeriesNumbers, target: TableSlice) -> None:
        self.query, self.series, self.target = query, series, target

    @abstractmethod
    def applies(self) -> bool:
        """Whether the check makes sense of the query's figures."""

    @abstractmethod
    def note(self, rows: Rows) -> Note | None:
        """What to keep of a day's rows: little, since a load may be of years. None where there are no rows."""

    @abstractmethod
    def run(self, days: LoadedDays[Note]) -> list[str] | None:
        """Judge days.

        :return: one line for each finding; None where there was nothing to judge
        :raises StoreError: the store cannot be read
        """
