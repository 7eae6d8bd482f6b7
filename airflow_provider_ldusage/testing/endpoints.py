"""The 28 endpoints of LaunchDarkly's account usage API (beta): their documented rules, one entry each.

Source: the operations of the official client `launchdarkly-api` 25.0.1 and
https://launchdarkly.com/docs/api/account-usage-beta.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["ms", "s", "unstated", "none"]
Aggregations = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Filter:
    """A filter parameter.

    Attributes:
        label: the dimension it compares, as cells name it.
        many: whether it can be given several times.
        values: the documented values, where there are any; others are refused.
    """

    label: str
    many: bool = True
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """What the documentation says about one endpoint.

    Attributes:
        path: URL template below ``/api/v2/usage/``.
        figure: the figure it reports, as `cells_of` names it.
        unit: documented unit of ``from`` and ``to``; ``none``: it takes no range.
        begins: default ``from``: ``month`` (its start), a number of days ago such as ``30d``, or ``required``.
        filters: filter parameters.
        group_parameter: how the grouping parameter is spelt.
        groups: grouping values and the dimension each stands for.
        aggregations: aggregation types and the granularities of each, defaults first.
        choices: which of the parameters aggregationType and granularity there are.
        max_days: documented maximum range.
        options: further single-valued parameters.
        unique: whether it counts unique things, which do not add up, over days or groups.
        only: dimensions fixed by the endpoint itself.
        primary_kind: whether only the primary context kind counts.
        always: dimensions that group the answer without being asked for.
        automatic: the switch that reads how the endpoint chooses its granularity; empty: it does not choose.
        current_environments: a filter by project means the project's current environments.
        not_found: whether 404 is documented.
        half_units: amounts are kept in half units and reported as floats.
        shape: the answer's model.
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
    shape: Literal["series", "sdks", "sdk_versions", "details", "ranking"] = "series"


_HOURLY: Aggregations = {"month_to_date": ("daily", "hourly", "monthly"), "incremental": ("daily", "hourly")}
_ROLLING: Aggregations = {"month_to_date": ("daily", "monthly"), "incremental": ("daily",), "rolling_30d": ("daily",)}
_AVERAGE: Aggregations = {"month_to_date": ("daily", "hourly", "monthly"), "average": ("daily", "hourly", "monthly")}

_PROJECT = {"projectKey": Filter("projectKey")}
_PLACE = {**_PROJECT, "environmentKey": Filter("environmentKey")}
_ANONYMOUS = Filter("anonymous", values=("true", "false"))
_SIDES = ("client", "server")
_STREAMING_KINDS = ("kinesis", "google-pubsub", "mparticle", "segment", "azure-event-hubs", "snowflake", "unknown")
_OLD_WAREHOUSE_KINDS = ("snowflake-v2", "databricks", "bigquery", "redshift", "clickhouse")


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_CONTEXT_GROUPS = {**_same("projectId", "environmentId", "sdkName", "sdkAppId"), "anonymousV2": "anonymous"}


def _context_filters(*, kind: bool, side: bool) -> dict[str, Filter]:
    return {
        **_PLACE,
        **({"contextKind": Filter("contextKind")} if kind else {}),
        "sdkName": Filter("sdkName"),
        **({"sdkType": Filter("sdkType")} if side else {}),
        "anonymous": _ANONYMOUS,
    }


def _contexts(path: str, unit: Unit, side: str | None) -> Endpoint:
    return Endpoint(
        path,
        "contexts",
        unit,
        filters=_context_filters(kind=True, side=side is None),
        groups={**_CONTEXT_GROUPS, **({} if side else _same("sdkType"))},
        aggregations=_ROLLING,
        unique=True,
        only={"sdkType": side} if side else {},
        always=("contextKind",),
    )


