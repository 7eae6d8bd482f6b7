"""The catalogue: one frozen entry per usage metric, the single source of truth on LaunchDarkly's API.

Data only. Each entry says how the API names things (they differ: ``groupBy``/``groupby``,
``projectKey``/``project``), which values it takes, what its figures mean, and where that is documented. What holds for
one endpoint alone is a field of its entry, so that no other module tests a metric's name.
``tests/test_metrics_drift.py`` holds it against LaunchDarkly's official client.

Source: https://launchdarkly.com/docs/api/account-usage-beta (28 endpoints), /docs/api/projects, /docs/api/environments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

USAGE = "/api/v2/usage/"
DOCS = "https://launchdarkly.com/docs/api/"
BETA = "beta"
"""``LD-API-Version`` of the usage endpoints, which answer 403 without it."""
STABLE = "20240415"
"""``LD-API-Version`` of all other endpoints."""


class Answer(Enum):
    """Shape of a 200 response, by the name of its model in LaunchDarkly's OpenAPI description."""

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
    """How much of the past an endpoint reports."""

    SERIES = "points in time for any range"
    DAILY_LIST = "a list for a range, without times: asked for one day at a time"
    SNAPSHOT = "the current state only: stored under the UTC day it was seen"


BOOLEANS = ("true", "false")
MAX_PROJECTS = 100
"""Documented for ``groupBy=projectId`` of data-export-events and for ``projectKey`` of its ranking."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that narrows the answer.

    :param repeat: whether it may have several values
    :param allowed: all values that it takes, where they are known
    :param max_values: how many values it may have, where that is limited
    """

    name: str
    repeat: bool = True
    allowed: tuple[str, ...] = ()
    max_values: int | None = None


@dataclass(frozen=True, slots=True)
class PathArgument:
    """A variable part of the path.

    :param name: our argument, and the slice column
    :param parameter: the API's name for it
    :param allowed: all values that it takes, where they are known
    """

    name: str
    parameter: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a list's items, which has a column.

    :param path: keys within the item, joined by dots
    :param type: of the column: ``string`` or ``int64``
    :param column: its name; by default the path in snake_case
    :param essential: the list means nothing if no item has it. A string among these identifies the item, so it must be
        a string; other strings may be any JSON value, which is stored as its text.
    """

    path: str
    type: str = "string"
    column: str = ""
    essential: bool = False

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column or "_".join(snake_case(part) for part in self.path.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One usage endpoint.

    :param name: ours; the argument ``metric``, and the start of the default table name
    :param family: which operator it belongs to
    :param path: of the endpoint, with ``{parameter}`` for each of ``path_arguments``
    :param answer: the response's shape
    :param doc: page of the documentation, below :data:`DOCS`
    :param summary: what a figure says, in one sentence for somebody who reads a bill
    :param unit: what a figure counts
    :param additive_over_time: whether figures per bucket may be summed over time. It says nothing of cumulative
        figures: see :attr:`.query.UsageQuery.additive_over_time`.
    :param additive_over_groups: whether figures may be summed over groups
    :param operation: ``operationId`` in LaunchDarkly's OpenAPI description
    :param history: how much of the past it reports
    :param path_arguments: variable parts of the path
    :param filters: parameters that narrow the answer
    :param group_by_param: the API's name of the grouping parameter
    :param groupings: its values, in the order that table names and columns use
    :param grouping_needs: grouping -> filter that must have values where that grouping is asked for
    :param inexact_groupings: groupings whose groups need not add up to the ungrouped figure
    :param own_dimensions: dimensions that LaunchDarkly adds unasked
    :param companions: grouping -> dimensions that LaunchDarkly adds to it
    :param typed_dimensions: dimensions whose values may be any JSON value, so that ``true`` and ``"true"`` differ
    :param may_lack: dimensions that usage may lack altogether, so that their absence is no sign of a misspelt grouping
    :param aggregations: aggregation type -> granularities that it combines with. Empty without such a parameter.
    :param default_aggregation: the aggregation type where none is given
    :param has_granularity: whether the API has the parameter ``granularity``
    :param takes_range: whether the API has ``from`` and ``to``
    :param takes_tz: whether the API has ``tz``
    :param time_unit: documented unit of ``from`` and ``to``: ``ms`` or ``s`` since the epoch
    :param unit_uncertain: whether the documented unit is doubted
    :param max_days: the longest range of a request
    :param automatic_granularity: the API picks minutes, hours or days by the range's length or age
    :param fixed_params: parameters that are always sent
    :param page_size: items per page, where the list is paged
    :param fields: of a list's items, in column order
    :param item_key: column that identifies a list's item. An item that is missing from a page need not be gone.
    :param keeps_rest: whether the fields of an item that have no column are kept in ``extra``. Never for endpoints
        whose items hold credentials.
    :param api_version: value of the header ``LD-API-Version``
    :param deprecated: whether LaunchDarkly advises against it
    """

    name: str
    family: str
    path: str
    answer: Answer
    doc: str
    summary: str
    unit: str
    additive_over_time: bool
    additive_over_groups: bool
    operation: str = ""
    history: History = History.SERIES
    path_arguments: tuple[PathArgument, ...] = ()
    filters: tuple[Filter, ...] = ()
    group_by_param: str = "groupBy"
    groupings: tuple[str, ...] = ()
    grouping_needs: Mapping[str, Filter] = field(default_factory=lambda: MappingProxyType({}))
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
    item_key: str | None = None
    keeps_rest: bool = True
    api_version: str = BETA
    deprecated: bool = False

    @property
    def is_series(self) -> bool:
        """Whether it answers with figures over time rather than with a list."""
        return self.history is History.SERIES

    @property
    def value_type(self) -> str:
        """Arrow type of a series' figures."""
        return "double" if self.answer is Answer.FLOAT_SERIES else "int64"

    def adds_up_by(self, group_by: Iterable[str]) -> bool:
        """Whether the figures of these groups add up to the ungrouped one."""
        return self.additive_over_groups and not set(self.inexact_groupings).intersection(group_by)

    @property
    def documentation(self) -> str:
        """URL of its documentation."""
        return DOCS + self.doc


