"""What the model holds, without HTTP: for tests to compare with what was loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_provider_ldusage.testing import answers
from airflow_provider_ldusage.testing.endpoints import ENDPOINTS, Endpoint, path_names
from airflow_provider_ldusage.testing.rules import (
    DAY_MS,
    Query,
    Refusal,
    World,
    check_choices,
    check_filters,
    check_path,
)

_LISTS: Mapping[str, Callable[[Query, World], Sequence[Any]]] = {
    "sdks": answers.sdk_names,
    "sdk_versions": answers.sdk_versions,
    "details": answers.sdk_details,
    "ranking": answers.ranking,
}


@dataclass(frozen=True)
class Asked:
    """What a test asks for: the arguments of `Simulator.truth`."""

    endpoint: str
    start: date | None
    end: date | None
    group_by: tuple[str, ...]
    filters: Mapping[str, str | Sequence[str]]
    aggregation: str | None
    granularity: str | None
    path: Mapping[str, str]


def truth(asked: Asked, world: World) -> list[Any]:
    """Rows of a series by time, or the items of a list. Raises ValueError for what the endpoint does not have."""
    query = _query(asked, world)
    if query.endpoint.shape == "series":
        switches = world.switches.but(month_to_date_from="month_start")
        return answers.rows(query, World(world.account, world.now, switches))
    return list(_LISTS[query.endpoint.shape](query, world))


def _query(asked: Asked, world: World) -> Query:
    name = asked.endpoint
    endpoint = ENDPOINTS.get(name)
    if endpoint is None:
        raise ValueError(f"no endpoint {name!r}; there are {', '.join(ENDPOINTS)}")
    if set(asked.path) != set(path_names(name)):
        raise ValueError(f"{name}: expected the path values {path_names(name)}, got {tuple(asked.path)}")
    filters, options = _filters_and_options(endpoint, asked.filters)
    if endpoint.unit == "none":
        first = last = world.now
    elif asked.start is None or asked.end is None:
        raise ValueError(f"{name}: start and end are needed")
    else:
        first, last = _day_ms(asked.start), _day_ms(asked.end)
    path = {key: asked.path[key] for key in path_names(name)}
    try:
        check_path(path, world.account)
        choices = _choices(endpoint, asked, world)
        nothing = check_filters(endpoint, filters, world)
    except Refusal as refusal:
        raise ValueError(f"{name}: {refusal.body['message']}") from refusal
    return Query(endpoint, path, first, last, filters, asked.group_by, *choices, options, nothing)


def _choices(endpoint: Endpoint, asked: Asked, world: World) -> tuple[str, str]:
    """Aggregation and granularity. A test says which granularity it wants even where the API chooses by itself."""
    if not endpoint.automatic:
        return check_choices(endpoint, asked.group_by, asked.aggregation, asked.granularity, world.switches)
    granularity = asked.granularity or "daily"
    if asked.group_by or asked.aggregation or granularity not in ("minutely", "hourly", "daily"):
        raise ValueError(f"{endpoint.path}: no such grouping, aggregation or granularity")
    return "", granularity


def _filters_and_options(
    endpoint: Endpoint, given: Mapping[str, str | Sequence[str]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    values = {name: (one,) if isinstance(one, str) else tuple(one) for name, one in given.items()}
    for name, several in values.items():
        if name not in endpoint.filters and name not in endpoint.options:
            raise ValueError(f"{endpoint.path}: no filter {name!r}")
        if len(several) != 1 and (name in endpoint.options or not endpoint.filters[name].many):
            raise ValueError(f"{endpoint.path}: {name} takes one value")
    return (
        {name: one for name, one in values.items() if name in endpoint.filters},
        {name: one[0] for name, one in values.items() if name in endpoint.options},
    )


def _day_ms(day: date) -> int:
    return (date(day.year, day.month, day.day) - date(1970, 1, 1)).days * DAY_MS
