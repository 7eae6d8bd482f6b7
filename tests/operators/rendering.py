"""Tasks whose arguments are rendered as Airflow does it."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.operators.asked import options_of, query_of
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.query import UsageQuery
from tests.names import DAG

RENDERINGS = pytest.mark.parametrize("native", [False, True], ids=["text", "native"])


FLAG = {"metric": "evaluations", "project_key": "p", "environment_key": "e"}


RUN_AFTER = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)


def context(**more: Any) -> Any:
    ti = SimpleNamespace(map_index=0)
    return {"dag_run": SimpleNamespace(conf=None, run_after=RUN_AFTER, run_type="manual"), "ti": ti, **more}


def a_dag(native: bool) -> DAG:
    return DAG("d", schedule=None, start_date=datetime(2026, 1, 1), render_template_as_native_obj=native)


def rendered(native: bool, params: dict[str, Any] | None = None, operator: Any = None, **fields: Any) -> Any:
    """A task of a DAG, rendered as Airflow does it."""
    with a_dag(native):
        task = (operator or LaunchDarklyUsageOperator)(task_id="t", **fields)
    task.render_template_fields(context(params=params or {}))
    return task


def query(native: bool, params: dict[str, Any] | None = None, **fields: Any) -> UsageQuery:
    return query_of(rendered(native, params, destination="file:///lake", **fields))


def options(native: bool, params: dict[str, Any] | None = None, **fields: Any) -> LoadOptions:
    return options_of(rendered(native, params, destination="file:///lake", **fields))
