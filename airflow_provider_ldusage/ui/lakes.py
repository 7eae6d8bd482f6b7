"""Which lakes the page shows: by their names, so that nobody asks for a path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from configparser import InterpolationError
from dataclasses import dataclass
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.place import Place
from airflow_provider_ldusage.ui.problems import no_lake, unknown_lake, wrong_option

SECTION, OPTION = "ldusage", "lakes"
VARIABLE = "ldusage_destination"
"""The Variable of the example DAGs."""
THE_ONE = "default"
"""The name of the Variable's lake."""


@dataclass(frozen=True)
class Lake:
    """A lake.

    :param destination: as the operators have it
    """

    name: str
    destination: str

    @property
    def uri(self) -> str:
        """Its address for people, without a connection; empty if it is none."""
        try:
            return Place.of(self.destination, lambda scheme: True).uri
        except UsageArgumentError:
            return ""


@dataclass(frozen=True)
class Lakes:
    """The lakes to choose from, the first of which is shown unless another one is chosen."""

    by_name: Mapping[str, Lake]

    def chosen(self, name: str | None) -> Lake:
        """Return a lake.

        :param name: None: the first
        :raises Problem: there is none, or none of that name
        """
        if not self.by_name:
            raise no_lake()
        if name is None:
            return next(iter(self.by_name.values()))
        if name not in self.by_name:
            raise unknown_lake(name)
        return self.by_name[name]

    def to_json(self) -> dict[str, Any]:
        """For the page.

        :raises Problem: there is none
        """
        lakes = [{"name": lake.name, "uri": lake.uri} for lake in self.by_name.values()]
        return {"lakes": lakes, "selected": self.chosen(None).name}


def configured() -> Lakes:
    """The lakes of the option ``[ldusage] lakes``; without it, the one of the Variable.

    :raises Problem: the option cannot be read
    """
    from airflow_provider_ldusage.compat import Variable, conf

    try:
        option = (conf.get(SECTION, OPTION, fallback=None) or "").strip()
    except InterpolationError:
        raise wrong_option("has a percent sign that is not written twice (%%)") from None
    if option:
        return Lakes({name: Lake(name, destination) for name, destination in _parsed(option).items()})
    destination = (Variable.get(VARIABLE, default=None) or "").strip()
    return Lakes({THE_ONE: Lake(THE_ONE, destination)} if destination else {})


def _parsed(option: str) -> dict[str, str]:
    try:
        found = json.loads(option)
    except ValueError:
        raise wrong_option("is no JSON") from None
    if not isinstance(found, dict) or not found:
        raise wrong_option("is no JSON object with a lake")
    if not all(name and isinstance(destination, str) and destination for name, destination in found.items()):
        raise wrong_option("has a lake without a name or an address")
    return found