def _mau(path: str, side: str | None) -> Endpoint:
    return Endpoint(
        path,
        "contexts",
        "ms",
        filters=_context_filters(kind=False, side=side is None),
        groups={**_CONTEXT_GROUPS, **({} if side else _same("sdkType"))},
        aggregations=_ROLLING,
        unique=True,
        only={"sdkType": side} if side else {},
        primary_kind=True,
    )


def _per_project(path: str, aggregations: Aggregations) -> Endpoint:
    return Endpoint(path, path, "s", filters=_PROJECT, aggregations=aggregations, max_days=None, not_found=True)


def _automatic(
    path: str, figure: str, begins: str, switch: str, options: tuple[str, ...] = (), **more: object
) -> Endpoint:
    return Endpoint(
        path,
        figure,
        "unstated",
        begins=begins,
        max_days=None,
        automatic=switch,
        options=options,
        not_found=True,
        **more,  # type: ignore[arg-type]
    )


_ALL = (
    _mau("clientside-mau", "client"),
    _mau("total-mau", None),
    _contexts("clientside-contexts", "ms", "client"),
    _contexts("serverside-contexts", "s", "server"),
    _contexts("total-contexts", "ms", None),
    Endpoint(
        "service-connections",
        "service-connections",
        "ms",
        filters={
            **_PLACE,
            "connectionType": Filter("connectionType"),
            "relayVersion": Filter("relayVersion"),
            "sdkName": Filter("sdkName"),
            "sdkVersion": Filter("sdkVersion"),
            "sdkType": Filter("sdkType", many=False),
            "sdkAppId": Filter("sdkAppId"),
        },
        groups=_same(
            "projectId",
            "environmentId",
            "connectionType",
            "relayVersion",
            "sdkName",
            "sdkVersion",
            "sdkAppId",
            "sdkType",
        ),
        aggregations=_HOURLY,
        half_units=True,
    ),
    Endpoint(
        "data-export-events",
        "data-export",
        "ms",
        filters={
            **_PLACE,
            "eventKind": Filter("eventKind"),
            "destinationKind": Filter("destinationKind", values=_STREAMING_KINDS),
        },
        groups=_same("projectId", "environmentId", "eventKind", "destinationKind", "destinationId"),
        aggregations=_HOURLY,
        current_environments=True,
    ),
    Endpoint(
        "warehouse-export",
        "warehouse",
        "ms",
        filters={
            **_PLACE,
            "destinationKind": Filter("destinationKind", values=(*_OLD_WAREHOUSE_KINDS, "s3")),
            "destination": Filter("destinationKind", values=_OLD_WAREHOUSE_KINDS),
        },
        groups={
            **_same("projectId", "environmentId", "destinationKind", "destinationId"),
            "destination": "destinationKind",
        },
        aggregations=_HOURLY,
    ),
    Endpoint(
        "data-export-events/projects/ranking",
        "data-export",
        "ms",
        begins="required",
        filters=_PROJECT,
        max_days=None,
        options=("source", "dimension", "search", "cursor", "limit"),
        shape="ranking",
    ),
    Endpoint(
        "experimentation-events",
        "experimentation-events",
        "ms",
        filters={**_PLACE, "eventKey": Filter("eventKey"), "eventKind": Filter("eventKind")},
        groups=_same("environmentId", "eventKey", "eventKind"),
        aggregations=_HOURLY,
        current_environments=True,
    ),
    Endpoint(
        "experimentation-keys",
        "experimentation-keys",
        "ms",
        filters={**_PLACE, "experimentId": Filter("experimentId")},
        groups=_same("projectId", "environmentId", "experimentId"),
        aggregations=_HOURLY,
        unique=True,
    ),
    Endpoint(
        "ai-runs",
        "ai-runs",
        "ms",
        filters={
            **_PLACE,
            "sdkName": Filter("sdkName"),
            "sdkVersion": Filter("sdkVersion"),
            "sdkType": Filter("sdkType"),
        },
        groups=_same("projectId", "environmentId", "sdkName", "sdkVersion", "sdkType"),
        aggregations=_HOURLY,
    ),
    _per_project("observability/errors", _ROLLING),
    _per_project("observability/logs", _ROLLING),
    _per_project("observability/metrics", _AVERAGE),
    _per_project("observability/sessions", _ROLLING),
    _per_project("observability/traces", _ROLLING),
    _per_project("vega-ai", _ROLLING),
    _automatic(
        "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}",
        "evaluations",
        "30d",
        "evaluations_granularity",
        ("tz",),
    ),
    _automatic("events/{type}", "events", "1d", "streams_granularity"),
    _automatic("streams/{source}", "streams", "30d", "streams_granularity", ("tz",)),
    _automatic(
        "streams/{source}/bysdkversion",
        "streams",
        "1d",
        "streams_granularity",
        ("tz",),
        filters={"sdk": Filter("sdk", many=False), "version": Filter("version", many=False)},
        always=("sdk", "version", "source"),
    ),
    Endpoint("streams/{source}/sdkversions", "streams", "none", max_days=None, shape="sdk_versions"),
    Endpoint(
        "mau/sdks",
        "contexts",
        "ms",
        begins="7d",
        filters={"sdktype": Filter("sdkType", many=False, values=_SIDES)},
        max_days=None,
        shape="sdks",
    ),
    Endpoint(
        "mau",
        "contexts",
        "unstated",
        begins="30d",
        filters={
            "project": Filter("projectKey"),
            "environment": Filter("environmentKey"),
            "sdktype": Filter("sdkType", values=_SIDES),
            "sdk": Filter("sdkName"),
            "anonymous": Filter("anonymous", many=False, values=("true", "false")),
            "contextKind": Filter("contextKind"),
        },
        group_parameter="groupby",
        groups={
            "project": "projectId",
            "environment": "environmentId",
            "sdktype": "sdkType",
            "sdk": "sdkName",
            "anonymous": "anonymous",
            "contextKind": "contextKind",
            "sdkAppId": "sdkAppId",
        },
        aggregations={"rolling_30d": ("daily",), "month_to_date": ("daily",), "daily_incremental": ("daily",)},
        choices=("aggregationType",),
        max_days=None,
        unique=True,
    ),
    Endpoint(
        "mau/bycategory",
        "contexts",
        "unstated",
        begins="30d",
        aggregations={"rolling_30d": ("daily",)},
        choices=(),
        max_days=None,
        unique=True,
        primary_kind=True,
        always=("category",),
        not_found=True,
    ),
    Endpoint("sdk-versions/details", "streams", "none", max_days=None, shape="details"),
    Endpoint(
        "sdk-versions/all",
        "streams",
        "none",
        filters={
            "environmentId": Filter("environmentId", many=False),
            "projectId": Filter("projectId", many=False),
            "sdkName": Filter("name", many=False),
            "sdkType": Filter("type", many=False),
            "sdkAppId": Filter("applicationId", many=False),
            "connectionType": Filter("connectionType", many=False),
        },
        max_days=None,
        shape="details",
    ),
)

ENDPOINTS: Mapping[str, Endpoint] = {endpoint.path: endpoint for endpoint in _ALL}
"""All endpoints by their URL template below ``/api/v2/usage/``."""


def match(path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
    """The endpoint of a path below ``/api/v2/usage/``, with its raw path values in the template's order."""
    parts = path.split("/")
    for template, endpoint in ENDPOINTS.items():
        names = template.split("/")
        if len(names) == len(parts) and all(
            name.startswith("{") or name == part for name, part in zip(names, parts, strict=True)
        ):
            return endpoint, tuple(part for name, part in zip(names, parts, strict=True) if name.startswith("{"))
    return None


def path_names(template: str) -> tuple[str, ...]:
    """The names of a template's path values, in order."""
    return tuple(part[1:-1] for part in template.split("/") if part.startswith("{"))
