"""Airflow's names that tests need and the package does not, wherever the installed version has them.

A name that the installed version lacks is None: ``pytest.mark.skipif(names.CronPartitionTimetable is None)``.
"""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace
from typing import Any


def find(*places: str) -> Any:
    """The first of these places that exists, each as ``module:name``."""
    for place in places:
        module, _, name = place.partition(":")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    return None


def timetables(module: str) -> Any:
    """The timetables of a module as DAG files have them; before Airflow 3.2 the core's own."""
    for place in ("airflow.sdk.definitions.timetables", "airflow.timetables"):
        try:
            return import_module(f"{place}.{module}")
        except ImportError:
            continue
    return SimpleNamespace()


DAG = find("airflow.sdk:DAG", "airflow.models:DAG")
task = find("airflow.sdk:task", "airflow.decorators:task")
serialize, deserialize = (
    find(f"airflow.sdk.serde:{name}", f"airflow.serialization.serde:{name}") for name in ("serialize", "deserialize")
)
DagBag = find("airflow.dag_processing.dagbag:DagBag", "airflow.models.dagbag:DagBag")
DateTimeTrigger = find(
    "airflow.providers.standard.triggers.temporal:DateTimeTrigger", "airflow.triggers.temporal:DateTimeTrigger"
)
AirflowRescheduleException = find(
    "airflow.sdk.exceptions:AirflowRescheduleException", "airflow.exceptions:AirflowRescheduleException"
)
TaskDeferralError = find("airflow.sdk.exceptions:TaskDeferralError", "airflow.exceptions:TaskDeferralError")
BaseTimetable = find("airflow.sdk.bases.timetable:BaseTimetable", "airflow.timetables.base:Timetable")
trigger, events, interval = timetables("trigger"), timetables("events"), timetables("interval")
CronTriggerTimetable = trigger.CronTriggerTimetable
CronDataIntervalTimetable = interval.CronDataIntervalTimetable
CronPartitionTimetable = getattr(trigger, "CronPartitionTimetable", None)
AssetOrTimeSchedule = find(
    "airflow.sdk:AssetOrTimeSchedule",
    "airflow.timetables.assets:AssetOrTimeSchedule",
    "airflow.timetables.datasets:DatasetOrTimeSchedule",
)
PartitionedAtRuntime = find("airflow.sdk:PartitionedAtRuntime")
macros = find("airflow.sdk.execution_time:macros", "airflow:macros")
# Where the base class of sensors has its clock.
sensor_module = import_module(
    find("airflow.sdk:BaseSensorOperator", "airflow.sensors.base:BaseSensorOperator").__module__
)


def dag_version(dag: Any) -> str:
    """What tells one version of a DAG from another."""
    serialized = find(
        "airflow.serialization.serialized_objects:DagSerialization",
        "airflow.serialization.serialized_objects:SerializedDAG",
    ).to_dict(dag)
    hashed = find("airflow.models.serialized_dag:SerializedDagModel")
    return str(hashed.hash(serialized) if hasattr(hashed, "hash") else json.dumps(serialized, sort_keys=True))
