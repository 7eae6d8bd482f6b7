"""Keys and names of projects and environments, as they were known when a day was loaded.

The lists are stored under the day on which they were seen. A day is loaded on the day after it, so a day's names are
those of the lists that were seen by then. What is no longer listed keeps its last name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.stored_days import read_days
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.query import Column

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_provider_ldusage.lake.store import Store


class Named(NamedTuple):
    """What people call a project or an environment.

    :param project_id: of an environment
    """

    key: str | None = None
    name: str | None = None
    project_id: str | None = None


NAMES_SCHEMA = tuple(
    Column(name, "string")
    for name in (
        "project_id", "project_key", "project_name", "environment_id", "environment_key", "environment_name",
    )
)  # fmt: skip
"""The columns of the report's tables that name a project and an environment."""
NOT_NAMED = Named()
Listed = Mapping[str, Named]


@dataclass(frozen=True)
class KnownNames:
    """The names that are known on a day, by id.

    :param projects: None: no list was seen yet, so nobody can tell which ids have no name
    :param environments: likewise
    """

    projects: Listed | None = None
    environments: Listed | None = None

    def project(self, id_: str | None) -> Named:
        """A project's key and name."""
        return (self.projects or {}).get(id_ or "", NOT_NAMED)

    def environment(self, id_: str | None) -> Named:
        """An environment's key, name and project."""
        return (self.environments or {}).get(id_ or "", NOT_NAMED)


@dataclass(frozen=True)
class Names:
    """The names of each day.

    :param before: what was known before the first list below
    :param projects: day on which a list was seen -> the list
    :param environments: likewise
    """

    before: KnownNames = field(default_factory=KnownNames)
    projects: Mapping[date, Listed] = field(default_factory=dict)
    environments: Mapping[date, Listed] = field(default_factory=dict)

    def of_days(self, days: Iterable[date]) -> dict[date, KnownNames]:
        """The names on each of some days."""
        wanted = sorted(days)
        found: dict[date, KnownNames] = {}
        known = self.before
        seen = sorted({*self.projects, *self.environments})
        for day in wanted:
            while seen and seen[0] <= day + DAY:
                known = self._with(known, seen.pop(0))
            found[day] = known
        return found

    def _with(self, known: KnownNames, day: date) -> KnownNames:
        return KnownNames(
            _later(known.projects, self.projects.get(day)), _later(known.environments, self.environments.get(day))
        )


def _later(known: Listed | None, listed: Listed | None) -> Listed | None:
    return known if listed is None else {**(known or {}), **listed}


def read_names(
    store: Store, projects: StoredTable | None, environments: StoredTable | None, window: Window, before: KnownNames
) -> Names:
    """Read the lists that tell the names of a window's days: those of the window, and the last one before it.

    :param before: what is known from days before the window
    :raises StoreError: the store cannot be read
    """
    days = [*window.days(), window.end]
    found = [
        {} if table is None else read_days(store, table.table, [*_last_before(table, window), *days], columns, _listed)
        for table, columns in (
            (projects, ["id", "key", "name"]), (environments, ["id", "key", "name", "project_id"]),
        )
    ]  # fmt: skip
    return Names(before, *found)


def _last_before(table: StoredTable, window: Window) -> list[date]:
    days = [day for each in table.slices for day in each.state.days if day < window.start]
    return [max(days)] if days else []


def _listed(rows: pa.Table) -> Listed:
    items: list[dict[str, Any]] = rows.to_pylist()
    return {item["id"]: Named(item["key"], item["name"], item.get("project_id")) for item in items if item["id"]}