def snake_case(name: str) -> str:
    """The API's name as a column name: ``projectId`` -> ``project_id``, ``anonymousV2`` -> ``anonymous_v2``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


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
"""Names in metadata -> the names by which those dimensions are asked for."""

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
        summary="Unique keys of the primary context kind that client-side SDKs evaluated: the MAU on the invoice.",
        filters=(*_PLACE, Filter("sdkName"), _ANONYMOUS),
        groupings=("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2"),
    ),
    _uniques(
        "total_mau", "mau", "get-mau-total-usage", "getMAUTotalUsage",
        summary="The same of every SDK, server-side ones included: for engineering, not for the bill.",
        filters=(*_PLACE, Filter("sdkName"), Filter("sdkType"), _ANONYMOUS),
        groupings=("projectId", "environmentId", "sdkName", "sdkType", "sdkAppId", "anonymousV2"),
    ),
    Metric(
        name="mau", family="mau", path=USAGE + "mau",
        summary="What LaunchDarkly counted as MAU before contexts; clientside_mau and total_mau replace it.",
        answer=Answer.SERIES, doc="account-usage-beta/get-mau-usage", unit="users",
        additive_over_time=False, additive_over_groups=False,
        operation="getMauUsage", deprecated=True, group_by_param="groupby",
        filters=(
            Filter("project"), Filter("environment"), Filter("sdktype", allowed=("client", "server")), Filter("sdk"),
            Filter("anonymous", repeat=False, allowed=BOOLEANS), Filter("contextKind"),
        ),
        groupings=("project", "environment", "sdktype", "sdk", "anonymous", "contextKind", "sdkAppId"),
        aggregations=_LEGACY, default_aggregation="month_to_date",
    ),
    Metric(
        name="mau_by_category", family="mau", path=USAGE + "mau/bycategory",
        summary="The same by browser, mobile and backend; clientside_mau and total_mau replace it.",
        answer=Answer.SERIES, doc="account-usage-beta/get-mau-usage-by-category", unit="users",
        additive_over_time=False, additive_over_groups=False,
        operation="getMauUsageByCategory", deprecated=True, own_dimensions=("category",),
    ),
    Metric(
        name="mau_sdks", family="mau", path=USAGE + "mau/sdks",
        summary="The names of the SDKs that had monthly active users on a day; no figures.",
        answer=Answer.SDK_LIST, doc="account-usage-beta/get-mau-sdks-by-type", unit="SDKs",
        additive_over_time=False, additive_over_groups=False,
        operation="getMauSdksByType", history=History.DAILY_LIST, fields=(Field("sdk", essential=True),),
        filters=(Filter("sdktype", repeat=False, allowed=("client", "server")),),
    ),
    # --- contexts: every kind; contextKind is always a dimension
    _uniques(
        "clientside_contexts", "contexts", "get-contexts-clientside-usage", "getContextsClientsideUsage",
        summary="Unique keys of each context kind, the primary and the others, that client-side SDKs evaluated.",
        filters=(*_PLACE, Filter("contextKind"), Filter("sdkName"), _ANONYMOUS), own_dimensions=("contextKind",),
        groupings=("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2"),
    ),
    _uniques(
        "serverside_contexts", "contexts", "get-contexts-serverside-usage", "getContextsServersideUsage",
        summary="Unique keys of each context kind that server-side SDKs evaluated.",
        filters=(*_PLACE, Filter("contextKind"), Filter("sdkName"), _ANONYMOUS), own_dimensions=("contextKind",),
        groupings=("projectId", "environmentId", "sdkName", "sdkAppId", "anonymousV2"),
        time_unit="s", unit_uncertain=True,
    ),
    _uniques(
        "total_contexts", "contexts", "get-contexts-total-usage", "getContextsTotalUsage",
        summary="Unique keys of each context kind that any SDK evaluated.",
        filters=(*_PLACE, Filter("contextKind"), Filter("sdkName"), Filter("sdkType"), _ANONYMOUS),
        groupings=("projectId", "environmentId", "sdkName", "sdkType", "sdkAppId", "anonymousV2"),
        own_dimensions=("contextKind",),
    ),
    # --- events
    Metric(
        name="events", family="events", path=USAGE + "events/{type}",
        summary="Events that SDKs sent to LaunchDarkly (received), or that it passed on (published).",
        answer=Answer.SERIES, doc="account-usage-beta/get-events-usage", unit="events",
        additive_over_time=True, additive_over_groups=True,
        operation="getEventsUsage", automatic_granularity=True,
        path_arguments=(PathArgument("event_type", "type", ("received", "published")),),
    ),
    # --- data export
    _additive(
        "data_export_events", "data_export", "get-data-export-events-usage", "getDataExportEventsUsage", "events",
        summary="Events streamed to Data Export destinations such as Kinesis or Pub/Sub.",
        answer=Answer.DATA_EXPORT_SERIES, companions=_DESTINATION,
        grouping_needs=MappingProxyType({"projectId": Filter("projectKey", max_values=MAX_PROJECTS)}),
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
        name="data_export_project_ranking", family="data_export", path=USAGE + "data-export-events/projects/ranking",
        summary="The projects by the events that they streamed to Data Export destinations on a day.",
        answer=Answer.RANKING, doc="account-usage-beta/get-data-export-project-ranking", unit="events",
        additive_over_time=True, additive_over_groups=True,
        operation="getDataExportProjectRanking", history=History.DAILY_LIST,
        filters=(Filter("projectKey", max_values=MAX_PROJECTS), Filter("search", repeat=False)), page_size=100,
        fixed_params=(("source", "streaming"), ("dimension", "project")),
        fields=(
            Field("projectKey", essential=True), Field("projectName"), Field("rank", "int64"),
            Field("usage", "int64", essential=True), Field("components.streaming", "int64"),
        ),
        item_key="project_key",
    ),
    _additive(
        "warehouse_export", "data_export", "get-warehouse-export-usage", "getWarehouseExportUsage", "rows",
        summary="Rows written to Data Export destinations in a warehouse such as Snowflake or BigQuery.",
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
        summary="Events that experiments received, by event key or kind.",
        filters=(*_PLACE, Filter("eventKey"), Filter("eventKind")),
        groupings=("environmentId", "eventKey", "eventKind"),
    ),
    Metric(
        name="experimentation_keys", family="experimentation", path=USAGE + "experimentation-keys",
        summary="Unique context keys in experiments; a key in two experiments counts twice.",
        answer=Answer.SERIES, doc="account-usage-beta/get-experimentation-keys-usage", unit="context keys",
        additive_over_time=False, additive_over_groups=False,
        operation="getExperimentationKeysUsage", filters=(*_PLACE, Filter("experimentId")),
        groupings=("projectId", "environmentId", "experimentId"),
        aggregations=_HOURLY, default_aggregation="month_to_date", has_granularity=True,
    ),
    # --- evaluations: one request a flag and environment; the series are the flag's variations
    Metric(
        name="evaluations", family="evaluations",
        summary="How often each variation of a flag was served, in one environment.",
        path=USAGE + "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}",
        answer=Answer.SERIES, doc="account-usage-beta/get-evaluations-usage", unit="evaluations",
        additive_over_time=True, additive_over_groups=True,
        operation="getEvaluationsUsage", takes_tz=True, automatic_granularity=True, own_dimensions=("key",),
        typed_dimensions=("key",),
        path_arguments=(
            PathArgument("project_key", "projectKey"), PathArgument("environment_key", "environmentKey"),
            PathArgument("feature_flag_key", "featureFlagKey"),
        ),
    ),
    # --- streams: connections in each period. One that lasts may count in each, so days are not summed.
    Metric(
        name="streams", family="streams", path=USAGE + "streams/{source}",
        summary="Streaming connections to LaunchDarkly in each period, of client-side or of server-side SDKs.",
        answer=Answer.SERIES, doc="account-usage-beta/get-stream-usage", unit="connections",
        additive_over_time=False, additive_over_groups=True,
        operation="getStreamUsage", path_arguments=(_SOURCE,), takes_tz=True,
        automatic_granularity=True,
    ),
    Metric(
        name="streams_by_sdk_version", family="streams", path=USAGE + "streams/{source}/bysdkversion",
        summary="Streaming connections in each period, by SDK and version.",
        answer=Answer.SERIES, doc="account-usage-beta/get-stream-usage-by-sdk-version", unit="connections",
        additive_over_time=False, additive_over_groups=True,
        operation="getStreamUsageBySdkVersion", path_arguments=(_SOURCE,), takes_tz=True, automatic_granularity=True,
        filters=(Filter("sdk", repeat=False), Filter("version", repeat=False)), own_dimensions=("sdk", "version"),
    ),
    Metric(
        name="stream_sdk_versions", family="streams", path=USAGE + "streams/{source}/sdkversions",
        summary="SDKs and versions that opened a stream in the past 60 days; no figures.",
        answer=Answer.SDK_VERSION_LIST, doc="account-usage-beta/get-stream-usage-sdk-versions", unit="SDK versions",
        additive_over_time=False, additive_over_groups=False,
        operation="getStreamUsageSdkversion", history=History.SNAPSHOT, path_arguments=(_SOURCE,), takes_range=False,
        fields=(Field("sdk", essential=True), Field("version")),
    ),
    # --- service connections: minutes, in floats; 43,800 minutes are one billed connection
    _additive(
        "service_connections", "service_connections", "get-service-connections-usage", "getServiceConnectionsUsage",
        "minutes", answer=Answer.FLOAT_SERIES,
        summary="Minutes that server-side SDKs were connected; 43,800 are one connection on the invoice.",
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
        name="sdk_versions_details", family="sdk_versions", path=USAGE + "sdk-versions/details",
        summary="The newest version of each SDK seen in the last 24 hours, and whether it is still supported.",
        answer=Answer.SDK_VERSION_DETAILS, doc="account-usage-beta/get-sdk-versions-details", unit="SDK versions",
        additive_over_time=False, additive_over_groups=False,
        operation="getSdkVersionsDetails", history=History.SNAPSHOT, takes_range=False, fields=_SDK_DETAILS,
    ),
    Metric(
        name="sdk_versions_all", family="sdk_versions", path=USAGE + "sdk-versions/all",
        summary="Every version of each SDK seen in the last 24 hours, and whether it is still supported.",
        answer=Answer.SDK_VERSION_DETAILS, doc="account-usage-beta/get-sdk-all-versions", unit="SDK versions",
        additive_over_time=False, additive_over_groups=False,
        operation="getSdkAllVersions", history=History.SNAPSHOT, takes_range=False, fields=_SDK_DETAILS,
        filters=tuple(
            Filter(name, repeat=False)
            for name in ("environmentId", "projectId", "sdkName", "sdkType", "sdkAppId", "connectionType")
        ),
    ),
    # --- observability
    _observability("errors", "getObservabilityErrorsUsage", summary="Errors recorded by LaunchDarkly's observability."),
    _observability("logs", "getObservabilityLogsUsage", summary="Log lines recorded by LaunchDarkly's observability."),
    _observability(
        "metrics", "getObservabilityMetricsUsage", summary="Metrics recorded by LaunchDarkly's observability.",
        aggregations=_AVERAGE, default_aggregation="month_to_date",
        additive_over_time=False,
    ),
    _observability(
        "sessions", "getObservabilitySessionsUsage", summary="Session replays recorded by LaunchDarkly's observability."
    ),
    _observability("traces", "getObservabilityTracesUsage", summary="Traces recorded by LaunchDarkly's observability."),
    # --- AI
    _additive(
        "ai_runs", "ai", "get-ai-runs-usage", "getAIRunsUsage", "runs",
        summary="Runs of AI configs.",
        filters=(*_PLACE, Filter("sdkName"), Filter("sdkVersion"), Filter("sdkType")),
        groupings=("projectId", "environmentId", "sdkName", "sdkVersion", "sdkType"),
    ),
    Metric(
        name="vega_ai", family="ai", path=USAGE + "vega-ai",
        summary="Uses of Vega, LaunchDarkly's AI assistant.",
        answer=Answer.SERIES, doc="account-usage-beta/get-vega-ai-usage", unit="uses",
        additive_over_time=True, additive_over_groups=True,
        operation="getVegaAIUsage", filters=(_PROJECT,), aggregations=_DAILY, default_aggregation="incremental",
        has_granularity=True, time_unit="s", unit_uncertain=True,
    ),
    # --- dimensions: usage carries ids, people ask by key. Only these fields: an environment also holds SDK keys,
    # so keeps_rest is off.
    Metric(
        name="projects", family="dimensions", path="/api/v2/projects",
        summary="The account's projects: what the ids in usage stand for.",
        answer=Answer.PROJECTS, doc="projects/get-projects", unit="projects",
        additive_over_time=False, additive_over_groups=False,
        history=History.SNAPSHOT, takes_range=False, api_version=STABLE, page_size=100,
        fields=(Field("_id", column="id", essential=True), Field("key", essential=True), Field("name")),
        item_key="id", keeps_rest=False,
    ),
    Metric(
        name="environments", family="dimensions", path="/api/v2/projects/{projectKey}/environments",
        summary="The environments of every project: what the ids in usage stand for.",
        answer=Answer.ENVIRONMENTS, doc="environments/get-environments-by-project", unit="environments",
        additive_over_time=False, additive_over_groups=False,
        history=History.SNAPSHOT,
        takes_range=False, api_version=STABLE, page_size=100,
        fields=(
            Field("project.id", column="project_id"), Field("project.key", column="project_key"),
            Field("_id", column="id", essential=True), Field("key", essential=True), Field("name"),
        ),
        item_key="id", keeps_rest=False,
    ),
)  # fmt: skip

METRICS: Mapping[str, Metric] = MappingProxyType({entry.name: entry for entry in _ENTRIES})


def family_metrics(family: str) -> tuple[str, ...]:
    """Names of a family's metrics, in the catalogue's order."""
    return tuple(entry.name for entry in _ENTRIES if entry.family == family)
