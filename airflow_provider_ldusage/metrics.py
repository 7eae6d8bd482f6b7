"""The catalogue: one frozen entry per usage metric; the single source of truth on LaunchDarkly's API.

Data only. Each entry says how the API names things (they differ: ``groupBy``/``groupby``,
``projectKey``/``project``), which values it takes, what its figures mean, and where that is documented.
``tests/test_catalogue_drift.py`` holds it against LaunchDarkly's official client.

Source: https://launchdarkly.com/docs/api/account-usage-beta (28 endpoints), /docs/api/projects, /docs/api/environments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

USAGE = "/api/v2/usage/"
DOCS = "https://launchdarkly.com/docs/api/"


class Answer(Enum):
    """Shape of a 200, by the name of its model in LaunchDarkly's OpenAPI description."""

    SERIES = "SeriesListRep"
    FLOAT_SERIES = "SeriesListRepFloat"
    DATA_EXPORT_SERIES = "DataExportSeriesListRep"
    SDK_LIST = "SdkListRep"
    SDK_VERSION_LIST = "SdkVersionListRep"
    SDK_VERSION_DETAILS = "SdkVersionDetailsRep"
    RANKING = "DataExportProjectRankingRep"
    PROJECTS = "Projects"
    ENVIRONMENTS = "Environments"


class History(Enum):
    """What of the past an endpoint still tells."""

    SERIES = "points in time for any range"
    DAILY_LIST = "a list for a range, without times: asked for one day at a time"
    SNAPSHOT = "only what is there now: stored under the UTC day it was seen"


BOOLEANS = ("true", "false")


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that narrows the answer. ``repeat``: takes several values; ``allowed``: all, if known."""

    name: str
    repeat: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathArgument:
    """A part of the path: ``name`` is our argument (and slice column), ``parameter`` the API's name of it."""

    name: str
    parameter: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a list's items: ``path`` in the item (dots descend), and the Arrow type and name of its column."""

    path: str
    type: str = "string"
    column: str = ""

    @property
    def name(self) -> str:
        return self.column or "_".join(snake_case(part) for part in self.path.split("."))


@dataclass(frozen=True, slots=True)
class Metric:
    """One usage endpoint.

    - ``inexact_groupings``: groupings whose groups need not add up to the ungrouped figure
    - ``groupings``: values of ``group_by_param``, in the order that table names and columns use; ``own_dimensions``:
      those LaunchDarkly adds unasked; ``companions``: those it adds when a grouping is asked for; ``may_lack``: those
      that usage may lack altogether, so that their absence is no sign of a misspelt grouping; ``typed_dimensions``:
      those whose values may be any JSON value, so that ``true`` and ``"true"`` are two.
    - ``aggregations``: aggregation type -> granularities it combines with. Empty where the API has no such parameter.
    - ``time_unit`` of ``from``/``to`` ("ms" or "s" since the epoch); ``unit_uncertain``: documented, but not believed.
    - ``automatic_granularity``: the API picks minutes, hours or days by the range's length or age.
    - ``unit``, ``additive_over_time``, ``additive_over_groups``: what a value is, and along what it may be summed;
      over time this speaks of figures per bucket, never of cumulative ones (:meth:`UsageQuery.additive_over_time`).
    """

    name: str
    family: str
    path: str
    answer: Answer
    doc: str
    unit: str
    additive_over_time: bool
    additive_over_groups: bool
    operation: str = ""
    history: History = History.SERIES
    path_arguments: tuple[PathArgument, ...] = ()
    filters: tuple[Filter, ...] = ()
    group_by_param: str = "groupBy"
    groupings: tuple[str, ...] = ()
    inexact_groupings: tuple[str, ...] = ()
    own_dimensions: tuple[str, ...] = ()
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    typed_dimensions: tuple[str, ...] = ()
    may_lack: tuple[str, ...] = ("sdkAppId", "relayVersion", "destinationId")
    aggregations: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    default_aggregation: str | None = None
    has_granularity: bool = False
    takes_range: bool = True
    takes_tz: bool = False
    time_unit: str = "ms"
    unit_uncertain: bool = False
    max_days: int | None = 365
    automatic_granularity: bool = False
    fixed_params: tuple[tuple[str, str], ...] = ()
    page_size: int | None = None
    fields: tuple[Field, ...] = ()
    api_version: str = "beta"
    deprecated: bool = False

    @property
    def is_series(self) -> bool:
        return self.history is History.SERIES

    @property
    def value_type(self) -> str:
        return "double" if self.answer is Answer.FLOAT_SERIES else "int64"

    @property
    def documentation(self) -> str:
        return DOCS + self.doc


