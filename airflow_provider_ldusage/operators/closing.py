"""The events of a load: its own, and those of tasks that close it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.load_xcom import this_try
from airflow_provider_ldusage.operators.outlets import TaskEvents, extra_of

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context
    from airflow_provider_ldusage.engine.announcing import Announcing
    from airflow_provider_ldusage.engine.report import Report


@dataclass(frozen=True)
class LoadEvents:
    """The events of one load.

    :param announcing: how its days are announced, for the engine
    """

    events: TaskEvents
    announcing: Announcing

    @classmethod
    def of(cls, operator: Any, context: Context, lake: str, table: str) -> LoadEvents:
        """The events of an operator that loads a table.

        :param lake: the destination without its connection
        :raises UsageArgumentError: see :meth:`.TaskEvents.of`
        """
        events = TaskEvents.of(operator, context, lake, (table,))
        return cls(events, events.announcing(closing_of(operator, context)))

    def sent(self, report: Report) -> dict[str, Any]:
        """Return the report for XCom, once its events are with Airflow."""
        found = report.to_xcom()
        self.events.send(report.announced, extra_of([found], self.events.lake))
        return {**found, **this_try(self.events.context)}


def closing_of(operator: Any, context: Context) -> list[LaunchDarklyUsageAssetOperator]:
    """The tasks directly downstream of an operator that announce its days.

    :param context: without a DAG there are none
    """
    if (dag := context.get("dag")) is None:
        return []
    downstream = (dag.task_dict.get(task_id) for task_id in sorted(operator.downstream_task_ids))
    return [each for each in downstream if isinstance(each, LaunchDarklyUsageAssetOperator)]
