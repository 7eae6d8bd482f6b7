"""Each metric by the operator of its family, into a table of its name, for the window of two Variables."""

from __future__ import annotations

from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.operators import usage
from tests.names import DAG
from tests.support import LOADS

OPERATORS = {
    operator.family: operator
    for operator in vars(usage).values()
    if isinstance(operator, type) and issubclass(operator, usage.LaunchDarklyUsageOperator)
}

with DAG("every_metric", schedule=None):
    for what in LOADS:
        OPERATORS[METRICS[what.metric].family](
            task_id=what.metric,
            metric=what.metric,
            destination="{{ var.value.lake }}",
            table=what.metric,
            start="{{ var.value.window_start }}",
            end="{{ var.value.window_end }}",
            lookback=0,
            **what.arguments,
        )
