"""Reading a request against an endpoint's documented rules: a `Query`, or a `Refusal` with the documented error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

from airflow_provider_ldusage.testing.account import Account
from airflow_provider_ldusage.testing.buckets import zone
from airflow_provider_ldusage.testing.endpoints import Endpoint, path_names
from airflow_provider_ldusage.testing.switches import Switches

DAY_MS = 86_400_000
_PLAUSIBLE = (946_684_800_000, 4_102_444_800_000)

Pairs = Sequence[tuple[str, str]]


class Refusal(Exception):
    """An answer other than 200.

    Attributes:
        status: HTTP status.
        body: the documented error body, ``{code, message}``.
    """

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"code": code or _CODES[status], "message": message}


_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "data_export_project_identity_incomplete",
    429: "rate_limited",
    500: "internal_server_error",
    503: "service_unavailable",
}


@dataclass(frozen=True)
class World:
    """What an answer depends on beside the request: the account, the clock (epoch milliseconds) and the switches."""

    account: Account
    now: int
    switches: Switches


@dataclass(frozen=True)
class Query:
    """A request that keeps the rules.

    `start` and `end` are epoch milliseconds; `nothing` is set where the answer is 200 without any usage, because of
    a wrong unit or a filter that cannot match.
    """

    endpoint: Endpoint
    path: Mapping[str, str]
    start: int
    end: int
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    aggregation: str = ""
    granularity: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    nothing: bool = False


def read(endpoint: Endpoint, raw_path: Sequence[str], pairs: Pairs, world: World) -> Query:
    """The query that a request asks for. Raises `Refusal` with 400 or 404 as documented."""
    path = dict(zip(path_names(endpoint.path), map(unquote, raw_path), strict=True))
    check_path(path, world.account)
    values = _collect(endpoint, pairs, world.switches)
    start, end, wrong_unit = _range(endpoint, values, world)
    filters = {name: tuple(values[name]) for name in endpoint.filters if name in values}
    group_by = tuple(values.get(endpoint.group_parameter, ()))
    aggregation, granularity = check_choices(
        endpoint,
        group_by,
        values.get("aggregationType", [None])[0],
        values.get("granularity", [None])[0],
        world.switches,
    )
    nothing = check_filters(endpoint, filters, world)
    options = {name: values[name][0] for name in endpoint.options if name in values}
    _check_options(options)
    _check_data_export(endpoint, filters, group_by, world)
    return Query(
        endpoint, path, start, end, filters, group_by, aggregation, granularity, options, nothing or wrong_unit
    )  # fmt: skip


def check_path(path: Mapping[str, str], account: Account) -> None:
    """Refuse unknown path values with 404."""
    if "source" in path and path["source"] not in ("client", "server"):
        raise Refusal(404, "Stream source not found")
    if "type" in path and path["type"] not in ("received", "published"):
        raise Refusal(404, "Event type not found")
    if "featureFlagKey" in path:
        project = account.project(path["projectKey"])
        if project is None:
            raise Refusal(404, "unknown project")
        if project.environment(path["environmentKey"]) is None:
            raise Refusal(404, "unknown environment")
        if project.flag(path["featureFlagKey"]) is None:
            raise Refusal(404, "unknown flag")


def _collect(endpoint: Endpoint, pairs: Pairs, switches: Switches) -> dict[str, list[str]]:
    """The parameters by name; refuses names and repetitions that are not documented, empty and joined values."""
    single = {*(name for name, one in endpoint.filters.items() if not one.many), *endpoint.options}
    if endpoint.unit != "none":
        single |= {"from", "to"}
    if endpoint.aggregations:
        single |= set(endpoint.choices)
    many = {name for name, one in endpoint.filters.items() if one.many}
    if endpoint.groups:
        many.add(endpoint.group_parameter)
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in single and name not in many:
            if switches.unknown_parameters == "ignored":
                continue
            raise Refusal(400, f"Unknown query parameter: {name}")
        if not value:
            raise Refusal(400, f"Invalid {name} argument: it is empty")
        if name in many and "," in value:
            raise Refusal(400, f"Invalid {name} argument: {value} (one query parameter per value)")
        values.setdefault(name, []).append(value)
    for name in single:
        if len(values.get(name, ())) > 1:
            raise Refusal(400, f"Invalid {name} argument: it can be given once only")
    return values


def unit_in_force(endpoint: Endpoint, switches: Switches) -> int:
    """Milliseconds in the unit that the endpoint reads ``from`` and ``to`` in, under these switches."""
    if endpoint.unit == "s":
        return 1000 if switches.seconds_documented == "seconds" else 1
    if endpoint.unit == "unstated":
        return 1000 if switches.unstated_unit == "seconds" else 1
    return 1


def _range(endpoint: Endpoint, values: Mapping[str, list[str]], world: World) -> tuple[int, int, bool]:
    """``(start, end, wrong_unit)`` in epoch milliseconds."""
    if endpoint.unit == "none":
        return world.now, world.now, False
    times: dict[str, int] = {}
    for name in ("from", "to"):
        if name in values:
            text = values[name][0]
            if not (text.isascii() and text.isdigit() and len(text) <= 18):
                raise Refusal(400, f"Invalid {name} argument: {text}")
            times[name] = int(text) * unit_in_force(endpoint, world.switches)
        elif endpoint.begins == "required":
            raise Refusal(400, f"Missing required parameter: {name}")
    for name, time in times.items():
        if not believable(time) and world.switches.wrong_unit != "believed":
            if world.switches.wrong_unit == "empty":
                return world.now, world.now, True
            raise Refusal(400, f"Invalid {name} argument: {values[name][0]}")
    end = times.get("to", world.now)
    start = times["from"] if "from" in times else _default_start(endpoint, world.now)
    if start >= end:
        raise Refusal(400, "Invalid range: from must be before to")
    if endpoint.max_days is not None and end - start > endpoint.max_days * DAY_MS:
        raise Refusal(400, f"Invalid range: the maximum time range is {endpoint.max_days} days")
    if start >= _PLAUSIBLE[1]:
        return world.now, world.now, True
    return start, min(end, _PLAUSIBLE[1]), False


def believable(time: int) -> bool:
    """Whether epoch milliseconds are of this century; others were sent in the wrong unit."""
    return _PLAUSIBLE[0] <= time < _PLAUSIBLE[1]


def _default_start(endpoint: Endpoint, now: int) -> int:
    moment = datetime.fromtimestamp(now / 1000, timezone.utc)
    if endpoint.begins == "month":
        moment = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    else:
        moment -= timedelta(days=int(endpoint.begins.removesuffix("d")))
    return int(moment.timestamp() * 1000)


def check_choices(
    endpoint: Endpoint,
    group_by: Sequence[str],
    aggregation: str | None,
    granularity: str | None,
    switches: Switches,
) -> tuple[str, str]:
    """Aggregation and granularity with their defaults. Refuses with 400 what the endpoint does not offer."""
    for name in group_by:
        refused = endpoint.path == "mau" and name == "sdkAppId" and switches.mau_sdk_app_id == "refused"
        if name not in endpoint.groups or refused:
            raise Refusal(400, f"Invalid group by argument: {name}")
    if len(set(group_by)) < len(group_by):
        raise Refusal(400, "Invalid group by argument: a field is given twice")
    if not endpoint.aggregations:
        return "", granularity or ""
    if aggregation is None:
        aggregation = next(iter(endpoint.aggregations))
    if aggregation not in endpoint.aggregations:
        raise Refusal(400, f"Invalid aggregationType argument: {aggregation}")
    granularities = endpoint.aggregations[aggregation]
    if granularity is None:
        granularity = granularities[0]
    if granularity not in granularities:
        raise Refusal(400, f"Invalid granularity argument: {granularity} is not supported with {aggregation}")
    return aggregation, granularity


def check_filters(endpoint: Endpoint, filters: Mapping[str, Sequence[str]], world: World) -> bool:
    """Refuse filters against the rules; true where the documentation has the answer be empty instead."""
    for name, values in filters.items():
        allowed = endpoint.filters[name].values
        for value in values:
            if allowed and value not in allowed:
                raise Refusal(400, f"Invalid {name} argument: {value}. Valid values: {', '.join(allowed)}")
    by_label = {endpoint.filters[name].label: (name, values) for name, values in filters.items()}
    project_name, project_keys = by_label.get("projectKey", ("projectKey", ()))
    environment_name, environment_keys = by_label.get("environmentKey", ("environmentKey", ()))
    if environment_keys and len(project_keys) != 1:
        raise Refusal(400, f"exactly one {project_name} must be provided with {environment_name}")
    if "destination" in filters and "destinationKind" in filters:
        raise Refusal(400, "destination cannot be combined with destinationKind")
    if endpoint.path in ("data-export-events/projects/ranking",) and len(set(project_keys)) > 100:
        raise Refusal(400, "at most 100 projects can be selected")
    unknown = [key for key in project_keys if world.account.project(key) is None]
    if not unknown and environment_keys:
        project = world.account.project(project_keys[0])
        unknown = [key for key in environment_keys if project is None or project.environment(key) is None]
    if unknown and world.switches.unknown_project == "refused":
        raise Refusal(404 if endpoint.not_found else 400, f"unknown project or environment: {unknown[0]}")
    # Deprecated there: "Any other value returns an empty series."
    return endpoint.path == "service-connections" and filters.get("sdkType", ("server",))[0] != "server"


def _check_options(options: Mapping[str, str]) -> None:
    for name, only in (("source", "streaming"), ("dimension", "project")):
        if options.get(name, only) != only:
            raise Refusal(400, f"Invalid {name} argument: {options[name]}. Only {only} is supported")
    if "limit" in options:
        text = options["limit"]
        if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= 100):
            raise Refusal(400, f"Invalid limit argument: {text}. It must be 1 to 100")
    if "tz" in options:
        try:
            zone(options["tz"])
        except ValueError as error:
            raise Refusal(400, f"Invalid tz argument: {options['tz']}") from error


def _check_data_export(
    endpoint: Endpoint, filters: Mapping[str, Sequence[str]], group_by: Sequence[str], world: World
) -> None:
    by_project = endpoint.path == "data-export-events" and "projectId" in group_by
    if by_project:
        selected = set(filters.get("projectKey", ()))
        if not selected:
            raise Refusal(400, "groupBy=projectId requires one or more explicit projectKey filters")
        if len(selected) > 100:
            raise Refusal(400, "groupBy=projectId is capped at 100 selected projects")
    incomplete = world.switches.data_export_identity == "incomplete"
    if incomplete and (by_project or endpoint.shape == "ranking"):
        raise Refusal(409, "Usage cannot be attributed completely to projects")
