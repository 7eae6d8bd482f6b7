"""Loads a table by partition, and works out each day and month again when it changes (Airflow 3.3).

Needs Airflow 3.3, and what ``ldusage_daily`` needs: the connection ``launchdarkly_default`` and the Variable
``ldusage_destination``. Its table, ``connections``, is one of its own: DAGs that are simply scheduled on an asset, as
``ldusage_consumer`` is, do not hear of events with a partition key.

Each run of ``ldusage_partitions`` has one day as its partition, the day before it. It loads that day, and again earlier
days that LaunchDarkly may have corrected since. Each day that it writes or restates is announced under its own key,
such as ``2026-11-21``. ``ldusage_by_day`` then runs for each of these days, and ``ldusage_by_month`` for each of their
months. Switch these two on before ``ldusage_partitions``: a paused DAG does not hear of events, and is not told later.

The month is not rolled up with ``RollupMapper``: that waits until every day of a month has been announced. It would run
late, and after a restatement it would wait for all days once more, which never come.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import (
    DAG,
    Asset,
    CronPartitionTimetable,
    ObjectStoragePath,
    PartitionedAssetTimetable,
    StartOfDayMapper,
    StartOfMonthMapper,
    Variable,
    task,
)

from airflow_provider_ldusage.operators.usage import LaunchDarklyServiceConnectionsUsageOperator

CONNECTIONS = Asset("launchdarkly/connections")
MINUTES_PER_CONNECTION = 43_800  # LaunchDarkly bills a connection that lasts a month of 730 hours

with DAG(
    dag_id="ldusage_partitions",
    description="LaunchDarkly service connections, a partition for each UTC day",
    doc_md=__doc__,
    # Each run has the day before as its partition. It must begin at 00:00 UTC, to be a whole UTC day.
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},
    tags=["launchdarkly", "usage"],
):
    LaunchDarklyServiceConnectionsUsageOperator(
        task_id="service_connections",
        destination="{{ var.value.ldusage_destination }}",
        table="connections",
        group_by=["projectId", "environmentId"],
        outlets=[CONNECTIONS],
        asset_events="each_day",
    )


@task
def connections(period: str) -> dict[str, float]:
    """What was used in a period, such as ``2026-11-21`` or ``2026-11``."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    lake = ObjectStoragePath(Variable.get("ldusage_destination"))
    table = ds.dataset(f"{lake.path}/connections", filesystem=lake.fs, partitioning="hive")
    rows = table.to_table(columns=["value"], filter=pc.starts_with(pc.field("usage_date"), period))
    minutes = pc.sum(rows["value"]).as_py() or 0
    return {"minutes": minutes, "service_connections": minutes / MINUTES_PER_CONNECTION}


for name, mapper in {
    "ldusage_by_day": StartOfDayMapper(input_format="%Y-%m-%d"),
    "ldusage_by_month": StartOfMonthMapper(input_format="%Y-%m-%d"),
}.items():
    with DAG(
        dag_id=name,
        schedule=PartitionedAssetTimetable(assets=CONNECTIONS, default_partition_mapper=mapper),
        start_date=datetime(2026, 1, 1),
        catchup=False,
        tags=["launchdarkly", "usage"],
    ) as dag:
        connections("{{ partition_key }}")
    globals()[name] = dag  # Airflow finds DAGs by the names of a file
