"""Who drives usage: projects, environments and applications, and the tables that have figures of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_ldusage.insight.bill.meters import AdditiveMeter, Meter
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.lake.table import Table

LEVELS = ("project", "environment", "application")
"""From coarse to fine."""
DIMENSIONS = ("projectId", "environmentId", "sdkAppId")
"""The API's dimensions that identify an owner, in the order of :data:`Owner`."""
COLUMNS = ("project_id", "environment_id", "sdk_app_id")
"""Their columns, in the same order."""
UNKNOWN = "Unknown"
"""What LaunchDarkly calls applications whose SDK does not name them."""

Owner = tuple[str | None, str | None, str | None]
"""Ids of project, environment and application; None where usage or the level has none."""


@dataclass(frozen=True)
class GroupTable:
    """A table with groups of a meter's figures.

    A group's figures may be summed over anything if the meter is additive, and over nothing otherwise.
    """

    meter: Meter
    stored: StoredTable

    @property
    def table(self) -> Table:
        """Its description."""
        return self.stored.table

    @property
    def dimensions(self) -> list[str]:
        """Those of :data:`DIMENSIONS` that it has."""
        return [name for name in DIMENSIONS if name in self.table.identity["group_by"]]

    @property
    def columns(self) -> list[str]:
        """Those of :data:`COLUMNS` that it has."""
        return [column for name, column in zip(DIMENSIONS, COLUMNS, strict=True) if name in self.dimensions]

    @property
    def fineness(self) -> tuple[int, int]:
        """For comparison: the finer of two tables has more dimensions of owners, or as many and fewer others."""
        dimensions = self.dimensions
        return len(dimensions), len(dimensions) - len(self.table.identity["group_by"])

    def has(self, level: str) -> bool:
        """Whether it has, or adds up to, the figure of each owner of a level. An environment has one project."""
        project, environment, application = (name in self.dimensions for name in DIMENSIONS)
        if isinstance(self.meter, AdditiveMeter):
            return {"project": project or environment, "environment": environment, "application": application}[level]
        if len(self.dimensions) < len(self.table.identity["group_by"]):
            return False
        finest = "application" if application else "environment" if environment else "project"
        return level == finest

    def dimensions_of(self, level: str) -> Sequence[str]:
        """The dimensions that an owner of a level has here."""
        of_level = DIMENSIONS[: LEVELS.index(level) + 1]
        return [name for name in self.dimensions if name in of_level]
