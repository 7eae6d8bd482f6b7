"""Runs when the usage in a table has changed, and reads the days that changed, and no others.

It is scheduled on the asset that ``ldusage_daily`` announces for the table ``service_connections``: switch it on before
that DAG, as a paused one does not hear of events, and is not told later. It prints the figures of each day that was
written or restated, and says when a month is closed. In place of that, replace these days in your own tables: a day may
be announced more than once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

try:
    from airflow.sdk import DAG, Asset, get_current_context, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.operators.python import get_current_context

SERVICE_CONNECTIONS = Asset("launchdarkly/service_connections")


def days_of(text: str) -> list[date]:
    """The days of an event: ``2026-11-19/2026-11-20,2026-11-22``, both ends of a range inclusive."""
    found = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("/")
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
        found |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
    return sorted(found)


def events_of(context: Any) -> list[dict[str, Any]]:
    """What each event that has triggered the run tells. Airflow may start one run for several."""
    name = "triggering_asset_events" if "triggering_asset_events" in context else "triggering_dataset_events"
    return [event.extra for events in context[name].values() for event in events]


with DAG(
    dag_id="ldusage_consumer",
    description="Reads the days of LaunchDarkly usage that have changed",
    doc_md=__doc__,
    schedule=[SERVICE_CONNECTIONS],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["launchdarkly", "usage"],
) as dag:

    @task
    def read() -> list[str]:
        """Return the days that have changed."""
        events = events_of(get_current_context())
        changed = sorted({day for event in events for day in days_of(event["days"])})
        closed = max((event["final_through"] for event in events if event["final_through"]), default=None)
        print(f"Days changed: {len(changed)}, the last {max(changed, default=None)}. Final through: {closed}.")
        return [day.isoformat() for day in changed]

    read()
