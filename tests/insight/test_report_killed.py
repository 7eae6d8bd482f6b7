"""A report that is killed, and the one after it: both together are as good as one that was not."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.days import instant_text
from airflow_provider_ldusage.insight.bill.bill import BillOptions
from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from airflow_provider_ldusage.insight.outcome import ReportOutcome
from airflow_provider_ldusage.insight.report import TABLES, ReportOptions, report
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.testing import Simulator
from tests.engine.memory import Killed, MemoryStore
from tests.loading import NOW, Loader

Objects = dict[str, bytes]
BILL = BillOptions(plan=Plan.of({"clientside_mau": {"included": 10, "price": 1}}))
PLACE: dict[str, Any] = {"project_key": "default", "environment_key": "production", "feature_flag_key": "page-size"}
LATER = NOW + timedelta(days=1)
STEP = 61
"""Before each operation, it takes a minute."""


def written(objects: Objects, rows: list[LoadRow], killed_at: int | None = None, hours: int = 0) -> int:
    """Write a report of the second day: how many operations it took, or would have taken."""
    count = [0]

    def before(what: str, name: str) -> None:
        count[0] += 1
        if killed_at is not None and count[0] > killed_at:
            raise Killed

    outcome: ReportOutcome | None = None
    try:
        outcome = report(
            MemoryStore(objects, before), ReportOptions(BILL), loads=rows, now=LATER + timedelta(hours=hours)
        )
    except Killed:
        pass
    assert outcome is None or [each.row.meter for each in outcome.alerts] == ["clientside_mau"]
    return count[0]


def told(objects: Mapping[str, bytes]) -> dict[str, Any]:
    """What all tables and views say."""
    found: dict[str, Any] = {}
    for name, data in objects.items():
        if name.split("/")[0] in TABLES:
            found[name] = pq.read_table(io.BytesIO(data)).to_pylist()
        elif name.startswith("_ldusage/report/"):
            found[name] = {**json.loads(data), "written_at": None}
    found["notes"] = [name for name in objects if name.startswith("_ldusage/restatements/")]
    return found


@pytest.fixture
def lake(simulator: Simulator, tmp_path: Path) -> tuple[Objects, list[LoadRow]]:
    """A lake that was reported on, and then loaded once more, and what those loads have told."""
    simulator.now = NOW
    load = Loader(simulator, tmp_path / "lake")
    rows: list[LoadRow] = []
    for last, number in (("2026-11-11", 1), ("2026-11-12", 2)):
        for table, metric, arguments in (
            ("mau", "clientside_mau", {}),
            ("mau_by_project", "clientside_mau", {"group_by": ["projectId"]}),
            ("e", "evaluations", PLACE),
        ):
            by = Announcer("daily", table, str(number), -1, 1)
            found = load("2026-11-08", last, table=table, metric=metric, restated_by=by, **arguments)
            told = {**found.to_xcom(), "try_number": 2, "loaded_at": instant_text(simulator.now)}
            rows.append(LoadRow.of(LoadTask("daily", str(number), table, -1), "success", NOW.date(), told))
        for table in ("projects", "sdk_versions_all"):
            today = simulator.now.date().isoformat()
            load(today, today, table=table, metric=table)
        if number == 1:
            report(load.store, ReportOptions(), loads=rows, now=NOW)
            simulator.now = LATER
    objects = {str(path.relative_to(load.lake)): path.read_bytes() for path in load.lake.rglob("*") if path.is_file()}
    return objects, rows[3:]


def test_the_next_report_ends_with_the_same_whatever_was_killed(lake: tuple[Objects, list[LoadRow]]) -> None:
    objects, rows = lake
    whole = dict(objects)
    count = written(whole, rows)
    expected = told(whole)
    assert expected["notes"] == [] and len({name.split("/")[0] for name in expected} & {*TABLES}) == len(TABLES)
    for killed_at in range(0, count, STEP):
        killed = dict(objects)
        written(killed, rows, killed_at)
        written(killed, rows, hours=1)
        assert told(killed) == expected, killed_at
