"""Three loads that fail, each for a reason of its own."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_ldusage.operators.usage import (
    LaunchDarklyMauUsageOperator,
    LaunchDarklyServiceConnectionsUsageOperator,
)

with DAG("refused_loads", schedule=None):
    LaunchDarklyServiceConnectionsUsageOperator(
        task_id="expired_token",
        launchdarkly_conn_id="launchdarkly_expired",
        destination="{{ var.value.ldusage_destination }}",
    )
    LaunchDarklyServiceConnectionsUsageOperator(
        task_id="missing_bucket",
        destination="s3://aws_default@usage-lake/launchdarkly",
    )
    LaunchDarklyMauUsageOperator(
        task_id="misspelt_metric",
        metric="total_mua",
        destination="{{ var.value.ldusage_destination }}",
    )
