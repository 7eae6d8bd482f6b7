"""What a load reports."""

from __future__ import annotations

from datetime import date

from airflow_provider_ldusage.days import Window
from tests.loading import Loader


def test_the_report_is_small_for_a_year_and_names_days_as_ranges(loader: Loader) -> None:
    report = loader.load(Window(date(2025, 6, 1), date(2026, 6, 1)), metric="vega_ai").to_xcom()
    assert len(str(report)) < 4000
    assert report["window"] == ["2025-06-01", "2026-06-01"]
    assert sum(report["days"][kind]["count"] for kind in ("written", "empty")) == 365
    assert report["uri"] == f"{loader.lake.as_uri()}/t"
    assert report["skipped"] is None
