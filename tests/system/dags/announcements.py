"""Loads that announce what they have changed, and consumers that return what they have heard.

They import what every version of Airflow has.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from airflow_provider_ldusage.compat import Asset, BaseOperator
from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.usage import LaunchDarklyServiceConnectionsUsageOperator
from tests.names import DAG, CronTriggerTimetable
from tests.system.killing import KilledOperator

TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
LAKE = "{{ var.value.lake }}"
RETRIED = {"retries": 3, "retry_delay": timedelta(seconds=1)}
DAILY, KILLED, MAPPED = (Asset(f"announced/{name}") for name in ("daily", "killed", "mapped"))


class HearOperator(BaseOperator):
    """Returns the extra of each event that has triggered the run."""

    def execute(self, context: Any) -> list[dict[str, Any]]:
        found = context[
            "triggering_asset_events" if "triggering_asset_events" in context else "triggering_dataset_events"
        ]
        return [event.extra for events in found.values() for event in events]


class TablesOperator(BaseOperator):
    """Returns a table for each task that the run's conf wants."""

    def execute(self, context: Any) -> list[str]:
        return [f"killed_{number}" for number in range(context["dag_run"].conf["tasks"])]


with DAG(
    "announced_daily", schedule=CronTriggerTimetable("0 0 * * *", timezone="UTC"), start_date=TODAY - timedelta(days=2),
    catchup=True, max_active_runs=1, default_args=RETRIED,
):  # fmt: skip
    LaunchDarklyServiceConnectionsUsageOperator(
        task_id="load", destination=LAKE, table="announced_daily", outlets=[DAILY]
    )

with DAG("announced_killed", schedule=None, start_date=TODAY):
    KilledOperator.partial(
        task_id="load",
        metric="service_connections",
        destination=LAKE,
        start="2026-10-01",
        end="2026-10-05",
        outlets=[KILLED],
        **RETRIED,
    ).expand(table=TablesOperator(task_id="tables").output)

with DAG("announced_mapped", schedule=None, start_date=TODAY):
    loads = KilledOperator.partial(
        task_id="load", metric="streams", destination=LAKE, table="announced_mapped",
        start="2026-10-01", end="2026-10-04",
    ).expand(source=["client", "server"])  # fmt: skip
    LaunchDarklyUsageAssetOperator(task_id="close", destination=LAKE, reports=loads.output, outlets=[MAPPED])

for asset in (DAILY, KILLED, MAPPED):
    name = f"hears_{asset.uri.removeprefix('announced/')}"
    with DAG(name, schedule=[asset], start_date=TODAY, default_args=RETRIED) as dag:
        HearOperator(task_id="hear")
    globals()[name] = dag
