"""What the documentation says about one endpoint of the account usage API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["ms", "s", "unstated", "none"]
Shape = Literal["series", "sdks", "sdk_versions", "details", "ranking"]
Aggregations = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Filter:
    """A filter parameter.

    :param label: the dimension it compares, as cells name it
    :param many: whether it may be given several times
    :param values: the documented values, if there are any; others are refused
    """

    label: str
    many: bool = True
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """The documented rules of one endpoint.

    :param path: URL template below ``/api/v2/usage/``
    :param figure: the figure it reports, as :func:`~airflow_provider_ldusage.testing.account.cells.cells_of` names it
    :param unit: documented unit of ``from`` and ``to``; ``none`` if it takes no range
    :param begins: default of ``from``: ``month`` (its start), a number of days ago such as ``30d``, or ``required``
    :param filters: parameter name to filter
    :param group_parameter: name of the grouping parameter
    :param groups: grouping value to the dimension it stands for
    :param aggregations: aggregation type to its granularities, defaults first
    :param choices: which of the parameters ``aggregationType`` and ``granularity`` it takes
    :param max_days: documented maximum of the range
    :param options: further parameters, with one value each
    :param unique: whether it counts unique keys, which add up neither over days nor over groups
    :param only: dimension to the only value that it reports
    :param primary_kind: whether it counts the primary context kind only
    :param always: dimensions that split the answer without being asked for
    :param automatic: name of the switch that decides how the endpoint chooses its granularity; empty if it does not
    :param current_environments: whether a filter by project means the project's current environments
    :param not_found: whether 404 is documented
    :param half_units: whether amounts are kept in half units and reported as floats
    :param shape: model of the answer
    """

    path: str
    figure: str
    unit: Unit
    begins: str = "month"
    filters: Mapping[str, Filter] = field(default_factory=dict)
    group_parameter: str = "groupBy"
    groups: Mapping[str, str] = field(default_factory=dict)
    aggregations: Aggregations = field(default_factory=dict)
    choices: tuple[str, ...] = ("aggregationType", "granularity")
    max_days: int | None = 365
    options: tuple[str, ...] = ()
    unique: bool = False
    only: Mapping[str, str] = field(default_factory=dict)
    primary_kind: bool = False
    always: tuple[str, ...] = ()
    automatic: str = ""
    current_environments: bool = False
    not_found: bool = False
    half_units: bool = False
    shape: Shape = "series"

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names of the template's path values, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def match(self, path: str) -> tuple[str, ...] | None:
        """Compare a path with the template.

        :param path: path below ``/api/v2/usage/``
        :returns: the raw path values in the template's order, or None if the path is not this endpoint's
        """
        names, parts = self.path.split("/"), path.split("/")
        if len(names) != len(parts):
            return None
        pairs = list(zip(names, parts, strict=True))
        if not all(name.startswith("{") or name == part for name, part in pairs):
            return None
        return tuple(part for name, part in pairs if name.startswith("{"))
