"""Names of projects and environments for rows that know some of them: an id, or a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.bill.earlier_reports import read_earlier_names
from airflow_provider_ldusage.insight.bill.names import NAMES_SCHEMA, KnownNames, Names, read_names
from airflow_provider_ldusage.insight.bill.owner_rows import OWNERS_SCHEMA, OWNERS_SUMMARY, OWNERS_TABLE
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.lake.inventory import StoredTable, list_of

NAMES = tuple(column.name for column in NAMES_SCHEMA)
Place = dict[str, str | None]


def known_names(
    reporting: Reporting, tables: Mapping[str, StoredTable], days: Iterable[date]
) -> dict[date, KnownNames]:
    """Read the names of some days, as the bill does.

    :param tables: of the lake, by name
    :raises LakeError: the lists or the table ``usage_by_owner`` cannot be read
    """
    wanted = sorted(days)
    if not wanted:
        return {}
    window = Window(wanted[0], wanted[-1] + DAY)
    owners = reporting.open(OWNERS_TABLE, OWNERS_SCHEMA, OWNERS_SUMMARY)
    before = read_earlier_names(owners.target, owners.known, window.start - DAY)
    projects, environments = list_of(tables, "projects"), list_of(tables, "environments")
    names: Names = read_names(reporting.store, projects, environments, window, before)
    return names.of_days(wanted)


class Places:
    """Finds the names of a day's projects and environments by their ids or keys."""

    def __init__(self, known: KnownNames) -> None:
        self._known = known
        self._projects = {named.key: id_ for id_, named in (known.projects or {}).items()}
        self._environments = {(named.project_id, named.key): id_ for id_, named in (known.environments or {}).items()}

    def by_id(self, given: Mapping[str, str | None]) -> Place:
        """The place of ids, with the last known names where it is given none."""
        project = self._known.project(given["project_id"])
        environment = self._known.environment(given["environment_id"])
        found = (
            given["project_id"], project.key, project.name, given["environment_id"], environment.key, environment.name,
        )  # fmt: skip
        return {name: given.get(name) or value for name, value in zip(NAMES, found, strict=True)}

    def by_key(self, project_key: str, environment_key: str) -> Place:
        """The place of keys, with the ids and names that are known."""
        project_id = self._projects.get(project_key)
        environment_id = self._environments.get((project_id, environment_key))
        return self.by_id({
            "project_id": project_id, "project_key": project_key, "environment_id": environment_id,
            "environment_key": environment_key,
        })  # fmt: skip
