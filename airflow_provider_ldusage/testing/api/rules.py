"""Reads a request against its endpoint's documented rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote

from airflow_provider_ldusage.testing.account.model import Account
from airflow_provider_ldusage.testing.api.endpoint import Endpoint
from airflow_provider_ldusage.testing.api.refusal import Refusal
from airflow_provider_ldusage.testing.api.time_buckets import zone
from airflow_provider_ldusage.testing.api.world import DAY_MS, END_MS, Pairs, Query, World, believable, whole_number
from airflow_provider_ldusage.testing.switches import Switches

_MAX_PROJECTS = 100


@dataclass(frozen=True)
class _Range:
    """A range in epoch milliseconds; `wrong_unit` is set where the answer is empty because of the unit."""

    start: int
    end: int
    wrong_unit: bool = False


def read(endpoint: Endpoint, raw_path: Sequence[str], pairs: Pairs, world: World) -> Query:
    """Read a request.

    :param endpoint: the endpoint of the request's path
    :param raw_path: the path values in the template's order, as sent
    :param pairs: the query parameters
    :param world: the account, the clock and the switches
    :returns: the query that the request asks for
    :raises Refusal: the request breaks a rule: 400, 404 or 409, as documented
    """
    path = dict(zip(endpoint.path_names, map(unquote, raw_path), strict=True))
    check_path(path, world.account)
    values = _collect(endpoint, pairs, world.switches)
    span = _range(endpoint, values, world)
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
        endpoint,
        path,
        span.start,
        span.end,
        filters,
        group_by,
        aggregation,
        granularity,
        options,
        nothing or span.wrong_unit,
    )


def check_path(path: Mapping[str, str], account: Account) -> None:
    """Check the values in the path.

    :param path: path values by name
    :param account: the account
    :raises Refusal: a value is unknown: 404
    """
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
    """The values of each parameter. Refuses undocumented names and repetitions, empty values and joined ones."""
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


def _unit_ms(endpoint: Endpoint, switches: Switches) -> int:
    """Milliseconds in the unit in which the endpoint reads ``from`` and ``to``."""
    if endpoint.unit == "s":
        return 1000 if switches.seconds_documented == "seconds" else 1
    if endpoint.unit == "unstated":
        return 1000 if switches.unstated_unit == "seconds" else 1
    return 1


def _range(endpoint: Endpoint, values: Mapping[str, list[str]], world: World) -> _Range:
    nothing = _Range(world.now, world.now, wrong_unit=True)
    if endpoint.unit == "none":
        return _Range(world.now, world.now)
    times = _times(endpoint, values, world.switches)
    for name, time in times.items():
        if not believable(time) and world.switches.wrong_unit != "believed":
            if world.switches.wrong_unit == "empty":
                return nothing
            raise Refusal(400, f"Invalid {name} argument: {values[name][0]}")
    end = times.get("to", world.now)
    start = times["from"] if "from" in times else _default_start(endpoint, world.now)
    if start >= end:
        raise Refusal(400, "Invalid range: from must be before to")
    if endpoint.max_days is not None and end - start > endpoint.max_days * DAY_MS:
        raise Refusal(400, f"Invalid range: the maximum time range is {endpoint.max_days} days")
    return nothing if start >= END_MS else _Range(start, min(end, END_MS))


def _times(endpoint: Endpoint, values: Mapping[str, list[str]], switches: Switches) -> dict[str, int]:
    """``from`` and ``to`` in epoch milliseconds, those that were given."""
    times: dict[str, int] = {}
    for name in ("from", "to"):
        if name in values:
            time = whole_number(values[name][0], digits=18)
            if time is None:
                raise Refusal(400, f"Invalid {name} argument: {values[name][0]}")
            times[name] = time * _unit_ms(endpoint, switches)
        elif endpoint.begins == "required":
            raise Refusal(400, f"Missing required parameter: {name}")
    return times


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
    """Check grouping, aggregation and granularity.

    :param endpoint: the endpoint
    :param group_by: grouping values
    :param aggregation: aggregation type; None for the default
    :param granularity: granularity; None for the default
    :param switches: the switches in force
    :returns: aggregation and granularity
    :raises Refusal: the endpoint does not offer one of them: 400
    """
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
    """Check the filters.

    :param endpoint: the endpoint
    :param filters: filter parameter to values
    :param world: the account, the clock and the switches
    :returns: whether the answer is documented to be empty with these filters
    :raises Refusal: the filters break a rule: 400, or 404 for unknown keys where that is documented
    """
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
    if endpoint.shape == "ranking" and len(set(project_keys)) > _MAX_PROJECTS:
        raise Refusal(400, f"at most {_MAX_PROJECTS} projects can be selected")
    unknown = _unknown_keys(world.account, project_keys, environment_keys)
    if unknown and world.switches.unknown_project == "refused":
        raise Refusal(404 if endpoint.not_found else 400, f"unknown project or environment: {unknown[0]}")
    # The documentation of this deprecated filter: "Any other value returns an empty series."
    return endpoint.path == "service-connections" and filters.get("sdkType", ("server",))[0] != "server"


def _unknown_keys(account: Account, project_keys: Sequence[str], environment_keys: Sequence[str]) -> list[str]:
    """The keys that nothing current has: of projects, or else of environments of the one project."""
    unknown = [key for key in project_keys if account.project(key) is None]
    if unknown or not environment_keys:
        return unknown
    project = account.project(project_keys[0])
    return [key for key in environment_keys if project is None or project.environment(key) is None]


def _check_options(options: Mapping[str, str]) -> None:
    for name, only in (("source", "streaming"), ("dimension", "project")):
        if options.get(name, only) != only:
            raise Refusal(400, f"Invalid {name} argument: {options[name]}. Only {only} is supported")
    if "limit" in options:
        limit = whole_number(options["limit"], digits=8)
        if limit is None or not 1 <= limit <= 100:
            raise Refusal(400, f"Invalid limit argument: {options['limit']}. It must be 1 to 100")
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
        if len(selected) > _MAX_PROJECTS:
            raise Refusal(400, f"groupBy=projectId is capped at {_MAX_PROJECTS} selected projects")
    incomplete = world.switches.data_export_identity == "incomplete"
    if incomplete and (by_project or endpoint.shape == "ranking"):
        raise Refusal(409)
