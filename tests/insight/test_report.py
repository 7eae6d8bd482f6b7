"""A report as a whole: what one part lacks is no other part's trouble."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from airflow_provider_ldusage.insight.bill.bill import NO_METER
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from airflow_provider_ldusage.insight.report import ReportOptions, report
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader


def test_without_a_meter_all_but_the_bill_is_written(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = NOW
    load = Loader(simulator, tmp_path / "lake")
    told = load(table="streams", metric="streams", source="client").to_xcom()
    load("2026-11-12", "2026-11-12", table="sdk_versions_all", metric="sdk_versions_all")
    row = LoadRow.of(LoadTask("d", "r", "streams", -1), "success", date(2026, 11, 12), told)
    found = report(load.store, ReportOptions(), loads=[row], now=NOW)
    assert {each.table for each in found.tables} == {"usage_loads", "lake_health", "outdated_sdks"}
    assert (found.bill.missing, found.skipped) == ((NO_METER,), "No figure since 2025-11-01.")
    assert {each["table"] for each in load.rows("lake_health")} >= {"streams"}
    assert not (load.lake / "usage_meters").exists()
