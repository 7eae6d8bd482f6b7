"""The figures that the model holds, without HTTP, for tests to compare with what was loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from airflow_provider_ldusage.testing.api.answers import LISTS
from airflow_provider_ldusage.testing.api.endpoint import Endpoint
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from airflow_provider_ldusage.testing.api.refusal import Refusal
from airflow_provider_ldusage.testing.api.rules import check_choices, check_filters, check_path
from airflow_provider_ldusage.testing.api.usage_series import compute
from airflow_provider_ldusage.testing.api.world import DAY_MS, Query, World


@dataclass(frozen=True)
class Question:
    """What a test asks for: the arguments of ``Simulator.truth``.

    :param endpoint: URL template below ``/api/v2/usage/``
    :param start: first UTC day; None for lists without a range
    :param end: the UTC day after the last; None for lists without a range
    :param group_by: grouping values
    :param filters: filter parameter to one value or several
    :param aggregation: aggregation type; None for the default
    :param granularity: granularity; None for the default
    :param path: path values by name
    """

    endpoint: str
    start: date | None
    end: date | None
    group_by: tuple[str, ...]
    filters: Mapping[str, str | Sequence[str]]
    aggregation: str | None
    granularity: str | None
    path: Mapping[str, str]


def truth(question: Question, world: World) -> list[Any]:
    """Answer a test's question from the model.

    :param question: what the test asks for
    :param world: the account, the clock and the switches
    :returns: for series, rows ``{"time": epoch ms, "value": number, **metadata}`` by time; for lists, their items
    :raises ValueError: the endpoint does not have one of the arguments
    """
    query = _query(question, world)
    if query.endpoint.shape == "series":
        return _rows(query, _undistorted(world))
    return LISTS[query.endpoint.shape](query, world)


def _undistorted(world: World) -> World:
    """The world without what switches take away from an answer or add to it."""
    switches = world.switches.but(
        month_to_date_from="month_start",
        retention_days=None,
        to_bound="exclusive",
        absent_points="absent",
        partial_day="partial",
    )
    return replace(world, switches=switches)


def _rows(query: Query, world: World) -> list[dict[str, Any]]:
    result = compute(query, world)
    rows = [
        {"time": result.time_of(bucket, world.switches.monthly_time), "value": one.values[bucket], **one.metadata}
        for one in result.series
        for bucket in result.buckets
        if bucket in one.values
    ]
    return sorted(rows, key=lambda row: (row["time"], json.dumps(row, sort_keys=True)))


def _query(question: Question, world: World) -> Query:
    name = question.endpoint
    endpoint = ENDPOINTS.get(name)
    if endpoint is None:
        raise ValueError(f"no endpoint {name!r}; there are {', '.join(ENDPOINTS)}")
    names = endpoint.path_names
    if set(question.path) != set(names):
        raise ValueError(f"{name}: expected the path values {names}, got {tuple(question.path)}")
    filters, options = _filters_and_options(endpoint, question.filters)
    if endpoint.unit == "none":
        start = end = world.now
    elif question.start is None or question.end is None:
        raise ValueError(f"{name}: start and end are required")
    else:
        start, end = _day_ms(question.start), _day_ms(question.end)
    path = {key: question.path[key] for key in names}
    try:
        check_path(path, world.account)
        choices = _choices(endpoint, question, world)
        nothing = check_filters(endpoint, filters, world)
    except Refusal as refusal:
        raise ValueError(f"{name}: {refusal.message}") from refusal
    return Query(endpoint, path, start, end, filters, question.group_by, *choices, options, nothing)


def _choices(endpoint: Endpoint, question: Question, world: World) -> tuple[str, str]:
    """Aggregation and granularity. A test chooses the granularity even where the API does so itself."""
    if not endpoint.automatic:
        return check_choices(endpoint, question.group_by, question.aggregation, question.granularity, world.switches)
    granularity = question.granularity or "daily"
    if question.group_by or question.aggregation or granularity not in ("minutely", "hourly", "daily"):
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
