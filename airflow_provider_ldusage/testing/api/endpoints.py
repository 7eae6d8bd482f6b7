"""The 28 endpoints of LaunchDarkly's account usage API (beta) and their documented rules.

Source: the operations of the official client ``launchdarkly-api`` 25.0.1 and
https://launchdarkly.com/docs/api/account-usage-beta.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from airflow_provider_ldusage.testing.api.endpoint import Aggregations, Endpoint, Filter, Unit

_HOURLY: Aggregations = {"month_to_date": ("daily", "hourly", "monthly"), "incremental": ("daily", "hourly")}
_ROLLING: Aggregations = {"month_to_date": ("daily", "monthly"), "incremental": ("daily",), "rolling_30d": ("daily",)}
_AVERAGE: Aggregations = {"month_to_date": ("daily", "hourly", "monthly"), "average": ("daily", "hourly", "monthly")}

_ANONYMOUS = ("true", "false")
_SIDES = ("client", "server")
_STREAMING_KINDS = ("kinesis", "google-pubsub", "mparticle", "segment", "azure-event-hubs", "snowflake", "unknown")
_OLD_WAREHOUSE_KINDS = ("snowflake-v2", "databricks", "bigquery", "redshift", "clickhouse")


def _groups(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _filters(*names: str) -> dict[str, Filter]:
    return {name: Filter(name) for name in names}


def _single_filters(*names: str) -> dict[str, Filter]:
    return {name: Filter(name, many=False) for name in names}


_PLACE = _filters("projectKey", "environmentKey")
_PLACE_GROUPS = _groups("projectId", "environmentId")


def _contexts(path: str, unit: Unit, side: str | None = None) -> Endpoint:
    sides = () if side else ("sdkType",)
    return Endpoint(
        path,
        "contexts",
        unit,
        filters={
            **_filters("projectKey", "environmentKey", "contextKind", "sdkName", *sides),
            "anonymous": Filter("anonymous", values=_ANONYMOUS),
        },
        groups={**_PLACE_GROUPS, **_groups("sdkName", "sdkAppId"), "anonymousV2": "anonymous", **_groups(*sides)},
        aggregations=_ROLLING,
        unique=True,
        only={"sdkType": side} if side else {},
        always=("contextKind",),
    )


def _mau(path: str, side: str | None = None) -> Endpoint:
    """Contexts of the primary kind, which is no dimension here."""
    contexts = _contexts(path, "ms", side)
    filters = {name: one for name, one in contexts.filters.items() if name != "contextKind"}
    return replace(contexts, filters=filters, always=(), primary_kind=True)


def _per_project(path: str, aggregations: Aggregations) -> Endpoint:
    filters = _filters("projectKey")
    return Endpoint(path, path, "s", filters=filters, aggregations=aggregations, max_days=None, not_found=True)


def _automatic(path: str, figure: str, begins: str, switch: str, options: tuple[str, ...] = ("tz",)) -> Endpoint:
    """An endpoint that chooses its granularity itself."""
    return Endpoint(path, figure, "unstated", begins, max_days=None, automatic=switch, options=options, not_found=True)


_USERS_AND_CONTEXTS = (
    _mau("clientside-mau", "client"),
    _mau("total-mau"),
    _contexts("clientside-contexts", "ms", "client"),
    _contexts("serverside-contexts", "s", "server"),
    _contexts("total-contexts", "ms"),
)

_SERVICE_CONNECTIONS = Endpoint(
    "service-connections",
    "service-connections",
    "ms",
    filters={
        **_PLACE,
        **_filters("connectionType", "relayVersion", "sdkName", "sdkVersion"),
        **_single_filters("sdkType"),
        **_filters("sdkAppId"),
    },
    groups={
        **_PLACE_GROUPS,
        **_groups("connectionType", "relayVersion", "sdkName", "sdkVersion", "sdkAppId", "sdkType"),
    },
    aggregations=_HOURLY,
    half_units=True,
)

_DATA_EXPORT = (
    Endpoint(
        "data-export-events",
        "data-export",
        "ms",
        filters={
            **_PLACE,
            **_filters("eventKind"),
            "destinationKind": Filter("destinationKind", values=_STREAMING_KINDS),
        },
        groups={**_PLACE_GROUPS, **_groups("eventKind", "destinationKind", "destinationId")},
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
        groups={**_PLACE_GROUPS, **_groups("destinationKind", "destinationId"), "destination": "destinationKind"},
        aggregations=_HOURLY,
    ),
    Endpoint(
        "data-export-events/projects/ranking",
        "data-export",
        "ms",
        begins="required",
        filters=_filters("projectKey"),
        max_days=None,
        options=("source", "dimension", "search", "cursor", "limit"),
        shape="ranking",
    ),
)

_EXPERIMENTS = (
    Endpoint(
        "experimentation-events",
        "experimentation-events",
        "ms",
        filters={**_PLACE, **_filters("eventKey", "eventKind")},
        groups=_groups("environmentId", "eventKey", "eventKind"),
        aggregations=_HOURLY,
        current_environments=True,
    ),
    Endpoint(
        "experimentation-keys",
        "experimentation-keys",
        "ms",
        filters={**_PLACE, **_filters("experimentId")},
        groups={**_PLACE_GROUPS, **_groups("experimentId")},
        aggregations=_HOURLY,
        unique=True,
    ),
)

_AI_RUNS = Endpoint(
    "ai-runs",
    "ai-runs",
    "ms",
    filters={**_PLACE, **_filters("sdkName", "sdkVersion", "sdkType")},
    groups={**_PLACE_GROUPS, **_groups("sdkName", "sdkVersion", "sdkType")},
    aggregations=_HOURLY,
)

_OBSERVABILITY_AND_VEGA = (
    _per_project("observability/errors", _ROLLING),
    _per_project("observability/logs", _ROLLING),
    _per_project("observability/metrics", _AVERAGE),
    _per_project("observability/sessions", _ROLLING),
    _per_project("observability/traces", _ROLLING),
    _per_project("vega-ai", _ROLLING),
)

_EVALUATIONS_AND_STREAMS = (
    _automatic(
        "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}", "evaluations", "30d", "evaluations_granularity"
    ),
    _automatic("events/{type}", "events", "1d", "streams_granularity", options=()),
    _automatic("streams/{source}", "streams", "30d", "streams_granularity"),
    replace(
        _automatic("streams/{source}/bysdkversion", "streams", "1d", "streams_granularity"),
        filters=_single_filters("sdk", "version"),
        always=("sdk", "version", "source"),
    ),
    Endpoint("streams/{source}/sdkversions", "streams", "none", max_days=None, shape="sdk_versions"),
)

_OLD_MAU = (
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
            "anonymous": Filter("anonymous", many=False, values=_ANONYMOUS),
            "contextKind": Filter("contextKind"),
        },
        group_parameter="groupby",
        groups={
            "project": "projectId",
            "environment": "environmentId",
            "sdktype": "sdkType",
            "sdk": "sdkName",
            **_groups("anonymous", "contextKind", "sdkAppId"),
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
)

_SDK_VERSIONS = (
    Endpoint("sdk-versions/details", "streams", "none", max_days=None, shape="details"),
    Endpoint(
        "sdk-versions/all",
        "streams",
        "none",
        filters={
            **_single_filters("environmentId", "projectId"),
            "sdkName": Filter("name", many=False),
            "sdkType": Filter("type", many=False),
            "sdkAppId": Filter("applicationId", many=False),
            **_single_filters("connectionType"),
        },
        max_days=None,
        shape="details",
    ),
)

ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.path: endpoint
    for endpoint in (
        *_USERS_AND_CONTEXTS,
        _SERVICE_CONNECTIONS,
        *_DATA_EXPORT,
        *_EXPERIMENTS,
        _AI_RUNS,
        *_OBSERVABILITY_AND_VEGA,
        *_EVALUATIONS_AND_STREAMS,
        *_OLD_MAU,
        *_SDK_VERSIONS,
    )
}
"""URL template below ``/api/v2/usage/`` to endpoint."""


def match(path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
    """The endpoint that answers a path.

    :param path: path below ``/api/v2/usage/``
    :returns: the endpoint and the raw path values in the template's order, or None if no endpoint has this path
    """
    for endpoint in ENDPOINTS.values():
        values = endpoint.match(path)
        if values is not None:
            return endpoint, values
    return None
