"""The metadata by which the API describes each series of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from airflow_provider_ldusage.testing.account.cells import Cell
from airflow_provider_ldusage.testing.account.model import Destination
from airflow_provider_ldusage.testing.api.world import Query, World
from airflow_provider_ldusage.testing.switches import Switches

Metadata = Mapping[str, Any]

_NEWER_NAMES = {"project": "projectId", "environment": "environmentId", "sdktype": "sdkType", "sdk": "sdkName"}
_WAREHOUSE_KINDS = frozenset({"snowflake-v2", "databricks", "bigquery", "redshift", "clickhouse", "s3"})


class Group(NamedTuple):
    """The cells of one series, with the series' metadata."""

    metadata: Metadata
    cells: Sequence[Cell]


class _Dimension(NamedTuple):
    """A dimension that splits an answer, with its key in the metadata."""

    key: str
    label: str


def grouped(query: Query, world: World, cells: Iterable[Cell]) -> list[Group]:
    """Group cells into series.

    :param query: the query, which names the dimensions that split its answer
    :param world: the account, the clock and the switches
    :param cells: the cells to group
    :returns: one group a series, sorted by metadata; one with all cells where nothing splits the answer
    """
    dimensions = _dimensions(query, world.switches)
    if not dimensions:
        return [Group(ungrouped_metadata(query, world.switches), list(cells))]
    groups: dict[str, tuple[Metadata, list[Cell]]] = {}
    for cell in cells:
        metadata = _metadata(cell, dimensions, world.switches)
        groups.setdefault(json.dumps(metadata, sort_keys=True), (metadata, []))[1].append(cell)
    return [Group(*groups[text]) for text in sorted(groups)]


def is_split(query: Query, switches: Switches) -> bool:
    """Whether any dimension splits the query's answer.

    :param query: the query
    :param switches: the switches in force
    :returns: False where the answer is one series
    """
    return bool(_dimensions(query, switches))


def ungrouped_metadata(query: Query, switches: Switches) -> Metadata:
    """The metadata of the one series of an answer that nothing splits.

    :param query: the query
    :param switches: the switches in force
    :returns: the metadata
    """
    if query.endpoint.figure == "events":
        kind = query.path["type"]
        return {"empty_object": {}, "type": {"type": kind}, "key": {"key": kind}}[switches.events_metadata]
    if switches.ungrouped_metadata == "empty_object":
        return {}
    return dict(query.path) if query.endpoint.figure == "streams" else {"key": "total"}


def _dimensions(query: Query, switches: Switches) -> list[_Dimension]:
    asked = [_Dimension(_group_key(query, name, switches), query.endpoint.groups[name]) for name in query.group_by]
    split = switches.context_kind_split
    without_kind = split == "never" or (split == "ungrouped_only" and bool(query.group_by))
    always = [
        _Dimension(switches.bycategory_metadata if label == "category" else label, label)
        for label in query.endpoint.always
        if not (label == "contextKind" and without_kind)
    ]
    return [*asked, *always]


def _group_key(query: Query, name: str, switches: Switches) -> str:
    if name == "anonymousV2":
        return switches.anonymous_key
    if query.endpoint.group_parameter == "groupby" and switches.mau_metadata == "as_newer":
        return _NEWER_NAMES.get(name, name)
    return name


def _metadata(cell: Cell, dimensions: Sequence[_Dimension], switches: Switches) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    by_kind = any(one.key == "destinationKind" for one in dimensions)
    for key, label in dimensions:
        if label == "destinationId":
            described = _destination(cell.labels["destination"], switches)
            # The kind is left to groupBy=destinationKind where that is asked for.
            metadata |= {name: one for name, one in described.items() if not (by_kind and name == "destinationKind")}
            continue
        value = cell.labels[label]
        if value is None:
            if switches.missing_dimension == "empty":
                metadata[key] = ""
        elif label == "anonymous" and switches.anonymous_value == "boolean":
            metadata[key] = value == "true"
        else:
            metadata[key] = value
    return metadata


def _destination(destination: Destination, switches: Switches) -> Metadata:
    """The metadata of ``groupBy=destinationId``.

    As documented: destinations that the token cannot view are one series with the id ``hidden``, usage that names no
    destination has an empty id, and destinations outside the current configuration have a fixed name.
    """
    if not destination.id:
        return {"destinationId": "", "destinationName": "Unattributed"}
    if not destination.current:
        warehouse = destination.kind in _WAREHOUSE_KINDS
        name = "Unknown destination" if warehouse else "Unknown historical destination"
        return {"destinationId": destination.id, "destinationName": name}
    viewable = {"some": destination.viewable, "all": True, "none": False}[switches.destinations_viewable]
    if not viewable:
        return {"destinationId": "hidden", "destinationName": "Unknown destination", "destinationViewable": False}
    return {
        "destinationId": destination.id,
        "destinationName": destination.name,
        "destinationViewable": True,
        "destinationKind": destination.kind,
    }
