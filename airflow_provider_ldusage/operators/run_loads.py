"""What the loads of a run have done, as far as Airflow tells a later task of the run.

Airflow has the state of each task instance's last try, and the XComs of that try. Of earlier tries, only their number
is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.days import utc_day, utc_now
from airflow_provider_ldusage.insight.loads.load_row import FAILED, SKIPPED, SUCCESS, LoadRow, LoadTask
from airflow_provider_ldusage.operators.announcer import NOT_MAPPED, Fates, announcer_of
from airflow_provider_ldusage.operators.context import run_after_of
from airflow_provider_ldusage.operators.load_xcom import BEGUN
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context

RETURNED = "return_value"
"""Airflow's key for what a task returns."""

Told = Mapping[int, Mapping[str, Any]]
"""Map index -> the XCom of a task instance."""


def loads_of_run(operator: Any, context: Context, lake: str) -> Sequence[LoadRow]:
    """Return what the loads upstream of a task have done in its run.

    Left out are loads into other lakes, those that have not ended, and those that never began because another task
    failed.

    :param lake: the destination without its connection
    :return: a row for the last try of each task instance; nothing outside of a DAG
    """
    if context.get("dag") is None:
        return ()
    fates, since = Fates(context), _first_day(context)
    return [row for task_id in loads_before(operator) for row in _rows(context, task_id, lake, fates, since)]


def loads_before(operator: Any) -> list[str]:
    """The task ids of the loads upstream of a task, directly or by way of other tasks, in order."""
    tasks = operator.dag.task_dict
    found = sorted(operator.get_flat_relative_ids(upstream=True))
    return [task_id for task_id in found if issubclass(_class(tasks[task_id]), LaunchDarklyUsageOperator)]


def _class(task: Any) -> type:
    found = getattr(task, "operator_class", type(task))  # of a mapped task, the operator that it maps
    return found if isinstance(found, type) else type(task)


def _rows(context: Context, task_id: str, lake: str, fates: Fates, since: date) -> Iterator[LoadRow]:
    by = announcer_of(context)
    returned = _told(context, task_id, RETURNED)
    states = fates.states(by.dag_id, task_id, by.run_id) or dict.fromkeys(returned, SUCCESS)
    begun = (
        {} if returned.keys() >= states.keys() and SKIPPED not in states.values() else _told(context, task_id, BEGUN)
    )
    for index, state in sorted(states.items()):
        told = begun.get(index) if state == SKIPPED else returned.get(index) or begun.get(index)
        here = told is not None and told["uri"] == f"{lake}/{told['table']}"
        tried = state in (SUCCESS, FAILED) or (state == SKIPPED and told is not None)
        if tried and (here or told is None):
            yield LoadRow.of(LoadTask(by.dag_id, by.run_id, task_id, index), str(state), since, told)


def _told(context: Context, task_id: str, key: str) -> Told:
    """The XComs of a task's last tries, of all its map indexes by one request."""
    found = context["ti"].xcom_pull(task_ids=[task_id], key=key) or ()
    return {_index(each): each for each in found if isinstance(each, Mapping) and "uri" in each and "table" in each}


def _index(told: Mapping[str, Any]) -> int:
    index = told.get("map_index")
    return NOT_MAPPED if index is None else int(index)


def _first_day(context: Context) -> date:
    """The first day on which a try of the run may have ended."""
    instant = run_after_of(context)
    return min(utc_day(instant), utc_day(utc_now())) if isinstance(instant, datetime) else utc_day(utc_now())
