"""A load that begins when LaunchDarkly has counted its days; the sensor sleeps in the triggerer between its checks."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_ldusage.operators.usage import LaunchDarklyDataExportUsageOperator
from airflow_provider_ldusage.sensors.freshness import LaunchDarklyUsageFreshnessSensor
from tests.names import DAG

with DAG("freshness", schedule=None):
    for mode, deferrable in (("deferred", True), ("poked", False)):
        LaunchDarklyUsageFreshnessSensor(
            task_id=mode, deferrable=deferrable, poke_interval=1, max_delay=timedelta(days=3)
        ) >> LaunchDarklyDataExportUsageOperator(
            task_id=f"load_after_{mode}",
            metric="data_export_events",
            destination="{{ var.value.lake }}",
            table=f"after_{mode}",
            lookback=0,
        )
