"""One small load for each way in which a run can start in Airflow 3."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, CronPartitionTimetable, task

from airflow_provider_ldusage.operators.usage import LaunchDarklyServiceConnectionsUsageOperator

SCHEDULES = {
    "daily": "@daily",
    "data_interval": CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    "partition": CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    "unscheduled": None,
    "asset": [Asset(name="produced", uri="x-test://produced")],
}

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

    @task(outlets=[Asset(name="produced", uri="x-test://produced")])
    def produce() -> None:
        pass

    produce()
