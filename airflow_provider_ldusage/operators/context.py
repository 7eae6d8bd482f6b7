"""What an Airflow task's context says about the days to load."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_ldusage.windows import Moment, RunWindow

_OF_THE_RUN = ("partition_key", "partition_date", "data_interval_start", "data_interval_end", "logical_date")


def window_of(
    context: Context, start: Moment | None, end: Moment | None, warn: Callable[[str], object] | None = None
) -> RunWindow:
    """The window of a run, by the rules of :mod:`airflow_provider_ldusage.windows`.

    :param start: the task's own window, with ``end``, the day after its last; None: the run tells
    :param warn: is told of a conf that the task ignores, and of a schedule that cannot be read
    :raises UsageArgumentError: for a window that is none, or where nothing tells which days are meant
    """
    from airflow_provider_ldusage.operators.arguments import defined
    from airflow_provider_ldusage.windows import resolve_window

    run: dict[str, Any] = dict(context)
    dag_run = run.get("dag_run")
    conf, run_after = getattr(dag_run, "conf", None), getattr(dag_run, "run_after", None)
    run_type = _run_type(dag_run)
    previous, complaint = _previous(run.get("dag"), run_type, run_after)
    found = resolve_window(
        start=defined("start", start),
        end=defined("end", end),
        conf=conf,
        previous=previous,
        run_after=run_after,
        run_type=run_type,
        **{name: run.get(name) for name in _OF_THE_RUN},
    )
    for warning in (_unread(found, complaint), _ignored(found, conf)):
        if warn and warning:
            warn(warning)
    return found


def _run_type(dag_run: Any) -> str | None:
    """In Airflow's words, such as ``scheduled``: an enum of strings there."""
    found = getattr(dag_run, "run_type", None)
    return None if found is None else str(getattr(found, "value", found))


def _previous(dag: Any, run_type: str | None, run_after: Any) -> tuple[datetime | None, str]:
    """The schedule's instant before a run that it has started, or why nobody can tell."""
    from airflow_provider_ldusage.operators.schedule import previous_instant

    timetable = getattr(dag, "timetable", None)
    if timetable is None or run_type not in ("scheduled", "backfill") or not isinstance(run_after, datetime):
        return None, ""
    try:
        return previous_instant(timetable, run_after), ""
    except Exception as error:  # another version's timetable may have changed in any way; the day before is still right
        return None, f"{type(error).__name__}: {error}"


def _unread(found: RunWindow, complaint: str) -> str:
    from airflow_provider_ldusage.windows import BY_DATE, BY_TIME

    if not complaint or found.rule not in (BY_DATE, BY_TIME):
        return ""
    return (
        f"The DAG's schedule cannot be read ({complaint}), so this run loads the UTC day before it, {found.window}. "
        "Where its runs are more than a day apart or follow a local clock, days are lost between them, unless the task "
        "is given start and end."
    )


def _ignored(found: RunWindow, conf: Any) -> str:
    """What a run's conf says of days, and the task does not heed."""
    from airflow_provider_ldusage.exceptions import UsageArgumentError
    from airflow_provider_ldusage.windows import BY_TASK, CONF_KEY, resolve_window

    if not isinstance(conf, dict):
        return ""
    if found.rule == BY_TASK and CONF_KEY in conf:
        asked = conf[CONF_KEY]
        try:
            if resolve_window(conf={CONF_KEY: asked}).window == found.window:
                return ""
        except UsageArgumentError:
            pass
        return (
            f"The run's conf says {CONF_KEY}={asked!r}, which is ignored: the task has a start and an end of its own, "
            f"{found.window}, and these go first."
        )
    if not found.named and (top := {name: conf[name] for name in ("start", "end") if name in conf}):
        return (
            f"The run's conf says {top!r}, which is ignored: days to load are named one level deeper, as in "
            '{"ldusage": {"start": "2026-11-01", "end": "2026-11-23"}}, with the day after the last as end. '
            f"This run loads {found.window}, by {found.rule}."
        )
    return ""
