"""The days to load, from the context of an Airflow task."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.windows import Moment, RunWindow

_RUN_KEYS = ("partition_key", "partition_date", "data_interval_start", "data_interval_end", "logical_date")
_BY_SCHEDULE = ("scheduled", "backfill")
_OLDER_NAMES = {"dataset_triggered": "asset_triggered"}  # Airflow 2's name for a kind of run -> Airflow 3's


def window_of(context: Context, start: Moment | None, end: Moment | None) -> RunWindow:
    """The window of a run, by the rules of :mod:`airflow_provider_ldusage.windows`.

    :param context: the task's context
    :param start: first day of the task's own window; None: the run determines the window
    :param end: the day after the last of the task's own window
    :raises UsageArgumentError: the window is invalid, or nothing determines it
    """
    from airflow_provider_ldusage.operators.arguments import defined
    from airflow_provider_ldusage.windows import resolve_window

    dag_run = context.get("dag_run")
    previous, _ = _previous(context)
    run: dict[str, Any] = {name: context.get(name) for name in _RUN_KEYS}
    return resolve_window(
        start=defined("start", start),
        end=defined("end", end),
        conf=getattr(dag_run, "conf", None),
        previous=previous,
        run_after=run_after_of(context),
        run_type=_run_type(dag_run),
        **run,
    )


def warnings_of(context: Context, window: RunWindow) -> list[str]:
    """What the author of a DAG should know about a run: a conf that the task ignores, a schedule that cannot be read.

    :param context: the task's context
    :param window: see :func:`window_of`
    """
    _, error = _previous(context)
    warnings = (_unread_schedule(window, error), _ignored_conf(window, getattr(context.get("dag_run"), "conf", None)))
    return [warning for warning in warnings if warning]


def _run_type(dag_run: Any) -> str | None:
    """Airflow 3's name for the kind of run, such as ``scheduled``. Airflow has it as an enum of strings."""
    run_type = getattr(dag_run, "run_type", None)
    if run_type is None:
        return None
    name = str(getattr(run_type, "value", run_type))
    return _OLDER_NAMES.get(name, name)


def run_after_of(context: Context) -> Any:
    """The run's own instant; None if it is unknown.

    A DAG run of Airflow 2 does not have it: a schedule or a backfill starts a run at the end of its data interval, and
    any other run's logical date is the time at which it was triggered, or the one that it was given.
    """
    dag_run = context.get("dag_run")
    if dag_run is None or hasattr(dag_run, "run_after"):
        return getattr(dag_run, "run_after", None)
    return context.get("data_interval_end" if _run_type(dag_run) in _BY_SCHEDULE else "logical_date")


def _previous(context: Context) -> tuple[datetime | None, str]:
    """The schedule's instant before a run that it has started; and the error if the schedule cannot be read."""
    from airflow_provider_ldusage.operators.schedule import previous_instant

    timetable, run_after = getattr(context.get("dag"), "timetable", None), run_after_of(context)
    by_schedule = _run_type(context.get("dag_run")) in _BY_SCHEDULE
    if timetable is None or not by_schedule or not isinstance(run_after, datetime):
        return None, ""
    try:
        return previous_instant(timetable, run_after), ""
    except Exception as error:  # the timetable of another version of Airflow may fail in any way
        return None, f"{type(error).__name__}: {error}"


def _unread_schedule(window: RunWindow, error: str) -> str:
    from airflow_provider_ldusage.windows import BY_DATE, BY_TIME

    if not error or window.rule not in (BY_DATE, BY_TIME):
        return ""
    return (
        f"The DAG's schedule cannot be read ({error}), so this run loads the UTC day before it, {window.window}. "
        "If its runs are more than a day apart or follow a local clock, the days between them are not loaded, unless "
        "the task is given start and end."
    )


def _ignored_conf(window: RunWindow, conf: Any) -> str:
    from airflow_provider_ldusage.exceptions import UsageArgumentError
    from airflow_provider_ldusage.windows import BY_TASK, CONF_KEY, resolve_window

    if not isinstance(conf, dict):
        return ""
    if window.rule == BY_TASK and CONF_KEY in conf:
        named = conf[CONF_KEY]
        try:
            if resolve_window(conf={CONF_KEY: named}).window == window.window:
                return ""
        except UsageArgumentError:
            pass
        return (
            f"The run's conf says {CONF_KEY}={named!r}, which is ignored: the task has its own start and end, "
            f"{window.window}, and these take precedence."
        )
    if not window.named and (top := {name: conf[name] for name in ("start", "end") if name in conf}):
        return (
            f"The run's conf says {top!r}, which is ignored: days to load belong one level deeper, as in "
            '{"ldusage": {"start": "2026-11-01", "end": "2026-11-23"}}, with the day after the last as end. '
            f"This run loads {window.window}, by {window.rule}."
        )
    return ""
