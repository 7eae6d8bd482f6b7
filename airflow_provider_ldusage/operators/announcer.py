"""Who a task is to other tasks, and what became of those."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.engine.announcing import Fate
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.log_text import fitted

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context

log = logging.getLogger(__name__)

SUCCESS, SKIPPED = "success", "skipped"
# A task in one of these may still succeed.
UNDER_WAY = ("scheduled", "queued", "running", "deferred", "restarting", "up_for_retry", "up_for_reschedule")
NOT_MAPPED = -1

States = Mapping[int, str | None]  # by map index


def announcer_of(context: Context) -> Announcer:
    """This try of the task, by the names that Airflow has for it."""
    task = context["ti"]
    map_index = NOT_MAPPED if task.map_index is None else task.map_index
    return Announcer(task.dag_id, task.task_id, task.run_id, map_index, task.try_number)


class Fates:
    """Asks Airflow what became of tasks, once for all indexes of a mapped one. Where it cannot be asked, nothing is
    known of them."""

    def __init__(self, context: Context) -> None:
        self._task: Any = context["ti"]
        self._known: dict[tuple[str, str, str], States] = {}

    def __call__(self, announcer: Announcer) -> Fate:
        states = self.states(announcer.dag_id, announcer.task_id, announcer.run_id)
        state = states.get(announcer.map_index)
        if state == SUCCESS:
            return Fate.SUCCEEDED
        return Fate.PENDING if state in UNDER_WAY else Fate.LOST

    def missing(self, dag_id: str, task_ids: Collection[str], run_id: str) -> dict[str, str]:
        """The tasks of a run that have not succeeded, and their states. An index of a mapped task is ``task[1]``."""
        found = {task_id: self.states(dag_id, task_id, run_id) or {NOT_MAPPED: None} for task_id in sorted(task_ids)}
        return {
            task_id if index == NOT_MAPPED else f"{task_id}[{index}]": state or "unknown"
            for task_id, states in found.items()
            for index, state in sorted(states.items())
            if state != SUCCESS
        }

    def states(self, dag_id: str, task_id: str, run_id: str) -> States:
        """The state of each index of a task in a run; nothing if there is no such run, or Airflow cannot be asked."""
        task = (dag_id, task_id, run_id)
        if task not in self._known:
            try:
                self._known = {**self._known, task: _asked(self._task, *task)}
            except Exception as error:  # whatever the version of Airflow may raise
                log.warning("Airflow cannot be asked what became of %s: %s: %s", task, type(error).__name__, error)
                self._known = {**self._known, task: {}}
        return self._known[task]


def log_missing(missing: Mapping[str, str]) -> None:
    """Say which loads have not succeeded. A skipped one is no cause to warn.

    :param missing: see :meth:`Fates.missing`
    """
    if missing:
        level = logging.INFO if set(missing.values()) == {SKIPPED} else logging.WARNING
        loads = [f"{load} ({state})" for load, state in missing.items()]
        log.log(level, "%s", fitted("Without a report: ", loads, len(loads)))


def _asked(asking: Any, dag_id: str, task_id: str, run_id: str) -> States:
    """The state of each index of a task in a run; none if there is no such run."""
    if not hasattr(asking, "get_task_states"):  # Airflow 2: tasks have the database
        return _read(dag_id, task_id, run_id)
    found = asking.get_task_states(dag_id=dag_id, task_ids=[task_id], run_ids=[run_id]).get(run_id) or {}
    # A mapped task is named task_0, task_1 ...
    return {
        NOT_MAPPED if name == task_id else int(name.removeprefix(f"{task_id}_")): _text(state)
        for name, state in found.items()
    }


def _read(dag_id: str, task_id: str, run_id: str) -> States:
    from airflow_provider_ldusage.compat import TaskInstance, create_session

    with create_session() as session:
        found = session.query(TaskInstance.map_index, TaskInstance.state).filter_by(
            dag_id=dag_id, task_id=task_id, run_id=run_id
        )
        return {map_index: _text(state) for map_index, state in found}


def _text(state: Any) -> str | None:
    """Airflow's name for a state, which it may have as an enum of strings."""
    return None if state is None else str(getattr(state, "value", state))
