"""The operators: one LaunchDarkly usage metric, for one window of UTC days, into one table of day-partitioned Parquet.

:class:`LaunchDarklyUsageOperator` does it all; the classes below it name the families, so that a DAG reads well
and a metric of another family is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator, TaskDeferred, conf

from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, RateLimitedError, UsageArgumentError
from airflow_provider_ldusage.metrics import METRICS, family_metrics
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.arguments import TextStaysText
from airflow_provider_ldusage.operators.deferral import Attempt, trigger_in

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_ldusage.engine.plan import LoadOptions
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.windows import Moment

FLAG_ARGUMENT = "feature_flag_key"
PATH_ARGUMENTS = ("source", "event_type", "project_key", "environment_key", FLAG_ARGUMENT)


class LaunchDarklyUsageOperator(TextStaysText, BaseOperator):
    """Load one usage metric for one window of UTC days into one table of day-partitioned Parquet.

    Running it again, late, twice at once or after a crash leaves exactly the rows that LaunchDarkly reports now.
    Every argument is checked before the first request, and may come as text or as the object itself: from templates,
    XComs and ``expand``. Which days a run loads is told in
    :mod:`airflow_provider_ldusage.windows`; recent windows are widened by the look-back, older ones (backfills) are
    loaded as they are. After its own days a load goes back to older ones that are not final yet, without ever costing
    it what it would have stored without them.

    :param metric: a metric's name; may be left out where the family has just one (templated)
    :param destination: an ObjectStoragePath URL, such as ``s3://aws_default@lake/launchdarkly`` or
        ``file:///data/launchdarkly`` (templated)
    :param table: the table's name below the destination; default: from metric, variant and grouping (templated)
    :param launchdarkly_conn_id: a connection of type ``launchdarkly`` (templated)
    :param group_by: dimensions in the API's own names, such as ``["projectId", "sdkName"]`` (templated)
    :param filters: in the API's own names: ``{"projectKey": ["default"]}``. A filter of one value is a slice of the
        table, beside others; a filter of several values belongs to the table (templated)
    :param aggregation_type: default: ``incremental`` for figures that add up, ``month_to_date`` for counts of unique
        things, which is what LaunchDarkly bills (templated)
    :param granularity: ``daily`` (default) or, where the metric has it, ``hourly`` (templated)
    :param start: first UTC day to load, if not left to the run (templated)
    :param end: the UTC day after the last (templated)
    :param lookback: days before the window to load again; default: three, for month-to-date figures to the month's
        start. Where ``start`` and ``end`` are given, none unless given too (templated)
    :param include_open_day: load today too, as far as it is counted, where the window ends today (templated)
    :param on_empty: for days with stored usage that the answer has none for (no rows, or zeros only): ``keep``,
        ``write`` or ``fail`` (templated)
    :param checks: what the data-quality checks ``gaps``, ``falling`` and ``groups`` do when they find something:
        ``off``, ``warn`` (each one's default) or ``fail``: the data is stored and the task fails (templated)
    :param max_requests: refuse a plan of more usage requests than this (templated)
    :param compression: of the table's files: ``zstd``, or ``snappy`` for engines that lack it. A table keeps the one
        that it was created with; default: that one, and ``zstd`` for a new table (templated)
    :param deferrable: give the worker slot back while a rate limit asks for a minute or more, and load again after it;
        default: ``[operators] default_deferrable``. Needs a triggerer. What is loaded is the same, and the wait counts
        towards the connection's ``max_wait`` all the same
    :param source: for streams: ``client`` or ``server`` (templated)
    :param event_type: for events: ``received`` or ``published`` (templated)
    :param project_key: for evaluations (templated)
    :param environment_key: for evaluations (templated)
    :param feature_flag_key: for evaluations: a key, a list of keys, or None for every flag (templated)

    :return: (XCom) ``{"table", "uri", "rows", "window", "days", "requests", "data_through", "final_through", "open",
        "refused", "given_up", "skipped"}``; ``days`` has for each of ``written``, ``unchanged``, ``restated``,
        ``empty``, ``kept``, ``superseded`` and ``left`` a ``count`` and ``ranges`` of first and last days, and so have
        ``open``, ``refused`` and ``given_up``
    :raises QualityError: a check at level ``fail`` found something; the data is stored
    :raises LaunchDarklyUsageError: another of its subclasses (``airflow_provider_ldusage.exceptions``); what is in the
        lake stays as it was. Those that trying again does not help are raised as ``AirflowFailException``, whose
        ``__cause__`` they are
    """

    family: ClassVar[str | None] = None

    template_fields: Sequence[str] = (
        "metric", "destination", "table", "launchdarkly_conn_id", "group_by", "filters", "aggregation_type",
        "granularity", "start", "end", "lookback", "include_open_day", "on_empty", "checks", "max_requests",
        "compression", *PATH_ARGUMENTS,
    )  # fmt: skip
    template_fields_renderers: ClassVar[dict[str, str]] = {"filters": "json", "group_by": "json", "checks": "json"}
    ui_color = "#e6f0ff"

    def __init__(
        self,
        *,
        destination: str,
        metric: str | None = None,
        table: str | None = None,
        launchdarkly_conn_id: str = "launchdarkly_default",
        group_by: Sequence[str] = (),
        filters: Mapping[str, Any] | None = None,
        aggregation_type: str | None = None,
        granularity: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        lookback: int | str | None = None,
        include_open_day: bool | str = False,
        on_empty: str = "keep",
        checks: Mapping[str, str] | None = None,
        max_requests: int | str = 500,
        compression: str | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        source: str | None = None,
        event_type: str | None = None,
        project_key: str | None = None,
        environment_key: str | None = None,
        feature_flag_key: str | Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.metric = metric
        self.destination = destination
        self.table = table
        self.launchdarkly_conn_id = launchdarkly_conn_id
        self.group_by = group_by
        self.filters = filters
        self.aggregation_type = aggregation_type
        self.granularity = granularity
        self.start = start
        self.end = end
        self.lookback = lookback
        self.include_open_day = include_open_day
        self.on_empty = on_empty
        self.checks = checks
        self.max_requests = max_requests
        self.compression = compression
        self.deferrable = deferrable
        self.source = source
        self.event_type = event_type
        self.project_key = project_key
        self.environment_key = environment_key
        self.feature_flag_key = feature_flag_key

    def execute(self, context: Context) -> dict[str, Any]:
        return self._attempt(context, Attempt())

    def resume(self, context: Context, event: Any = None, attempt: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Airflow calls in place of ``execute`` when a deferred task's wait is over.

        :param event: of the trigger; not needed
        :param attempt: what the executions before have left
        """
        return self._attempt(context, Attempt.resumed(attempt))

    def _attempt(self, context: Context, attempt: Attempt) -> dict[str, Any]:
        try:
            return self._load(context, attempt)
        except LaunchDarklyUsageError as error:
            if error.permanent:
                raise AirflowFailException(f"{type(error).__name__}: {error}") from error
            if not isinstance(error, RateLimitedError) or error.retry_in is None:
                raise
            seconds, kept = error.retry_in, attempt.after(error)
            self.log.info("Deferred for %.0f s: %s", seconds, error)
        raise TaskDeferred(trigger=trigger_in(seconds), method_name="resume", kwargs={"attempt": kept})

    def _load(self, context: Context, attempt: Attempt) -> dict[str, Any]:
        from airflow_provider_ldusage.engine.load import load
        from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook
        from airflow_provider_ldusage.operators.context import window_of
        from airflow_provider_ldusage.operators.destination import open_store

        query, options = self._query(), self._options()
        run = attempt.run or window_of(context, self.start, self.end, self.log.warning)
        table = arguments.key("table", self.table)
        connection = arguments.key("launchdarkly_conn_id", self.launchdarkly_conn_id)
        deferrable = arguments.flag("deferrable", self.deferrable)
        store = open_store(arguments.destination(self.destination))
        if query.metric.deprecated:
            self.log.warning("LaunchDarkly has deprecated %r: see %s", query.metric.name, query.metric.documentation)
        with LaunchDarklyUsageHook(connection or "").client as client:
            now = attempt.begin(client, run, query, deferrable=deferrable)
            return load(client, query, run, store, table, options, now=now).to_xcom()

    def _query(self) -> UsageQuery:
        from airflow_provider_ldusage.query import UsageQuery

        allowed = family_metrics(self.family) if self.family else tuple(METRICS)
        metric = arguments.key("metric", self.metric) or (allowed[0] if len(allowed) == 1 else None)
        if metric not in allowed:
            raise UsageArgumentError(
                f"metric={metric!r} is not allowed for {type(self).__name__}. Allowed: {', '.join(allowed)}."
            )
        return UsageQuery.build(
            metric,
            group_by=arguments.texts("group_by", self.group_by) or (),
            filters=arguments.filters(self.filters),
            aggregation_type=arguments.text("aggregation_type", self.aggregation_type),
            granularity=arguments.text("granularity", self.granularity),
            feature_flag_key=arguments.keys("feature_flag_key", self.feature_flag_key),
            **{name: arguments.key(name, getattr(self, name)) for name in PATH_ARGUMENTS if name != FLAG_ARGUMENT},
        )

    def _options(self) -> LoadOptions:
        from airflow_provider_ldusage.engine.plan import DEFAULT_MAX_REQUESTS, LoadOptions

        max_requests = arguments.number("max_requests", self.max_requests)
        return LoadOptions(
            lookback=arguments.number("lookback", self.lookback),
            include_open_day=arguments.flag("include_open_day", self.include_open_day),
            on_empty=arguments.text("on_empty", self.on_empty) or "keep",
            max_requests=DEFAULT_MAX_REQUESTS if max_requests is None else max_requests,
            checks=arguments.choices("checks", self.checks),
            compression=arguments.text("compression", self.compression),
        )


class LaunchDarklyMauUsageOperator(LaunchDarklyUsageOperator):
    """Active users: ``clientside_mau``, ``total_mau``, ``mau_sdks``; deprecated: ``mau``, ``mau_by_category``."""

    family = "mau"


class LaunchDarklyContextsUsageOperator(LaunchDarklyUsageOperator):
    """Contexts of every kind: ``clientside_contexts``, ``serverside_contexts``, ``total_contexts``."""

    family = "contexts"


class LaunchDarklyEventsUsageOperator(LaunchDarklyUsageOperator):
    """Events: ``events``, with ``event_type`` ``received`` or ``published``."""

    family = "events"


class LaunchDarklyDataExportUsageOperator(LaunchDarklyUsageOperator):
    """Data Export: ``data_export_events``, ``data_export_project_ranking``, ``warehouse_export``."""

    family = "data_export"


class LaunchDarklyExperimentationUsageOperator(LaunchDarklyUsageOperator):
    """Experimentation: ``experimentation_events``, ``experimentation_keys``."""

    family = "experimentation"


class LaunchDarklyEvaluationsUsageOperator(LaunchDarklyUsageOperator):
    """Flag evaluations by variation: ``evaluations``, with ``project_key``, ``environment_key`` and
    ``feature_flag_key`` (one flag, a list, or None for every flag of the project: one request a flag)."""

    family = "evaluations"


class LaunchDarklyStreamsUsageOperator(LaunchDarklyUsageOperator):
    """Streaming connections: ``streams``, ``streams_by_sdk_version``, ``stream_sdk_versions``, with ``source``."""

    family = "streams"


class LaunchDarklyServiceConnectionsUsageOperator(LaunchDarklyUsageOperator):
    """Service connections, in minutes (43,800 minutes are one billed connection): ``service_connections``."""

    family = "service_connections"


class LaunchDarklySdkVersionsUsageOperator(LaunchDarklyUsageOperator):
    """SDK versions seen in the last 24 hours: ``sdk_versions_details``, ``sdk_versions_all``."""

    family = "sdk_versions"


class LaunchDarklyObservabilityUsageOperator(LaunchDarklyUsageOperator):
    """Observability: ``observability_errors``, ``_logs``, ``_metrics``, ``_sessions``, ``_traces``."""

    family = "observability"


class LaunchDarklyAIUsageOperator(LaunchDarklyUsageOperator):
    """AI: ``ai_runs``, ``vega_ai``."""

    family = "ai"


class LaunchDarklyDimensionsOperator(LaunchDarklyUsageOperator):
    """What the ids in usage stand for: ``projects``, ``environments`` (id, key, name)."""

    family = "dimensions"
