"""The parts of a task's context that events need, with Airflow's own objects where it has them."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from airflow_provider_ldusage.lake.announcements import Announcer
from tests.operators.waiting import a_run

ME = Announcer("dag", "load", "today", -1, 1)


class OutletEvents:
    """Events by outlet; each notes what is written into it. Assets cannot be hashed in every version.

    :param partitions: whether this Airflow has events of partitions
    """

    def __init__(self, *, partitions: bool = True) -> None:
        self._partitions = partitions
        self.written: dict[str, Any] = {}

    def __getitem__(self, outlet: Any) -> Any:
        return self.written.setdefault(repr(outlet), self._event())

    def _event(self) -> Any:
        event = SimpleNamespace(extra={}, added=[], partition_keys=[])
        event.add = lambda asset, extra=None: event.added.append((asset, extra))
        if self._partitions:
            event.add_partitions = event.partition_keys.extend
        return event


class Task:
    """A task instance of Airflow 3, which takes XComs too, as links in Airflow 2 need them.

    :param states: of other tasks, by run and by name
    """

    def __init__(self, me: Announcer = ME, states: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.dag_id, self.task_id, self.run_id, self.map_index, self.try_number = me
        self.states, self.asked = states or {}, 0
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_task_states(self, *, dag_id: str, task_ids: list[str], run_ids: list[str]) -> Mapping[str, Any]:
        self.asked += 1
        (task_id,), (run_id,) = task_ids, run_ids
        found = {name: state for name, state in self.states.get(run_id, {}).items() if name.startswith(task_id)}
        return {run_id: found} if found else {}


def context(task: Task | None = None, *, partitions: bool = True, **more: Any) -> dict[str, Any]:
    return {**a_run(), "ti": task or Task(), "outlet_events": OutletEvents(partitions=partitions), **more}
