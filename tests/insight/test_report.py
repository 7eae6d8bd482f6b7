"""A report as a whole: what one part lacks is no other part's trouble."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.insight.bill.bill import NO_METER, BillOptions
from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.insight.health.health import Health
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from airflow_provider_ldusage.insight.report import ReportOptions, report
from airflow_provider_ldusage.testing import Simulator
from tests.insight.lakes import ReportLake
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


def test_an_alert_of_a_report_that_fails_is_told_by_the_next(
    loaded: ReportLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = loaded.copy(tmp_path / "lake")

    def fails(self: Health) -> None:
        raise StoreError("no", about="lake")

    with monkeypatch.context() as patched:
        patched.setattr(Health, "written", fails)
        with pytest.raises(StoreError):
            lake.report(date(2026, 4, 19))
    found = lake.report(date(2026, 4, 20))
    assert found.alerts == lake.report(date(2026, 4, 20)).alerts != ()
    assert lake.report(date(2026, 4, 21)).alerts == ()


def test_a_restated_day_hides_no_alert(simulator: Simulator, tmp_path: Path) -> None:
    """The day before has reached the mark by now, and had not when it was reported."""
    simulator.now = NOW
    load = Loader(simulator, tmp_path / "lake")
    load("2026-11-01", "2026-11-10", table="mau", metric="clientside_mau")
    rows = {row["usage_date"]: row["value"] for row in load.rows("mau")}
    plan = {"clientside_mau": {"included": rows["2026-11-09"]}}

    def alerts(day: int) -> int:
        bill = BillOptions(plan=Plan.of(plan), warn_at=(1.0,))
        found = report(load.store, ReportOptions(bill), now=NOW.replace(day=day + 1))
        return sum(1.0 in each.news for each in found.bill.verdicts)

    for text in ("2026-11-09", "2026-11-10"):
        (load.lake / "mau" / f"usage_date={text}" / "all.parquet").unlink()
    assert alerts(8) == 0
    load("2026-11-09", "2026-11-10", table="mau", metric="clientside_mau")
    assert [alerts(10), alerts(10), alerts(11)] == [1, 1, 0]
