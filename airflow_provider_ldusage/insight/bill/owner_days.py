"""The rows of owners, made a month at a time: figures to date are carried on from one month to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.bill.account_figures import AccountFigures
from airflow_provider_ldusage.insight.bill.group_figures import Groups
from airflow_provider_ldusage.insight.bill.names import KnownNames, Names
from airflow_provider_ldusage.insight.bill.owner_rows import OwnerRow, owner_rows
from airflow_provider_ldusage.insight.bill.owners import LEVELS, Owner
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.bill.reading import Figures, read_groups
from airflow_provider_ldusage.insight.bill.sources import Source

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store

MOST = 3
"""How many of the owners that have grown are named, of each meter."""


@dataclass(frozen=True)
class Grown:
    """An owner whose figure has grown since the same day of the period before.

    :param row: its last row
    :param before: its figure on that day; 0 where it had none
    """

    row: OwnerRow
    before: float

    @property
    def growth(self) -> float:
        """How much more it is."""
        return self.row.period_to_date - self.before


class OwnerDays:
    """The rows of owners. Ask for the days of ``read`` in order, each once.

    :param figures: the account's, by meter
    :param read: the days to read; the first is the first of a period
    """

    def __init__(
        self,
        store: Store,
        sources: Mapping[str, Source],
        billing: Periods,
        figures: Mapping[str, AccountFigures],
        names: Names,
        read: Window,
    ) -> None:
        self._store, self._sources, self._billing, self._figures = store, sources, billing, figures
        self._names, self._next = names.of_days(read.days()), read.start
        self._to_date: dict[tuple[str, str], Figures] = {}  # by meter and table
        self._compared = _compared_days(sources, billing, read.end - DAY)
        self._kept: dict[tuple[str, date], Groups] = {}  # of the coarsest level, on the days that are compared

    def rows(self, window: Window) -> dict[date, list[OwnerRow]]:
        """Make the rows of some days.

        :raises StoreError: the store cannot be read
        """
        read = Window(self._next, window.end)
        found: dict[date, list[OwnerRow]] = {day: [] for day in window.days()}
        for source in self._sources.values():
            for day, row in self._of_meter(source, read):
                if day in found:
                    found[day].append(row)
        self._next = window.end
        return found

    def grown(self) -> tuple[Grown, ...]:
        """The owners of each meter that have grown most, at its coarsest level, with the names of the last day."""
        found: list[Grown] = []
        for name in self._sources:
            last, earlier = self._compared[name]
            now, before = (self._coarsest(name, day, last) for day in (last, earlier))
            grown = [Grown(row, before[owner].period_to_date if owner in before else 0.0) for owner, row in now.items()]
            found += sorted((each for each in grown if each.growth > 0), key=lambda each: -each.growth)[:MOST]
        return tuple(found)

    def _of_meter(self, source: Source, window: Window) -> Iterator[tuple[date, OwnerRow]]:
        periods = source.meter.periods(self._billing)
        account = self._figures.get(source.meter.name)
        for table in {each.table.name: each for each in source.levels.values()}.values():
            key = (source.meter.name, table.table.name)
            read = read_groups(self._store, table, window.days())
            groups = Groups.of(table, periods, read, window, self._to_date.get(key, {}))
            self._to_date[key] = groups.to_date[window.end - DAY]
            self._keep(source, groups)
            for level in (level for level, each in source.levels.items() if each is table):
                for day in window.days():
                    total = account.to_date(day) if account else None
                    for row in owner_rows(level, groups, day, total, self._names.get(day, KnownNames())):
                        yield day, row

    def _keep(self, source: Source, groups: Groups) -> None:
        if source.levels[_coarsest(source)] == groups.table:
            for day in self._compared[source.meter.name]:
                if day in groups.to_date:
                    self._kept[source.meter.name, day] = groups

    def _coarsest(self, meter: str, day: date, last: date) -> dict[Owner, OwnerRow]:
        groups = self._kept.get((meter, day))
        if groups is None:
            return {}
        known = self._names.get(last, KnownNames())
        return {row.owner: row for row in owner_rows(_coarsest(self._sources[meter]), groups, day, None, known)}


def _coarsest(source: Source) -> str:
    return next(level for level in LEVELS if level in source.levels)


def _compared_days(sources: Mapping[str, Source], billing: Periods, last: date) -> dict[str, tuple[date, date]]:
    """Meter -> the last day, and the same day of the period before, or that period's last day if it is shorter."""
    return {name: (last, source.meter.periods(billing).same_day_before(last)) for name, source in sources.items()}
