"""All views at the end of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.insight.bill.bill import BillOptions
from airflow_provider_ldusage.insight.report import report
from airflow_provider_ldusage.insight.views.views import Views
from airflow_provider_ldusage.lake.layout import view_file
from airflow_provider_ldusage.lake.stores import open_store
from tests.insight.figures import day
from tests.insight.lakes import ReportLake, options
from tests.insight.views.conftest import Viewed
from tests.insight.views.tables import reporting, write
from tests.lake.conftest import Moto
from tests.loading import NOW

DAY = day("02-10")


def test_a_report_writes_every_view(viewed: Viewed) -> None:
    found = {path.name for path in (viewed.lake.folder / "_ldusage" / "report").iterdir()}
    assert found == {"bill.json", "owners.json", "health.json", "hygiene.json"}


def test_views_wait_for_their_tables(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake", DAY)
    assert Views(reporting(lake.load.store), BillOptions()).written() == ("hygiene",), "it says what is not there yet"
    write(lake.load.store, "lake_health", "table state restated_times", {DAY: [("mau", "written", 0)]})
    assert Views(reporting(lake.load.store), BillOptions()).written() == ("health",)
    assert lake.load.store.read(view_file("health"))


@pytest.mark.slow
def test_on_an_object_store_it_reads_days_by_their_names(
    loaded: ReportLake, tmp_path: Path, new_s3: Any, moto: Moto
) -> None:
    lake = loaded.copy(tmp_path / "lake", DAY)
    lake.report(DAY)
    fs = new_s3()
    fs.put(str(lake.folder), "lake/viewed", recursive=True)
    store, now = open_store(fs, "lake/viewed", "s3://lake/viewed"), NOW.replace(month=2, day=11, hour=12)
    missing = report(store, options(), now=now).bill.missing
    before = len(moto.requests())
    Views(reporting(store, now), options().bill, missing).written()
    made = moto.requests()[before:]
    assert [line for line in made if "list-type" in line or line.startswith("PUT")] == []
    days = {
        table: sum(f"/{table}/usage_date=" in line for line in made) for table in ("usage_meters", "usage_by_owner")
    }
    # Ten days of the month and the last of the one before; of owners, two days are read for another reason too.
    assert days == {"usage_meters": 11, "usage_by_owner": 13}
    others = [line for line in made if "/usage_date=" not in line]
    assert len(others) <= 16  # descriptions, states and the views themselves
