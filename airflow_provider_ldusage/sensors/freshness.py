"""The sensor: wait until LaunchDarkly has counted Data Export usage through the end of a run's window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
    conf,
)

from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.arguments import TextStaysText
from airflow_provider_ldusage.operators.context import window_of

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_ldusage.days import Window
    from airflow_provider_ldusage.windows import Moment

# A deferred task is failed this long after its timeout if no triggerer has woken it for its last check.
_GRACE = timedelta(minutes=1)


class LaunchDarklyUsageFreshnessSensor(TextStaysText, BaseSensorOperator):
    """Wait until LaunchDarkly has counted Data Export usage through the end of the run's window.

    Put it before the tasks that load ``data_export_events`` and ``warehouse_export``: these are the metrics whose
    answers say how far they are counted (``dataThrough``). The window is the one that the operators find for the same
    run, and its end, 00:00 UTC after its last day, is what has to be passed. An end in the future is waited for.
    A check is one small request for each metric. Every argument is checked before the first request.

    :param metric: ``data_export_events``, ``warehouse_export`` or, by default, both (templated)
    :param launchdarkly_conn_id: a connection of type ``launchdarkly`` (templated)
    :param start: first UTC day of the window, if not left to the run (templated)
    :param end: the UTC day after the last (templated)
    :param max_delay: how long after the window's end LaunchDarkly may report itself ``delayed`` (it does so from three
        hours behind); then the task fails for good. A timedelta, or seconds
    :param on_unknown: where LaunchDarkly does not tell how far it has counted, the task waits until ``max_delay`` after
        the window's end; then it does ``fail``, or ``pass`` with a warning
    :param poke_interval: between two checks; ``dataThrough`` moves by the hour. A timedelta, or seconds
    :param deferrable: give the worker slot back between two checks; default: ``[operators] default_deferrable``.
        ``timeout``, ``soft_fail`` and the like hold as in the other modes, and ``mode`` has no meaning then

    :return: (XCom) ``{"data_through": {metric: RFC 3339 or None}, "window": [start, end]}``
    :raises LaunchDarklyUsageError: one of its subclasses (``airflow_provider_ldusage.exceptions``). Those that trying
        again does not help are raised as ``AirflowFailException``, whose ``__cause__`` they are
    """

    template_fields: Sequence[str] = ("metric", "launchdarkly_conn_id", "start", "end")
    template_fields_renderers: ClassVar[dict[str, str]] = {"metric": "json"}
    ui_color = "#e6f0ff"
    _warned = False

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
        with _permanent_errors_fail_for_good():
            deferrable = arguments.flag("deferrable", self.deferrable)
        if deferrable:
            # As if resumed already: what soft_fail and never_fail make of an error, the base class does there.
            begun = {"started": _now().isoformat()}
            return self.resume_execution("check_again", begun, context)  # type: ignore[no-any-return]
        return super().execute(context)  # type: ignore[no-any-return]

    def poke(self, context: Context) -> PokeReturnValue:
        with _permanent_errors_fail_for_good():
            return self._check(self._window_of(context))

    def check_again(
        self,
        context: Context,
        event: Any = None,
        *,
        started: str | None = None,
        window: Sequence[str] | None = None,
        checks: int = 1,
    ) -> dict[str, Any]:
        """Check, and defer again if that is not the end of it: where a deferred task begins and goes on.

        :param event: of the trigger; says nothing
        :param started: when the first check of this try began, ISO 8601. ``airflow dags test`` forgets this and what
            follows from one check to the next
        :param window: first day and the day after the last, ISO 8601, as the first check found them
        :param checks: number of this check, from 1
        """
        with _permanent_errors_fail_for_good():
            asked = _window(window) if window else self._window_of(context)
        try:
            with _permanent_errors_fail_for_good():
                found = self._check(asked)
        except AirflowFailException:
            raise
        except Exception as error:  # what may pass by itself, treated as the base class treats it
            if self.never_fail:
                raise AirflowSkipException("Skipping due to never_fail is set to True.") from error
            if not self.silent_fail:
                raise
            self.log.exception("The check failed; the sensor waits for the next, as silent_fail is set.")
        else:
            if found:
                return dict(found.xcom_value or {})
        return self._defer(datetime.fromisoformat(started) if started else _now(), asked, checks)

    def _defer(self, started: datetime, window: Window, checks: int) -> NoReturn:
        """Sleep in Airflow's triggerer until the next check; the last one is when the timeout is reached."""
        from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

        waited = (_now() - started).total_seconds()
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

    def _window_of(self, context: Context) -> Window:
        """Warnings are for the first check; a rescheduled task is a new process at each."""
        told = self._warned or context.get("task_reschedule_count")
        self._warned = True
        return window_of(context, self.start, self.end, None if told else self.log.warning).window

    def _check(self, window: Window) -> PokeReturnValue:
        from airflow_provider_ldusage.freshness import Patience, metrics_of, watermark
        from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook

        metrics = metrics_of(arguments.keys("metric", self.metric))
        patience = Patience.build(arguments.seconds("max_delay", self.max_delay), self.on_unknown)
        connection = arguments.key("launchdarkly_conn_id", self.launchdarkly_conn_id)
        now = _now()
        with LaunchDarklyUsageHook(connection or "").client as client:
            marks = {metric: watermark(client, metric, window, now) for metric in metrics}
        said = "; ".join(f"{metric}: {mark}" for metric, mark in marks.items())
        waiting = patience.waits_for(marks, window, now)
        if waiting:
            self.log.info("Waiting until %s is counted through %s, 00:00 UTC. %s", ", ".join(waiting), window.end, said)
        elif unknown := [metric for metric, mark in marks.items() if mark.through is None]:
            self.log.warning(
                "Nobody can tell whether %s is counted through %s, 00:00 UTC; going on, as on_unknown='pass'. %s",
                ", ".join(unknown), window.end, said,
            )  # fmt: skip
        else:
            self.log.info("Counted through %s, 00:00 UTC. %s", window.end, said)
        through = {metric: mark.text for metric, mark in marks.items()}
        return PokeReturnValue(not waiting, {"data_through": through, "window": window.isoformat()})


@contextmanager
def _permanent_errors_fail_for_good() -> Iterator[None]:
    try:
        yield
    except LaunchDarklyUsageError as error:
        if error.permanent:
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error
        raise


def _window(days: Sequence[str]) -> Window:
    from airflow_provider_ldusage.days import Window

    start, end = map(date.fromisoformat, days)
    return Window(start, end)


def _now() -> datetime:
    return datetime.now(timezone.utc)
