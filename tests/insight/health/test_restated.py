"""What the report's tables of loads say of restated days; ``test_health.py`` reads them from a lake."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_ldusage.days import Window, day_ranges
from airflow_provider_ldusage.insight.health.restated import days_in, read_restated
from airflow_provider_ldusage.insight.loads.load_row import days_text
from airflow_provider_ldusage.testing import Simulator
from tests.insight.figures import day
from tests.loading import Loader


def test_ranges_of_days_are_read_as_they_are_written() -> None:
    days = [day("11-01"), day("11-02"), day("11-03"), day("11-05")]
    assert list(days_in(days_text(day_ranges(days)))) == days
    assert list(days_in(None)) == list(days_in("")) == []


def test_without_loads_nothing_is_known(simulator: Simulator, tmp_path: Path) -> None:
    store = Loader(simulator, tmp_path / "lake").store
    assert read_restated(store, Window(day("11-01"), day("11-03"))) == {}
