"""The sensor: wait until LaunchDarkly has counted Data Export usage through the end of a run's window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow_provider_ldusage.compat import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
    conf,
)
from airflow_provider_ldusage.days import Window, utc_now
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.links import DocumentationLink, ShowsPages, UsagePageLink, usage_page
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.arguments import TextStaysText
from airflow_provider_ldusage.operators.context import warnings_of, window_of
from airflow_provider_ldusage.operators.errors import naming_connection, no_retries_for_permanent_errors

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.freshness import Watermark
    from airflow_provider_ldusage.windows import Moment

_GRACE = timedelta(minutes=1)
"""How long after its timeout a deferred task fails, if no triggerer has resumed it for its last check."""


class LaunchDarklyUsageFreshnessSensor(ShowsPages, TextStaysText, BaseSensorOperator):
    """Wait until LaunchDarkly has counted Data Export usage through the end of the run's window.

    Put it before the tasks that load ``data_export_events`` and ``warehouse_export``, the metrics whose responses say
    how far they are counted (``dataThrough``). The window is the one that the operators load in the same run. It has to
    be counted to its end, 00:00 UTC after its last day, which may be in the future. A check is one small request per
    metric. Every argument is checked before the first request.

    :param metric: ``data_export_events``, ``warehouse_export`` or, by default, both (templated)
    :param launchdarkly_conn_id: a connection of type ``launchdarkly`` (templated)
    :param start: first UTC day of the window; default: determined by the run (templated)
    :param end: the UTC day after the last (templated)
    :param max_delay: how long after the window's end LaunchDarkly may report that it is ``delayed``, by three hours or
        more, before the task fails without retries. A timedelta, or seconds
    :param on_unknown: what to do if LaunchDarkly does not report how far it has counted, once ``max_delay`` after the
        window's end is over: ``fail``, or ``pass`` with a warning
    :param poke_interval: time between two checks; ``dataThrough`` moves by the hour. A timedelta, or seconds
    :param deferrable: free the worker slot between two checks; default: ``[operators] default_deferrable``.
        ``timeout``, ``soft_fail`` and the like apply as in the other modes; ``mode`` is ignored

    :return: (XCom) ``{"data_through": {metric: RFC 3339 or None}, "window": [start, end]}``
    :raises LaunchDarklyUsageError: one of its subclasses (see :mod:`airflow_provider_ldusage.exceptions`). Permanent
        errors are an ``AirflowFailException`` as well
    """

    operator_extra_links = (UsagePageLink(), DocumentationLink())
    template_fields: Sequence[str] = ("metric", "launchdarkly_conn_id", "start", "end")
    template_fields_renderers: ClassVar[dict[str, str]] = {"metric": "json"}
    ui_color = "#e6f0ff"

    def __init__(
        self,
        *,
        metric: str | Sequence[str] = ("data_export_events", "warehouse_export"),
        launchdarkly_conn_id: str = "launchdarkly_default",
        start: Moment | None = None,
        end: Moment | None = None,
        max_delay: timedelta | float = timedelta(hours=6),
        on_unknown: str = "fail",
        poke_interval: timedelta | float = 300,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.metric = metric
        self.launchdarkly_conn_id = launchdarkly_conn_id
        self.start = start
        self.end = end
        self.max_delay = max_delay
        self.on_unknown = on_unknown
        self.deferrable = deferrable

    def execute(self, context: Context) -> dict[str, Any]:
        """What Airflow calls first. The class documents the result."""
        with no_retries_for_permanent_errors():
            deferrable = arguments.flag("deferrable", self.deferrable)
        if not context.get("task_reschedule_count"):
            self._log_warnings(context)
        if deferrable:
            # As if resumed: the base class applies soft_fail and never_fail there.
            state = {"started": utc_now().isoformat()}
            return self.resume_execution("check_again", state, context)  # type: ignore[no-any-return]
        return super().execute(context)  # type: ignore[no-any-return]

    def poke(self, context: Context) -> PokeReturnValue:
        """One check."""
        with no_retries_for_permanent_errors():
            return self._check(context, window_of(context, self.start, self.end).window)

    def check_again(
        self,
        context: Context,
        event: Any = None,
        *,
        started: str | None = None,
        window: Sequence[str] | None = None,
        checks: int = 1,
    ) -> dict[str, Any]:
        """One check of a deferrable sensor, which defers until the next one if the wait is not over.

        :param event: of the trigger; not needed
        :param started: when the first check of this try began, ISO 8601. ``airflow dags test`` drops this and the
            following arguments
        :param window: first day and the day after the last, ISO 8601, as the first check resolved them
        :param checks: number of this check, from 1
        """
        with no_retries_for_permanent_errors():
            days = _window(window) if window else window_of(context, self.start, self.end).window
        try:
            with no_retries_for_permanent_errors():
                result = self._check(context, days)
        except AirflowFailException:
            raise
        except Exception as error:  # a temporary error; the base class treats it like this in the other modes
            if self.never_fail:
                raise AirflowSkipException("Skipping due to never_fail is set to True.") from error
            if not self.silent_fail:
                raise
            self.log.exception("The check failed; as silent_fail is set, the sensor waits for the next one.")
        else:
            if result:
                return dict(result.xcom_value or {})
        return self._defer(datetime.fromisoformat(started) if started else utc_now(), days, checks)

    def _defer(self, started: datetime, window: Window, checks: int) -> NoReturn:
        """Wait in Airflow's triggerer until the next check. The last check is when the timeout is reached."""
        from airflow_provider_ldusage.compat import TimeDeltaTrigger

        waited = (utc_now() - started).total_seconds()
        if waited >= self.timeout:
            raise AirflowSensorTimeout(
                f"Sensor has timed out; run duration of {waited} seconds exceeds the specified timeout of "
                f"{self.timeout}."
            )
        left = self.timeout - waited
        pause = min(self._get_next_poke_interval(started, lambda: waited, checks), left)
        self.defer(
            trigger=TimeDeltaTrigger(timedelta(seconds=pause)),
            method_name="check_again",
            kwargs={"started": started.isoformat(), "window": window.isoformat(), "checks": checks + 1},
            timeout=timedelta(seconds=left) + _GRACE,
        )

    def _log_warnings(self, context: Context) -> None:
        with suppress(UsageArgumentError):  # raised by the first check, where soft_fail applies
            for warning in warnings_of(context, window_of(context, self.start, self.end)):
                self.log.warning(warning)

    def _check(self, context: Context, window: Window) -> PokeReturnValue:
        from airflow_provider_ldusage.freshness import DelayPolicy, metrics_of, watermark
        from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook

        metrics = metrics_of(arguments.keys("metric", self.metric))
        policy = DelayPolicy.build(arguments.seconds("max_delay", self.max_delay), self.on_unknown)
        connection = arguments.key("launchdarkly_conn_id", self.launchdarkly_conn_id)
        now = utc_now()
        hook = LaunchDarklyUsageHook(connection or "")
        with naming_connection(hook.launchdarkly_conn_id), hook.new_client() as client:
            base_url, documentation = client.config.base_url, METRICS[metrics[0]].documentation
            self.show_pages(context, usage=usage_page(base_url), documentation=documentation)
            marks = {metric: watermark(client, metric, window, now) for metric in metrics}
        waiting = policy.waits_for(marks, window, now)
        self._log_check(marks, waiting, window)
        through = {metric: mark.text for metric, mark in marks.items()}
        return PokeReturnValue(not waiting, {"data_through": through, "window": window.isoformat()})

    def _log_check(self, marks: Mapping[str, Watermark], waiting: Sequence[str], window: Window) -> None:
        details = "; ".join(f"{metric}: {mark}" for metric, mark in marks.items())
        unknown = [metric for metric, mark in marks.items() if mark.through is None]
        if waiting:
            self.log.info(
                "Waiting until %s is counted through %s, 00:00 UTC. %s", ", ".join(waiting), window.end, details
            )
        elif unknown:
            self.log.warning(
                "It is unknown whether %s is counted through %s, 00:00 UTC; going on, as on_unknown='pass'. %s",
                ", ".join(unknown), window.end, details,
            )  # fmt: skip
        else:
            self.log.info("Counted through %s, 00:00 UTC. %s", window.end, details)


def _window(days: Sequence[str]) -> Window:
    start, end = map(date.fromisoformat, days)
    return Window(start, end)
