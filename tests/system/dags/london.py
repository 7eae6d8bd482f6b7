"""A daily DAG in London, whose scheduler has all of October 2025 to catch up: the month in which clocks go back."""

from __future__ import annotations

from datetime import timedelta

import pendulum

from airflow_provider_ldusage.operators.usage import LaunchDarklyServiceConnectionsUsageOperator
from tests.names import DAG, CronTriggerTimetable

with DAG(
    dag_id="london",
    schedule=CronTriggerTimetable("0 0 * * *", timezone="Europe/London"),
    start_date=pendulum.datetime(2025, 10, 1, tz="Europe/London"),
    end_date=pendulum.datetime(2025, 10, 31, tz="Europe/London"),
    catchup=True,
    max_active_runs=4,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(seconds=1),
    },  # Airflow on SQLite is slow to answer now and then
):
    LaunchDarklyServiceConnectionsUsageOperator(task_id="load", destination="{{ var.value.lake }}", table="london")
