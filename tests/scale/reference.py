"""The loads of a DAG one after the other in this process, without a scheduler, workers or a database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator


def load_all(file: Path, dag_id: str, lake: Path, run_type: str, run_after: datetime) -> int:
    """Run every load of a DAG, in the order of the file; those that are mapped index by index.

    :param run_type: ``scheduled`` or ``manual``
    :param run_after: the run's instant; of a scheduled run, its logical date too
    :return: how many loads it were
    """
    dag = _dag(file, dag_id)
    run = SimpleNamespace(run_type=run_type, run_after=run_after, conf=None)
    dates = {} if run_type == "manual" else dict.fromkeys(
        ("logical_date", "data_interval_start", "data_interval_end"), run_after
    )  # fmt: skip
    number = 0
    for load in _loads(dag):
        load.destination, load.outlets = lake.as_uri(), []
        load.execute({"dag": dag, "dag_run": run, "ti": _task(load), **dates})
        number += 1
    return number


def _task(load: LaunchDarklyUsageOperator) -> Any:
    """What a load asks of its task instance: who it is, and what became of others."""
    return SimpleNamespace(
        dag_id=load.dag_id, task_id=load.task_id, run_id="sequential", map_index=-1, try_number=1,
        get_task_states=lambda **_: {},
    )  # fmt: skip


def _dag(file: Path, dag_id: str) -> Any:
    spec = spec_from_file_location(f"reference_{file.stem}", file)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return next(each for each in vars(module).values() if getattr(each, "dag_id", "") == dag_id)


def _loads(dag: Any) -> Iterator[LaunchDarklyUsageOperator]:
    for task in dag.tasks:
        if isinstance(task, LaunchDarklyUsageOperator):
            yield task
        elif task.is_mapped and issubclass(task.operator_class, LaunchDarklyUsageOperator):
            each = task.expand_input.value
            yield from (
                task.unmap(one) for one in (each if isinstance(each, list) else each.operator.python_callable())
            )
