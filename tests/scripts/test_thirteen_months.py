"""The lake of the demo: thirteen months of billed meters, with the names of what is gone."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.testing import Simulator, Switches
from scripts import thirteen_months
from tests.loading import Loader

pytestmark = pytest.mark.airflow
UNTIL = date(2026, 11, 25)
TABLES = {
    "mau": {"clientside_mau_total": {"metric": "clientside_mau"}, "total_mau": {"group_by": ["projectId"]}},
    "dimensions": {"projects": {}},
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loader, list[str]]]:
    """The lake of a few tables, and what was loaded in this order."""
    example: Any = importlib.import_module("dags_examples.ldusage")
    folder = tmp_path_factory.mktemp("thirteen") / "lake"
    begins = thirteen_months.history_begins(UNTIL).isoformat()
    with pytest.MonkeyPatch.context() as patch, Simulator(switches=Switches(growing_from=begins)) as simulator:
        patch.setattr(example, "TABLES", TABLES)
        patch.setattr(example, "MAPPED", {"streams": {"streams": [{"source": "client"}]}})
        loaded = list(thirteen_months.fill(simulator, folder, UNTIL))
        assert simulator.now == datetime(2026, 11, 25, 3, tzinfo=timezone.utc)
        yield Loader(simulator, folder), loaded


def days(lake: Loader, table: str) -> tuple[str, str]:
    found = sorted({path.name.removeprefix("usage_date=") for path in (lake.lake / table).glob("usage_date=*")})
    return found[0], found[-1]


def test_billed_meters_have_thirteen_months_and_others_two(lake: tuple[Loader, list[str]]) -> None:
    load, loaded = lake
    evaluations = ["evaluations"] * 5
    assert loaded == ["projects", "environments", "clientside_mau_total", "total_mau", "streams", *evaluations]
    assert days(load, "clientside_mau_total") == ("2025-11-01", "2026-11-24")
    for table in ("total_mau", "streams", "evaluations"):
        assert days(load, table) == ("2026-09-26", "2026-11-24")


def test_what_is_gone_by_now_has_a_name(lake: tuple[Loader, list[str]]) -> None:
    named = {
        row["key"]: row["usage_date"] for row in sorted(lake[0].rows("projects"), key=lambda row: row["usage_date"])
    }
    assert named["classic-checkout"] == "2026-10-01" and named["web-shop"] == "2026-11-24"


def test_the_plan_is_valid() -> None:
    assert set(Plan.of(thirteen_months.PLAN).terms) == {"clientside_mau", "service_connections", "ai_runs"}


def test_the_history_begins_with_a_month() -> None:
    for today in (date(2024, 2, 29), date(2026, 11, 1), date(2027, 1, 31)):
        first = thirteen_months.history_begins(today)
        assert (first.day, (today.year - first.year) * 12 + today.month - first.month) == (1, 12)
