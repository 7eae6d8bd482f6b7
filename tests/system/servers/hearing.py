"""What the consumers of assets have heard."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.system.installation import Airflow


def heard(airflow: Airflow, dag_id: str) -> list[dict[str, Any]]:
    """The extra of each event that has triggered a run of a consumer, in the order of the runs."""
    runs = airflow.query("SELECT run_id FROM dag_run WHERE dag_id = ? AND state = 'success' ORDER BY id", dag_id)
    return [extra for (run_id,) in runs for extra in airflow.reports(dag_id, run_id)["hear"]]


def days_in(text: str) -> set[date]:
    """The days of an event: ``2026-11-19/2026-11-20,2026-11-22``."""
    found = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("/")
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
        found |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
    return found
