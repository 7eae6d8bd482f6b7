"""The README's own DAG with an asset, and a DAG that runs whenever the asset has changed."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, Asset, task

from airflow_provider_ldusage.operators.usage import LaunchDarklyServiceConnectionsUsageOperator

BY_SDK = Asset("launchdarkly/connections_by_sdk")

with DAG("launchdarkly_usage", schedule=None):
    LaunchDarklyServiceConnectionsUsageOperator(
        task_id="service_connections",
        destination="{{ var.value.ldusage_destination }}",
        table="connections_by_sdk",
        group_by=["projectId", "sdkName"],
        outlets=[BY_SDK],
    )

with DAG("connections_bill", schedule=[BY_SDK], start_date=datetime(2026, 1, 1), catchup=False):

    @task
    def bill(triggering_asset_events=None) -> list[dict]:
        """What each event told."""
        return [event.extra for events in triggering_asset_events.values() for event in events]

    bill()
