"""The days to load, from the context of an Airflow task."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.windows import Moment, RunWindow

_RUN_KEYS = ("partition_key", "partition_date", "data_interval_start", "data_interval_end", "logical_date")


def window_of(context: Context, start: Moment | None, end: Moment | None) -> RunWindow:
    """The window of a run, by the rules of :mod:`airflow_provider_ldusage.windows`.

    :param context: the task's context
    :param start: first day of the task's own window; None: the run determines the window
    :param end: the day after the last of the task's own window
    :raises UsageArgumentError: the window is invalid, or nothing determines it
    """
    from airflow_provider_ldusage.operators.arguments import defined
    from airflow_provider_ldusage.windows import resolve_window

    run: dict[str, Any] = dict(context)
    dag_run = run.get("dag_run")
    previous, _ = _previous(run)
    return resolve_window(
        start=defined("start", start),
        end=defined("end", end),
        conf=getattr(dag_run, "conf", None),
        previous=previous,
        run_after=getattr(dag_run, "run_after", None),
        run_type=_run_type(dag_run),
        **{name: run.get(name) for name in _RUN_KEYS},
    )


def warnings_of(context: Context, window: RunWindow) -> list[str]:
    """What the author of a DAG should know about a run: a conf that the task ignores, a schedule that cannot be read.

    :param context: the task's context
    :param window: see :func:`window_of`
    """
    run: dict[str, Any] = dict(context)
    _, error = _previous(run)
    warnings = (_unread_schedule(window, error), _ignored_conf(window, getattr(run.get("dag_run"), "conf", None)))
    return [warning for warning in warnings if warning]


def _run_type(dag_run: Any) -> str | None:
    """Airflow's name for the kind of run, such as ``scheduled``. Airflow has it as an enum of strings."""
    run_type = getattr(dag_run, "run_type", None)
    return None if run_type is None else str(getattr(run_type, "value", run_type))


def _previous(run: dict[str, Any]) -> tuple[datetime | None, str]:
    """The schedule's instant before a run that it has started; and the error if the schedule cannot be read."""
    from airflow_provider_ldusage.operators.schedule import previous_instant

    timetable, dag_run = getattr(run.get("dag"), "timetable", None), run.get("dag_run")
    run_type, run_after = _run_type(dag_run), getattr(dag_run, "run_after", None)
    if timetable is None or run_type not in ("scheduled", "backfill") or not isinstance(run_after, datetime):
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
