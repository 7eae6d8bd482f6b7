"""One load as two tasks: one gives its worker slot back during a long rate limit, the other waits in place."""

from __future__ import annotations

from airflow_provider_ldusage.operators import deferral
from airflow_provider_ldusage.operators.usage import LaunchDarklyAIUsageOperator
from tests.names import DAG

deferral.DEFER_FROM = 3.0  # seconds: a test must not take minutes

for name, deferrable in (("deferring", True), ("waiting", False)):
    with DAG(dag_id=name, schedule=None) as dag:
        LaunchDarklyAIUsageOperator(
            task_id="load",
            metric="vega_ai",
            pool="one_slot",
            destination="{{ var.value.lake }}",
            table=name,
            deferrable=deferrable,
        )
    globals()[name] = dag
