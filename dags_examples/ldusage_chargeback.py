"""Writes what each project is charged for a month, as a CSV file, once the month's figures are final.

It is scheduled on the report of ``ldusage_daily``: switch it on before that DAG, as a paused one does not hear of
events. Each run looks at the month before this one, and skips until nothing of it is loaded again: three days after its
end. Then it writes ``chargeback/2026-10.csv`` in the lake, for the billing periods that ended in that month: what each
project used of each meter, its share, and that share of the cost. Running again replaces the file.

Usage of unique keys, such as MAU, is the account's, shared out by the figures of all projects: who uses two is billed
once. Usage without a project is a line of its own. A month before the first list of projects takes their names from the
month after.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta, timezone
from typing import Any

try:
    from airflow.sdk import DAG, Asset, ObjectStoragePath, Variable, get_current_context, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.io.path import ObjectStoragePath
    from airflow.models import Variable
    from airflow.operators.python import get_current_context

REPORT = Asset("launchdarkly/usage_report")
COLUMNS = ["month", "meter", "unit", "project", "project_id", "usage", "share", "cost", "currency"]


def is_final(last_day: date, context: Any) -> bool:
    """Whether an event that has triggered the run tells that all days through this one are final. By hand, they are."""
    name = "triggering_asset_events" if "triggering_asset_events" in context else "triggering_dataset_events"
    through = [event.extra["final_through"] or "" for events in context[name].values() for event in events]
    return not through or max(through) >= str(last_day)


def rows_of(lake: ObjectStoragePath, table: str, month: str) -> list[dict[str, Any]]:
    """The rows of a table of the report, of the days of a month."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    dataset = ds.dataset(f"{lake.path}/{table}", filesystem=lake.fs, partitioning="hive")
    return dataset.to_table(filter=pc.starts_with(pc.field("usage_date"), month)).to_pylist()


def charges(lake: ObjectStoragePath, month: str) -> list[dict[str, Any]]:
    """A line for each meter and project, of the billing periods that ended in the month."""
    bills = {
        (row["meter"], row["usage_date"]): row
        for row in rows_of(lake, "usage_meters", month)
        if row["usage_date"] == str(row["period_end"] - timedelta(days=1))  # the period's last day
    }
    after = f"{date.fromisoformat(f'{month}-01') + timedelta(days=31):%Y-%m}"
    later = rows_of(lake, "usage_by_owner", after)
    names = {row["project_id"]: row["project_name"] for row in later if row["project_name"]}
    found = []
    for row in rows_of(lake, "usage_by_owner", month):
        bill = bills.get((row["meter"], row["usage_date"]))
        if bill and row["level"] == "project":
            name = row["project_name"] or names.get(row["project_id"]) or row["project_key"] or row["project_id"]
            usage, share = round(row["allocated"] or 0, 2), round(row["share"] or 0, 6)
            cost = None if bill["cost_to_date"] is None else round(bill["cost_to_date"] * (row["share"] or 0), 2)
            owner = (name or "unattributed", row["project_id"])
            values = (month, row["meter"], bill["unit"], *owner, usage, share, cost, bill["currency"])
            found.append(dict(zip(COLUMNS, values, strict=True)))
    return sorted(found, key=lambda line: (line["meter"], -line["share"], line["project"]))


with DAG(
    dag_id="ldusage_chargeback",
    description="LaunchDarkly usage and costs of a month, by project",
    doc_md=__doc__,
    schedule=[REPORT],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["launchdarkly", "usage"],
) as dag:

    @task.short_circuit
    def closed_month() -> str | None:
        """The month before this one, such as ``2026-10``, once it is final. A run by hand does not wait for that."""
        last_day = datetime.now(timezone.utc).date().replace(day=1) - timedelta(days=1)
        return f"{last_day:%Y-%m}" if is_final(last_day, get_current_context()) else None

    @task
    def write(month: str) -> str:
        """Write the file, and return its address."""
        lake = ObjectStoragePath(Variable.get("ldusage_destination"))
        file = lake / "chargeback" / f"{month}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", newline="") as text:
            lines = csv.DictWriter(text, COLUMNS)
            lines.writeheader()
            lines.writerows(charges(lake, month))
        return str(file)

    write(closed_month())
