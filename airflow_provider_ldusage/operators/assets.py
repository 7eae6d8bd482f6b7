"""The task that closes others: loads that are mapped, or several, announce their days with one event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.compat import BaseOperator
from airflow_provider_ldusage.days import day_ranges
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.errors import no_retries_for_permanent_errors

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context


class LaunchDarklyUsageAssetOperator(BaseOperator):
    """Announce the days of several loads with one event, whatever became of the loads, and say which are missing.

    ::

        loads = LaunchDarklyStreamsUsageOperator.partial(task_id="streams", destination=LAKE).expand(
            source=["client", "server"]
        )
        LaunchDarklyUsageAssetOperator(
            task_id="streams_loaded", destination=LAKE, reports=loads.output, outlets=[Asset("launchdarkly/streams")]
        )

    It is a teardown task, unless ``trigger_rule`` is given: it runs when all loads have ended, and a failed load fails
    the run as it would without this task. A load that is skipped holds up nothing.

    The loads have no outlets themselves. They find this task directly downstream of them, and leave their days to it.
    It also announces what an earlier load has stored and could not announce, such as one of which an index has failed:
    those days are in the tables' states, so it takes the destination.

    :param destination: of the loads (templated)
    :param reports: their XComs: a list, or a single one. None stands for a load without a report (templated)
    :param asset_events: ``changed``, ``each_day`` or ``always``, as for the loads

    :return: (XCom) what the event tells: ``{"table", "uri", "rows", "start", "end", "written", "restated",
        "data_through", "final_through", "announced", "missing"}``; ``announced`` has a ``count`` of days, their
        ``ranges``, and how many were announced ``again`` or late; ``missing`` has the state of each load that has not
        succeeded, such as ``{"streams[1]": "failed"}``
    :raises LaunchDarklyUsageError: permanent errors are raised as ``AirflowFailException``
    """

    template_fields: Sequence[str] = ("destination", "reports")
    ui_color = "#e6f0ff"

    def __init__(self, *, destination: str, reports: Any, asset_events: str = "changed", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if "trigger_rule" not in kwargs:
            self.as_teardown()
        self.destination = destination
        self.reports = reports
        self.asset_events = asset_events

    def execute(self, context: Context) -> dict[str, Any]:
        """What Airflow calls. The class documents what is returned."""
        with no_retries_for_permanent_errors():
            return self._close(context)

    def _close(self, context: Context) -> dict[str, Any]:
        from airflow_provider_ldusage.days import utc_now
        from airflow_provider_ldusage.engine.settling import Loaded, settle_tables
        from airflow_provider_ldusage.operators.announcer import log_missing
        from airflow_provider_ldusage.operators.destination import open_store
        from airflow_provider_ldusage.operators.outlets import TaskEvents, extra_of
        from airflow_provider_ldusage.operators.reports import changed_days, loads_of

        if not self.outlets:
            raise UsageArgumentError("outlets is empty.", "Name the assets to announce to, as outlets=[Asset(...)].")
        reports = loads_of(self.reports)
        store = open_store(arguments.destination(self.destination))
        events = TaskEvents.of(self, context, store.uri, sorted({report["table"] for report in reports}))
        loads = [Loaded(report["table"], report["slice"]) for report in reports]
        announcing = events.own()
        settled = settle_tables(store, loads, changed_days(reports), announcing, utc_now())
        missing = events.fates.missing(announcing.by.dag_id, self.upstream_task_ids, announcing.by.run_id)
        log_missing(missing)
        extra = extra_of(reports, store.uri, whole=not missing)
        events.send(settled, extra)
        announced = {"count": len(settled.days), "ranges": day_ranges(settled.days), "again": settled.again}
        return {**extra, "announced": announced, "missing": missing}