def snake_case(name: str) -> str:
    """``projectId`` -> ``project_id``, ``anonymousV2`` -> ``anonymous_v2``: the API's names as column names."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


# What a metadata element may call a dimension instead of the name it was asked for by.
METADATA_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "anonymous": "anonymousV2",
        "key": "category",
        "projectId": "project",
        "environmentId": "environment",
        "sdkName": "sdk",
        "sdkType": "sdktype",
    }
)

_DAILY = MappingProxyType({"month_to_date": ("daily", "monthly"), "incremental": ("daily",), "rolling_30d": ("daily",)})
_HOURLY = MappingProxyType({"month_to_date": ("daily", "hourly", "monthly"), "incremental": ("daily", "hourly")})
_AVERAGE = MappingProxyType(
    {"month_to_date": ("daily", "hourly", "monthly"), "average": ("daily", "hourly", "monthly")}
)
_LEGACY = MappingProxyType({"rolling_30d": (), "month_to_date": (), "daily_incremental": ()})

_PROJECT = Filter("projectKey")
_PLACE = (_PROJECT, Filter("environmentKey"))
_ANONYMOUS = Filter("anonymous", allowed=BOOLEANS)
_SOURCE = PathArgument("source", "source", ("client", "server"))
_DESTINATION = MappingProxyType({"destinationId": ("destinationName", "destinationViewable", "destinationKind")})
_WAREHOUSES = ("snowflake-v2", "databricks", "bigquery", "redshift", "clickhouse")
_SDK_DETAILS = tuple(
    Field(name)
    for name in (
        "name", "version", "type", "projectId", "projectKey", "projectName", "environmentId", "environmentKey",
        "environmentName", "applicationId", "ldLatestVersion", "eolStatus", "latestReleaseUrl", "connectionType",
        "relayVersion", "relayEolStatus", "relayLatestVersion", "relayLatestReleaseUrl",
    )
)  # fmt: skip


def _uniques(name: str, family: str, title: str, operation: str, **entry: Any) -> Metric:
    """Metrics that count unique contexts: no sum over days or groups is a count of anything."""
    return Metric(
        name=name, family=family, path=USAGE + name.replace("_", "-"), operation=operation,
        answer=Answer.SERIES, doc="account-usage-beta/" + title, unit="contexts",
        additive_over_time=False, additive_over_groups=False,
        aggregations=_DAILY, default_aggregation="month_to_date", has_granularity=True, **entry,
    )  # fmt: skip


def _observability(kind: str, operation: str, **entry: Any) -> Metric:
    settings: dict[str, Any] = {
        "additive_over_time": True, "aggregations": _DAILY, "default_aggregation": "incremental", "unit": kind,
    }  # fmt: skip
    return Metric(
        name=f"observability_{kind}", family="observability", path=f"{USAGE}observability/{kind}", operation=operation,
        answer=Answer.SERIES, doc=f"account-usage-beta/get-observability-{kind}-usage",
        additive_over_groups=True, filters=(_PROJECT,), has_granularity=True, time_unit="s", unit_uncertain=True,
        **(settings | entry),
    )  # fmt: skip


def _additive(name: str, family: str, title: str, operation: str, unit: str, **entry: Any) -> Metric:
    """Counts and sums by day or hour, in the API's newer style."""
    settings: dict[str, Any] = {"answer": Answer.SERIES}
    return Metric(
        name=name, family=family, path=USAGE + name.replace("_", "-"), operation=operation,
        doc="account-usage-beta/" + title, unit=unit, additive_over_time=True, additive_over_groups=True,
        aggregations=_HOURLY, default_aggregation="incremental", has_granularity=True, **(settings | entry),
    )  # fmt: skip


