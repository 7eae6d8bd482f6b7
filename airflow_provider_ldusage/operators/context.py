"""What an Airflow task's context says about the days to load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_ldusage.windows import Moment, RunWindow

_OF_THE_RUN = ("partition_key", "partition_date", "data_interval_start", "data_interval_end", "logical_date")


def window_of(context: Context, start: Moment | None, end: Moment | None) -> RunWindow:
    """The window of a run, by the rules of :mod:`airflow_provider_ldusage.windows`.

    :param start: the task's own window, with ``end``, the day after its last; None: the run tells
    :raises UsageArgumentError: for a window that is none, or where nothing tells which days are meant
    """
    from airflow_provider_ldusage.windows import resolve_window

    run: dict[str, Any] = dict(context)
    dag_run = run.get("dag_run")
    return resolve_window(
        start=start,
        end=end,
        conf=getattr(dag_run, "conf", None),
        run_after=getattr(dag_run, "run_after", None),
        run_type=_run_type(dag_run),
        **{name: run.get(name) for name in _OF_THE_RUN},
    )


def _run_type(dag_run: Any) -> str | None:
    """In Airflow's words, such as ``scheduled``: an enum of strings there."""
    found = getattr(dag_run, "run_type", None)
    return None if found is None else str(getattr(found, "value", found))
