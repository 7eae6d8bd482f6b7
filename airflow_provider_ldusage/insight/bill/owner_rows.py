"""The table ``usage_by_owner``: a row for each day, meter and owner, at each level that has exact figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Any

from airflow_provider_ldusage.insight.bill.group_figures import Groups
from airflow_provider_ldusage.insight.bill.names import NAMES_SCHEMA, KnownNames
from airflow_provider_ldusage.insight.bill.owners import UNKNOWN, GroupTable, Owner
from airflow_provider_ldusage.query import Column

OWNERS_TABLE = "usage_by_owner"
OWNERS_SUMMARY = (
    "The report: a row for each day, meter and owner, with the billing period to date, at each level: project, "
    "environment, application. Choose one level, and never sum days. period_to_date of unique keys may not be summed "
    "over owners either; allocated may."
)
OWNERS_SCHEMA = (
    Column("meter", "string"),
    *NAMES_SCHEMA,
    Column("application_id", "string"),
    Column("period_to_date", "double"),
    Column("share", "double"),
    Column("allocated", "double"),
    Column("unattributed", "bool"),
    Column("level", "string"),
)


@dataclass(frozen=True)
class OwnerRow:
    """An owner's figure of a meter on a day. Its fields are the table's columns.

    :param period_to_date: the exact figure of the owner, in the meter's unit
    :param share: of the sum of all owners of the level
    :param allocated: that share of the account's figure; None where that is not known
    :param unattributed: an id is absent, an application unknown, or a project or environment never had a name
    """

    meter: str
    project_id: str | None
    project_key: str | None
    project_name: str | None
    environment_id: str | None
    environment_key: str | None
    environment_name: str | None
    application_id: str | None
    period_to_date: float
    share: float
    allocated: float | None
    unattributed: bool
    level: str

    def to_record(self) -> dict[str, Any]:
        """The value of each column."""
        return {column.name: getattr(self, column.name) for column in OWNERS_SCHEMA}

    @property
    def owner(self) -> Owner:
        """The ids of its owner."""
        return self.project_id, self.environment_id, self.application_id


def owner_rows(level: str, groups: Groups, day: date, account: float | None, known: KnownNames) -> Iterator[OwnerRow]:
    """Make the rows of one meter, level and day. Owners without usage in the period have none.

    :param account: the account's figure of the period to date, in the meter's unit
    :param known: the names of the day
    """
    meter = groups.table.meter
    figures = {
        owner: figure / meter.divisor for owner, figure in groups.of_level(level, day, known).items() if figure > 0
    }
    total = fsum(figures.values())
    for owner, figure in figures.items():
        share = figure / total
        allocated = None if account is None else account * share
        yield _row(groups.table, level, owner, known, (figure, share, allocated))


def _row(
    table: GroupTable, level: str, owner: Owner, known: KnownNames, figures: tuple[float, float, float | None]
) -> OwnerRow:
    project_id, environment_id, application_id = owner
    project, environment = known.project(project_id), known.environment(environment_id)
    return OwnerRow(
        table.meter.name, project_id, project.key, project.name, environment_id, environment.key, environment.name,
        application_id, *figures, _is_unattributed(table, level, owner, known), level,
    )  # fmt: skip


def _is_unattributed(table: GroupTable, level: str, owner: Owner, known: KnownNames) -> bool:
    ids = dict(zip(("projectId", "environmentId", "sdkAppId"), owner, strict=True))
    told = set(table.dimensions_of(level)) | ({"projectId"} if level == "project" else set())
    lists: Mapping[str, Any] = {"projectId": known.projects, "environmentId": known.environments}
    return any(
        ids[name] in (None, "", UNKNOWN) or (lists.get(name) is not None and ids[name] not in lists[name])
        for name in told
    )
