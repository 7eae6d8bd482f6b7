"""The operators. :class:`LaunchDarklyUsageOperator` loads any metric; each subclass loads one family of metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_ldusage.collector import rare_full_collections
from airflow_provider_ldusage.compat import BaseOperator, TaskDeferred, conf
from airflow_provider_ldusage.days import utc_now
from airflow_provider_ldusage.exceptions import RateLimitedError
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.arguments import TextStaysText
from airflow_provider_ldusage.operators.asked import PATH_ARGUMENTS, options_of, query_of
from airflow_provider_ldusage.operators.context import warnings_of, window_of
from airflow_provider_ldusage.operators.deferral import MAX_DEFERRALS, Attempt, trigger_in
from airflow_provider_ldusage.operators.errors import naming_connection, no_retries_for_permanent_errors
from airflow_provider_ldusage.operators.forbidden import on_forbidden_of
from airflow_provider_ldusage.operators.provenance import Provenance

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.windows import Moment


class LaunchDarklyUsageOperator(Provenance, TextStaysText, BaseOperator):
    """Load one usage metric for one window of UTC days into one table of day-partitioned Parquet.

    Running it again, late, twice at once or after a crash leaves exactly the rows that LaunchDarkly reports now. Every
    argument is checked before the first request, and may be a string or the object itself, as templates, XComs and
    ``expand`` give it. :mod:`airflow_provider_ldusage.windows` says which days a run loads. Recent windows are widened
    by the look-back; older ones (backfills) are loaded as they are. After its own days, a load goes back to older days
    that are not final yet. Whatever happens to these, its own days are stored.

    :param metric: name of the metric; optional if the family has only one (templated)
    :param destination: an ObjectStoragePath URL, such as ``s3://aws_default@lake/launchdarkly`` or
        ``file:///data/launchdarkly`` (templated)
    :param table: name of the table below the destination; default: made of metric, variant and grouping (templated)
    :param launchdarkly_conn_id: a connection of type ``launchdarkly`` (templated)
    :param group_by: dimensions, by their names in the API, such as ``["projectId", "sdkName"]`` (templated)
    :param filters: by their names in the API: ``{"projectKey": ["default"]}``. A filter with one value selects a slice
        of the table, which can have others; a filter with several values belongs to the table (templated)
    :param aggregation_type: default: ``incremental`` for figures that add up, ``month_to_date`` for counts of unique
        contexts, which LaunchDarkly bills (templated)
    :param granularity: ``daily`` (default) or, if the metric has it, ``hourly`` (templated)
    :param start: first UTC day to load; default: determined by the run (templated)
    :param end: the UTC day after the last (templated)
    :param lookback: days before the window to load again; default: three, or for month-to-date figures those since the
        start of the month; none if ``start`` and ``end`` are given (templated)
    :param include_open_day: if the window ends today, also load today, as far as it is counted (templated)
    :param on_empty: what to do with days that have stored usage but none in the response (no rows, or only zeros):
        ``keep``, ``write`` or ``fail`` (templated)
    :param on_forbidden: what to do if LaunchDarkly denies the usage, which the account's plan may not include:
        ``fail``, or ``skip`` the task with the reason and leave the lake as it is (templated)
    :param checks: what the data-quality checks ``gaps``, ``falling`` and ``groups`` do when they find a problem:
        ``off``, ``warn`` (the default of each) or ``fail``: the data is stored and the task fails (templated)
    :param max_requests: refuse to load if it takes more usage requests than this (templated)
    :param compression: of the table's files: ``zstd``, or ``snappy`` for engines that lack it. A table keeps the one
        that it was created with; default: that one, and ``zstd`` for a new table (templated)
    :param record_restatements: note what a stored day said before it is replaced, for the report's table
        ``usage_restatements``: one more read and one more object for each such day (templated)
    :param asset_events: what the assets in ``outlets`` hear: ``changed``, one event if a day was written or restated;
        ``each_day``, one for each such day, with the day as partition key (Airflow 3.3); ``always``, one in any case
    :param deferrable: free the worker slot while waiting a minute or more for a rate limit, and load again after that;
        default: ``[operators] default_deferrable``. Needs a triggerer. It loads the same rows, and the wait counts
        towards the connection's ``max_wait`` as well
    :param source: for streams: ``client`` or ``server`` (templated)
    :param event_type: for events: ``received`` or ``published`` (templated)
    :param project_key: for evaluations (templated)
    :param environment_key: for evaluations (templated)
    :param feature_flag_key: for evaluations: a key, a list of keys, or None for every flag (templated)

    :return: (XCom) ``{"table", "slice", "uri", "rows", "window", "days", "requests", "data_through", "final_through",
        "open", "refused", "given_up", "announced", "skipped", "loaded_at", "map_index", "try_number"}``; ``days`` maps
        each outcome (``written``, ``unchanged``, ``restated``, ``empty``, ``kept``, ``superseded``, ``left``) to a
        ``count`` of days and their ``ranges``, pairs of first and last day; ``open``, ``refused``, ``given_up`` and
        ``announced`` look alike
    :raises AirflowSkipException: with ``on_forbidden="skip"``, LaunchDarkly denies the usage
    :raises QualityError: a check at level ``fail`` found a problem; the data is stored
    :raises LaunchDarklyUsageError: any other subclass (see :mod:`airflow_provider_ldusage.exceptions`); the lake is
        unchanged. Permanent errors are an ``AirflowFailException`` as well
    """

    family: ClassVar[str | None] = None

    template_fields: Sequence[str] = (
        "metric", "destination", "table", "launchdarkly_conn_id", "group_by", "filters", "aggregation_type",
        "granularity", "start", "end", "lookback", "include_open_day", "on_empty", "on_forbidden", "checks",
        "max_requests", "compression", "record_restatements", *PATH_ARGUMENTS,
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
        on_forbidden: str = "fail",
        checks: Mapping[str, str] | None = None,
        max_requests: int | str = 500,
        compression: str | None = None,
        record_restatements: bool | str = False,
        asset_events: str = "changed",
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
        self.on_forbidden = on_forbidden
        self.checks = checks
        self.max_requests = max_requests
        self.compression = compression
        self.record_restatements = record_restatements
        self.asset_events = asset_events
        self.deferrable = deferrable
        self.source = source
        self.event_type = event_type
        self.project_key = project_key
        self.environment_key = environment_key
        self.feature_flag_key = feature_flag_key

    def execute(self, context: Context) -> dict[str, Any]:
        """What Airflow calls first. The class documents the returned report."""
        with no_retries_for_permanent_errors():
            return self._load(context, self._first_attempt(context))

    def resume(self, context: Context, event: Any = None, attempt: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Airflow calls in place of ``execute`` after a deferral.

        :param event: of the trigger; not needed
        :param attempt: an :class:`.Attempt` as JSON. None (``airflow dags test`` drops it): do not defer
        """
        with no_retries_for_permanent_errors():
            if attempt is None:
                return self._load(context, replace(self._first_attempt(context), deferrals=MAX_DEFERRALS))
            return self._load(context, Attempt.from_json(attempt))

    def _first_attempt(self, context: Context) -> Attempt:
        run = window_of(context, self.start, self.end)
        for warning in warnings_of(context, run):
            self.log.warning(warning)
        return Attempt(run, utc_now())

    @rare_full_collections()  # also while imports and stores make the most of a small load's objects
    def _load(self, context: Context, attempt: Attempt) -> dict[str, Any]:
        from airflow_provider_ldusage.engine.load import load
        from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook
        from airflow_provider_ldusage.operators.closing import LoadEvents
        from airflow_provider_ldusage.operators.destination import open_store
        from airflow_provider_ldusage.operators.load_xcom import restated_by, tell_begun

        query, options, forbidden = query_of(self), options_of(self), on_forbidden_of(self.on_forbidden)
        store = open_store(arguments.destination(self.destination))
        table = arguments.key("table", self.table)
        events = LoadEvents.of(self, context, store.uri, table or query.default_table)
        connection = arguments.key("launchdarkly_conn_id", self.launchdarkly_conn_id)
        defer_from = attempt.defer_from if arguments.flag("deferrable", self.deferrable) else None
        by = restated_by(context, self.record_restatements)
        if query.metric.deprecated:
            self.log.warning("LaunchDarkly has deprecated %r: see %s", query.metric.name, query.metric.documentation)
        # A list without history belongs to the day on which it is requested, even after a deferral.
        now = utc_now() if query.metric.history is History.SNAPSHOT else attempt.now
        tell_begun(context, store.uri, table or query.default_table, query.slice, attempt)
        hook = LaunchDarklyUsageHook(connection or "")
        try:
            with (
                naming_connection(hook.launchdarkly_conn_id),
                forbidden.loading(query.metric.name),
                hook.new_client(waited=attempt.waited, defer_from=defer_from) as client,
            ):
                self.asking(context, client.config.base_url, query)
                announcing, run = events.announcing, attempt.run
                report = load(client, query, run, store, table, options, now=now, announcing=announcing, restated_by=by)
            return events.sent(self.stored(context, store, report))
        except RateLimitedError as error:
            if error.retry_in is None:
                raise
            self.log.info("Deferred for %.0f s: %s", error.retry_in, error)
            pause, resumed = error.retry_in, attempt.after(error.waited + error.retry_in)
        raise TaskDeferred(trigger=trigger_in(pause), method_name="resume", kwargs={"attempt": resumed.to_json()})


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
    ``feature_flag_key`` (a key, a list of keys, or None for every flag of the project). One request per flag."""

    family = "evaluations"


class LaunchDarklyStreamsUsageOperator(LaunchDarklyUsageOperator):
    """Streaming connections: ``streams``, ``streams_by_sdk_version``, ``stream_sdk_versions``, with ``source``."""

    family = "streams"


class LaunchDarklyServiceConnectionsUsageOperator(LaunchDarklyUsageOperator):
    """Service connections, in minutes (43,800 minutes are one billed connection): ``service_connections``."""

    family = "service_connections"


class LaunchDarklySdkVersionsUsageOperator(LaunchDarklyUsageOperator):
    """SDK versions of the last 24 hours: ``sdk_versions_details``, ``sdk_versions_all``."""

    family = "sdk_versions"


class LaunchDarklyObservabilityUsageOperator(LaunchDarklyUsageOperator):
    """Observability: ``observability_errors``, ``_logs``, ``_metrics``, ``_sessions``, ``_traces``."""

    family = "observability"


class LaunchDarklyAIUsageOperator(LaunchDarklyUsageOperator):
    """AI: ``ai_runs``, ``vega_ai``."""

    family = "ai"


class LaunchDarklyDimensionsOperator(LaunchDarklyUsageOperator):
    """What the ids in usage data refer to: ``projects``, ``environments`` (id, key, name)."""

    family = "dimensions"
