"""The figures of owners for the billing period to date, by day and level."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import fsum

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.meters import AdditiveMeter
from airflow_provider_ldusage.insight.bill.names import KnownNames
from airflow_provider_ldusage.insight.bill.owners import GroupTable, Owner
from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.bill.reading import Figures


@dataclass(frozen=True)
class Groups(ABC):
    """Figures of the period to date, in the metric's unit.

    :param to_date: day -> figure of each group of the table
    """

    table: GroupTable
    to_date: Mapping[date, Figures]

    @classmethod
    def of(
        cls, table: GroupTable, periods: Periods, read: Mapping[date, Figures], window: Window, before: Figures
    ) -> Groups:
        """Add days up.

        :param read: what each day's file has; a day without one adds nothing
        :param window: the days to add, which follow those before
        :param before: the figures to date on the day before the window
        """
        kind = AdditiveGroups if isinstance(table.meter, AdditiveMeter) else UniqueGroups
        found: dict[date, Figures] = {}
        current = before
        for day in window.days():
            if day == periods.containing(day).start:
                current = {}
            current = kind.after(current, read.get(day, {}))
            found[day] = current
        return kind(table, found)

    @staticmethod
    @abstractmethod
    def after(before: Figures, of_day: Figures) -> Figures:
        """The figures to date, with those of one more day."""

    @abstractmethod
    def of_level(self, level: str, day: date, known: KnownNames) -> Figures:
        """The figures of a level's owners on a day, in the metric's unit.

        :param known: for the project of an environment, where the table does not have it
        """

    def owner(self, group: Owner, level: str, known: KnownNames) -> Owner:
        """The owner, at a level, to which a group belongs."""
        project, environment, application = group
        if "projectId" not in self.table.dimensions:
            project = known.environment(environment).project_id
        return {
            "project": (project, None, None),
            "environment": (project, environment, None),
            "application": (project, environment, application),
        }[level]


class AdditiveGroups(Groups):
    """Figures that add up over days and over groups."""

    @staticmethod
    def after(before: Figures, of_day: Figures) -> Figures:
        return {**before, **{owner: before.get(owner, 0.0) + figure for owner, figure in of_day.items()}}

    def of_level(self, level: str, day: date, known: KnownNames) -> Figures:
        found: dict[Owner, list[float]] = {}
        for group, figure in self.to_date[day].items():
            found.setdefault(self.owner(group, level, known), []).append(figure)
        return {owner: fsum(figures) for owner, figures in found.items()}


class UniqueGroups(Groups):
    """Figures of the month to date, which must not be added up. A group that is absent from a day's file keeps its
    figure, since nobody new has come."""

    @staticmethod
    def after(before: Figures, of_day: Figures) -> Figures:
        return {**before, **of_day}

    def of_level(self, level: str, day: date, known: KnownNames) -> Figures:
        return {self.owner(group, level, known): figure for group, figure in self.to_date[day].items()}
