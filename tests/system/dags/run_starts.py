"""One small load for each way in which a run can start."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow_provider_ldusage.compat import Asset
from airflow_provider_ldusage.operators.usage import LaunchDarklyServiceConnectionsUsageOperator
from tests.names import DAG, CronDataIntervalTimetable, CronPartitionTimetable, CronTriggerTimetable, task

SCHEDULES = {
    "daily": CronTriggerTimetable("0 0 * * *", timezone="UTC"),
    "data_interval": CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    "text": "@daily",
    "weekly": CronTriggerTimetable("0 0 * * 0", timezone="UTC"),
    "unscheduled": None,
    "asset": [Asset("produced")],
}
if CronPartitionTimetable:
    SCHEDULES["partition"] = CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d")

for name, schedule in SCHEDULES.items():
    with DAG(
        dag_id=name,
        schedule=schedule,
        start_date=datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=20),
        catchup=False,
    ) as dag:
        LaunchDarklyServiceConnectionsUsageOperator(
            task_id="load", destination="{{ var.value.lake }}", table=f"from_{name}", lookback=0
        )
    globals()[name] = dag

with DAG("producer", schedule=None):

    @task(outlets=[Asset("produced")])
    def produce() -> None:
        pass

    produce()
