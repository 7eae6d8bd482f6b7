"""The chargeback example: its lines are what SQL over the report says, and it waits until a month is final."""

from __future__ import annotations

import importlib
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.compat import ObjectStoragePath
from airflow_provider_ldusage.testing import Simulator
from tests.insight.lakes import ReportLake, filled

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
SQL = """
SELECT o.meter, o.project_id, round(any_value(o.allocated), 2), round(any_value(m.cost_to_date * o.share), 2)
FROM usage_by_owner o JOIN usage_meters m ON m.meter = o.meter AND m.usage_date = o.usage_date
WHERE o.level = 'project' AND m.usage_date = m.period_end - 1 AND strftime(m.usage_date, '%Y-%m') = $month
GROUP BY ALL
"""


@pytest.fixture(scope="module")
def example() -> Any:
    return importlib.import_module("dags_examples.ldusage_chargeback")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> ReportLake:
    with Simulator() as simulator:
        found = filled(simulator, tmp_path_factory.mktemp("chargeback"), "2026-02-01", "2026-04-05")
        found.report(date(2026, 4, 5), billing_day=15)
    return found


def charged(example: Any, lake: ReportLake, month: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = example.charges(ObjectStoragePath(lake.folder.as_uri()), month)
    return found


def test_each_line_is_what_sql_over_the_report_says(example: Any, lake: ReportLake) -> None:
    lines = charged(example, lake, "2026-03")
    found = {(line["meter"], line["project_id"], line["usage"], line["cost"]) for line in lines}
    assert len(found) == len(lines) > 6
    assert found == set(lake.sql(SQL, month="2026-03"))


def test_projects_share_what_the_account_is_billed(example: Any, lake: ReportLake) -> None:
    lines = [line for line in charged(example, lake, "2026-03") if line["meter"] == "clientside_mau"]
    ((figure, cost),) = lake.sql(
        "SELECT period_to_date, cost_to_date FROM usage_meters WHERE meter = 'clientside_mau' "
        "AND usage_date = DATE '2026-03-31'"
    )
    assert sum(line["usage"] for line in lines) == pytest.approx(figure, abs=0.1)
    assert sum(line["cost"] for line in lines) == pytest.approx(cost, abs=0.1) and cost > 0
    assert {line["currency"] for line in lines} == {"USD"}


def test_a_project_that_was_deleted_since_has_its_name(example: Any, lake: ReportLake) -> None:
    connections = [line for line in charged(example, lake, "2026-03") if line["meter"] == "service_connections"]
    assert "Data platform" in {line["project"] for line in connections}


def test_a_month_before_the_first_list_has_later_names(
    example: Any, lake: ReportLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = example.rows_of

    def without_names(folder: Any, table: str, month: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = read(folder, table, month)
        unnamed = {"project_name": None, "project_key": None} if month == "2026-02" else {}
        return [{**row, **unnamed} if table == "usage_by_owner" else row for row in rows]

    monkeypatch.setattr(example, "rows_of", without_names)
    named = {line["project"] for line in charged(example, lake, "2026-02")}
    assert named >= {"Mobile app", "Data platform"}


def test_usage_without_a_project_has_a_line(example: Any, lake: ReportLake) -> None:
    lines = charged(example, lake, "2026-03")
    named = {line["project"] for line in lines}
    assert any(line["project"] in ("unattributed", line["project_id"]) for line in lines), named


@pytest.mark.parametrize("name", ["triggering_asset_events", "triggering_dataset_events"])
@pytest.mark.parametrize(
    ("told", "final"),
    [((), True), (("2026-10-31",), True), (("2026-11-02",), True), (("2026-10-30",), False), ((None,), False),
     ((None, "2026-10-31"), True)],
)  # fmt: skip
def test_a_month_is_charged_once_it_is_final_or_by_hand(example: Any, name: str, told: Any, final: bool) -> None:
    context = {name: {"report": [SimpleNamespace(extra={"final_through": each}) for each in told]}}
    assert example.is_final(date(2026, 10, 31), context) is final


def test_it_runs_on_the_report(example: Any, repository: Path) -> None:
    daily = importlib.import_module("dags_examples.ldusage").REPORT
    budget = importlib.import_module("dags_examples.ldusage_budget").REPORT
    assert example.REPORT == daily == budget