_ENTRIES = (
    # --- monthly active users: the primary context kind only
    _uniques(
        "clientside_mau", "mau", "get-mau-clientside-usage", "getMAUClientsideUsage",
        filters=(*_PLACE, Filter("sdkName"), _ANONYMOUS),
        groupings=("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2"),
    ),
    _uniques(
        "total_mau", "mau", "get-mau-total-usage", "getMAUTotalUsage",
        filters=(*_PLACE, Filter("sdkName"), Filter("sdkType"), _ANONYMOUS),
        groupings=("projectId", "environmentId", "sdkName", "sdkType", "sdkAppId", "anonymousV2"),
    ),
    Metric(
        "mau", "mau", USAGE + "mau", Answer.SERIES, "account-usage-beta/get-mau-usage", "users", False, False,
        operation="getMauUsage", deprecated=True, group_by_param="groupby",
        filters=(
            Filter("project"), Filter("environment"), Filter("sdktype", allowed=("client", "server")), Filter("sdk"),
            Filter("anonymous", repeat=False, allowed=BOOLEANS), Filter("contextKind"),
        ),
        groupings=("project", "environment", "sdktype", "sdk", "anonymous", "contextKind", "sdkAppId"),
        aggregations=_LEGACY, default_aggregation="month_to_date",
    ),
    Metric(
        "mau_by_category", "mau", USAGE + "mau/bycategory", Answer.SERIES,
        "account-usage-beta/get-mau-usage-by-category", "users", False, False,
        operation="getMauUsageByCategory", deprecated=True, own_dimensions=("category",),
    ),
    Metric(
        "mau_sdks", "mau", USAGE + "mau/sdks", Answer.SDK_LIST, "account-usage-beta/get-mau-sdks-by-type", "SDKs",
        False, False, operation="getMauSdksByType", history=History.DAILY_LIST, fields=(Field("sdk"),),
        filters=(Filter("sdktype", repeat=False, allowed=("client", "server")),),
    ),
    # --- contexts: every kind; contextKind is always a dimension
    _uniques(
        "clientside_contexts", "contexts", "get-contexts-clientside-usage", "getContextsClientsideUsage",
        filters=(*_PLACE, Filter("contextKind"), Filter("sdkName"), _ANONYMOUS), own_dimensions=("contextKind",),
        groupings=("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2"),
    ),
    _uniques(
        "serverside_contexts", "contexts", "get-contexts-serverside-usage", "getContextsServersideUsage",
        filters=(*_PLACE, Filter("contextKind"), Filter("sdkName"), _ANONYMOUS), own_dimensions=("contextKind",),
        groupings=("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2"),
        time_unit="s", unit_uncertain=True,
    ),
    _uniques(
        "total_contexts", "contexts", "get-contexts-total-usage", "getContextsTotalUsage",
        filters=(*_PLACE, Filter("contextKind"), Filter("sdkName"), Filter("sdkType"), _ANONYMOUS),
        groupings=("projectId", "environmentId", "sdkName", "sdkType", "sdkAppId", "anonymousV2"),
        own_dimensions=("contextKind",),
    ),
    # --- events
    Metric(
        "events", "events", USAGE + "events/{type}", Answer.SERIES, "account-usage-beta/get-events-usage", "events",
        True, True, operation="getEventsUsage", automatic_granularity=True,
        path_arguments=(PathArgument("event_type", "type", ("received", "published")),),
    ),
    # --- data export
    _additive(
        "data_export_events", "data_export", "get-data-export-events-usage", "getDataExportEventsUsage", "events",
        answer=Answer.DATA_EXPORT_SERIES, companions=_DESTINATION,
        # By project it counts the environments of today and of then, ungrouped those of today alone.
        inexact_groupings=("projectId",),
        filters=(
            *_PLACE, Filter("eventKind"),
            Filter("destinationKind", allowed=(
                "kinesis", "google-pubsub", "mparticle", "segment", "azure-event-hubs", "snowflake", "unknown",
            )),
        ),
        groupings=("projectId", "environmentId", "eventKind", "destinationKind", "destinationId"),
    ),
    Metric(
        "data_export_project_ranking", "data_export", USAGE + "data-export-events/projects/ranking", Answer.RANKING,
        "account-usage-beta/get-data-export-project-ranking", "events", True, True,
        operation="getDataExportProjectRanking", history=History.DAILY_LIST,
        filters=(_PROJECT, Filter("search", repeat=False)), page_size=100,
        fixed_params=(("source", "streaming"), ("dimension", "project")),
        fields=(
            Field("projectKey"), Field("projectName"), Field("rank", "int64"), Field("usage", "int64"),
            Field("components.streaming", "int64"),
        ),
    ),
    _additive(
        "warehouse_export", "data_export", "get-warehouse-export-usage", "getWarehouseExportUsage", "rows",
        answer=Answer.DATA_EXPORT_SERIES, companions=_DESTINATION,
        filters=(
            *_PLACE, Filter("destinationKind", allowed=(*_WAREHOUSES, "s3")),
            Filter("destination", allowed=_WAREHOUSES),
        ),
        groupings=("projectId", "environmentId", "destination", "destinationKind", "destinationId"),
    ),
    # --- experimentation
    _additive(
        "experimentation_events", "experimentation", "get-experimentation-events-usage",
        "getExperimentationEventsUsage", "events",
        filters=(*_PLACE, Filter("eventKey"), Filter("eventKind")),
        groupings=("environmentId", "eventKey", "eventKind"),
    ),
    Metric(
        "experimentation_keys", "experimentation", USAGE + "experimentation-keys", Answer.SERIES,
        "account-usage-beta/get-experimentation-keys-usage", "context keys", False, False,
        operation="getExperimentationKeysUsage", filters=(*_PLACE, Filter("experimentId")),
        groupings=("projectId", "environmentId", "experimentId"),
        aggregations=_HOURLY, default_aggregation="month_to_date", has_granularity=True,
    ),
    # --- evaluations: one request a flag and environment; the series are the flag's variations
    Metric(
        "evaluations", "evaluations", USAGE + "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}",
        Answer.SERIES, "account-usage-beta/get-evaluations-usage", "evaluations", True, True,
        operation="getEvaluationsUsage", takes_tz=True, automatic_granularity=True, own_dimensions=("key",),
        typed_dimensions=("key",),
        path_arguments=(
            PathArgument("project_key", "projectKey"), PathArgument("environment_key", "environmentKey"),
            PathArgument("feature_flag_key", "featureFlagKey"),
        ),
    ),
    # --- streams: connections in each period. One that lasts may count in each, so days are not summed.
    Metric(
        "streams", "streams", USAGE + "streams/{source}", Answer.SERIES, "account-usage-beta/get-stream-usage",
        "connections", False, True, operation="getStreamUsage", path_arguments=(_SOURCE,), takes_tz=True,
        automatic_granularity=True,
    ),
    Metric(
        "streams_by_sdk_version", "streams", USAGE + "streams/{source}/bysdkversion", Answer.SERIES,
        "account-usage-beta/get-stream-usage-by-sdk-version", "connections", False, True,
        operation="getStreamUsageBySdkVersion", path_arguments=(_SOURCE,), takes_tz=True, automatic_granularity=True,
        filters=(Filter("sdk", repeat=False), Filter("version", repeat=False)), own_dimensions=("sdk", "version"),
    ),
    Metric(
        "stream_sdk_versions", "streams", USAGE + "streams/{source}/sdkversions", Answer.SDK_VERSION_LIST,
        "account-usage-beta/get-stream-usage-sdk-versions", "SDK versions", False, False,
        operation="getStreamUsageSdkversion", history=History.SNAPSHOT, path_arguments=(_SOURCE,), takes_range=False,
        fields=(Field("sdk"), Field("version")),
    ),
    # --- service connections: minutes, in floats; 43,800 minutes are one billed connection
    _additive(
        "service_connections", "service_connections", "get-service-connections-usage", "getServiceConnectionsUsage",
        "minutes", answer=Answer.FLOAT_SERIES,
        filters=(
            *_PLACE, Filter("connectionType"), Filter("relayVersion"), Filter("sdkName"), Filter("sdkVersion"),
            Filter("sdkType", repeat=False, allowed=("server",)), Filter("sdkAppId"),
        ),
        groupings=(
            "projectId", "environmentId", "connectionType", "relayVersion", "sdkName", "sdkVersion", "sdkAppId",
        ),
    ),
    # --- SDK versions of the last 24 hours
    Metric(
        "sdk_versions_details", "sdk_versions", USAGE + "sdk-versions/details", Answer.SDK_VERSION_DETAILS,
        "account-usage-beta/get-sdk-versions-details", "SDK versions", False, False,
        operation="getSdkVersionsDetails", history=History.SNAPSHOT, takes_range=False, fields=_SDK_DETAILS,
    ),
    Metric(
        "sdk_versions_all", "sdk_versions", USAGE + "sdk-versions/all", Answer.SDK_VERSION_DETAILS,
        "account-usage-beta/get-sdk-all-versions", "SDK versions", False, False,
        operation="getSdkAllVersions", history=History.SNAPSHOT, takes_range=False, fields=_SDK_DETAILS,
        filters=tuple(
            Filter(name, repeat=False)
            for name in ("environmentId", "projectId", "sdkName", "sdkType", "sdkAppId", "connectionType")
        ),
    ),
    # --- observability
    _observability("errors", "getObservabilityErrorsUsage"),
    _observability("logs", "getObservabilityLogsUsage"),
    _observability(
        "metrics", "getObservabilityMetricsUsage", aggregations=_AVERAGE, default_aggregation="month_to_date",
        additive_over_time=False,
    ),
    _observability("sessions", "getObservabilitySessionsUsage"),
    _observability("traces", "getObservabilityTracesUsage"),
    # --- AI
    _additive(
        "ai_runs", "ai", "get-ai-runs-usage", "getAIRunsUsage", "runs",
        filters=(*_PLACE, Filter("sdkName"), Filter("sdkVersion"), Filter("sdkType")),
        groupings=("projectId", "environmentId", "sdkName", "sdkVersion", "sdkType"),
    ),
    Metric(
        "vega_ai", "ai", USAGE + "vega-ai", Answer.SERIES, "account-usage-beta/get-vega-ai-usage", "uses", True, True,
        operation="getVegaAIUsage", filters=(_PROJECT,), aggregations=_DAILY, default_aggregation="incremental",
        has_granularity=True, time_unit="s", unit_uncertain=True,
    ),
    # --- dimensions: usage carries ids, people ask by key. Only these fields: an environment also holds SDK keys.
    Metric(
        "projects", "dimensions", "/api/v2/projects", Answer.PROJECTS, "projects/get-projects", "projects",
        False, False, history=History.SNAPSHOT, takes_range=False, api_version="20240415", page_size=100,
        fields=(Field("_id", column="id"), Field("key"), Field("name")),
    ),
    Metric(
        "environments", "dimensions", "/api/v2/projects/{projectKey}/environments", Answer.ENVIRONMENTS,
        "environments/get-environments-by-project", "environments", False, False, history=History.SNAPSHOT,
        takes_range=False, api_version="20240415", page_size=100,
        fields=(
            Field("project.id", column="project_id"), Field("project.key", column="project_key"),
            Field("_id", column="id"), Field("key"), Field("name"),
        ),
    ),
)  # fmt: skip

METRICS: Mapping[str, Metric] = MappingProxyType({entry.name: entry for entry in _ENTRIES})


def family_metrics(family: str) -> tuple[str, ...]:
    """Names of a family's metrics, in the catalogue's order."""
    return tuple(entry.name for entry in _ENTRIES if entry.family == family)
