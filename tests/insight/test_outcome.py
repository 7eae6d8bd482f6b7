"""What a report says."""

from __future__ import annotations

import json
from dataclasses import replace

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.bill import BillOutcome
from airflow_provider_ldusage.insight.bill.owner_days import Grown
from airflow_provider_ldusage.insight.bill.owner_rows import OwnerRow
from airflow_provider_ldusage.insight.bill.verdicts import Verdict
from airflow_provider_ldusage.insight.health.health import HealthOutcome
from airflow_provider_ldusage.insight.hygiene.hygiene import HygieneOutcome, Tally
from airflow_provider_ldusage.insight.outcome import ReportOutcome, number_text
from airflow_provider_ldusage.insight.report_table import ReportTableOutcome
from airflow_provider_ldusage.lake.commit import Commit
from tests.insight.bill.test_verdicts import ROW
from tests.insight.figures import day

PLAIN = replace(ROW, cost_to_date=0.0, cost_forecast=12.5, currency="USD", exceeds_on=day("03-28"))
OWNER = OwnerRow("ai_runs", "p", "default", "Default", "e", "test", "Test", None, 30.0, 0.5, 25.0, False, "environment")
METERS = ReportTableOutcome(
    "usage_meters", "file:///lake/usage_meters", Commit({day("03-10"): "written"}, rows=1), day("02-28")
)
BILL = BillOutcome(
    day("03-01"),
    Window(day("03-01"), day("03-11")),
    (METERS,),
    (Verdict(PLAIN, ("expected to be passed",), ("expected to be passed",)), Verdict(replace(ROW, meter="m"), (), ())),
    (Grown(OWNER, 10.0),),
    ("x: no figure",),
)
HEALTH = HealthOutcome((METERS,), {"projects": (day("03-02"), day("03-05"))}, {"runs": (day("03-10"),)})
HYGIENE = HygieneOutcome((), Tally(2, 9), Tally(7, 60), 30)
OUTCOME = ReportOutcome("file:///lake", BILL, BILL.tables, HEALTH, HYGIENE)


def test_a_line_says_figures_forecast_verdict_and_cost() -> None:
    first, grown, second, health, hygiene = OUTCOME.lines()
    assert first == (
        "ai_runs: 50 runs to date, 90 (80 to 95) by 2026-03-31: expected to pass the plan on 2026-03-28, "
        "cost 0.00 USD to date, 12.50 USD expected"
    )
    assert grown == "  grown most: default/test +20"
    assert health == "Health: 2 days of 1 table (projects) missing, 1 day of 1 table (runs) late"
    assert hygiene == (
        "Hygiene: 2 of 9 SDK versions in use at or near the end of life, "
        "7 of 60 flags without an evaluation for 30 days"
    )
    assert second == "m: 50 runs to date, 90 (80 to 95) by 2026-03-31: within the plan"


def test_a_warning_says_where_the_meter_stands_and_what_it_costs() -> None:
    expected = "ai_runs: expected to pass the plan on 2026-03-28"
    assert OUTCOME.warnings() == [f"{expected}, cost 0.00 USD to date, 12.50 USD expected"]
    unpriced = Verdict(replace(PLAIN, cost_to_date=None, cost_forecast=None), *[("expected to be passed",)] * 2)
    assert ReportOutcome("", BillOutcome(day("03-01"), verdicts=(unpriced,))).warnings() == [expected]


def test_without_a_forecast_a_line_says_why() -> None:
    row = replace(ROW, complete=False, forecast=None, forecast_method="too little history")
    (line,) = ReportOutcome("", BillOutcome(day("03-01"), verdicts=(Verdict(row, (), ()),))).lines()
    assert line == "ai_runs: 50 runs to date so far as loaded, no forecast (too little history): within the plan"


def test_xcom_is_json_and_says_the_same() -> None:
    found = json.loads(json.dumps(OUTCOME.to_xcom()))
    assert (found["alerts"], found["missing"], found["window"]) == (
        ["ai_runs"],
        ["x: no figure"],
        ["2026-03-01", "2026-03-11"],
    )
    assert found["meters"][0]["verdict"] == "expected to pass the plan on 2026-03-28"
    assert found["meters"][0]["forecast"] == [80.0, 90.0, 95.0]
    assert found["owners"] == [
        {"meter": "ai_runs", "level": "environment", "project": "default", "environment": "test", "application": None,
         "to_date": 30.0, "before": 10.0},
    ]  # fmt: skip
    assert found["health"] == {
        "missing": {"days": 2, "tables": ["projects"]}, "late": {"days": 1, "tables": ["runs"]},
    }  # fmt: skip
    assert found["hygiene"] == {"outdated_sdks": 2, "sdks": 9, "stale_flags": 7, "flags": 60, "stale_after": 30}
    (table,) = found["tables"]
    assert (table["table"], table["days"]["written"]["count"], table["final_through"]) == (
        "usage_meters",
        1,
        "2026-02-28",
    )


def test_a_report_without_figures_says_so() -> None:
    found = ReportOutcome("file:///lake", BillOutcome(day("03-01")))
    assert found.reports() == [] and list(found.lines()) == []
    assert found.to_xcom()["skipped"] == "No figure since 2026-03-01."


def test_figures_are_short() -> None:
    assert [number_text(value) for value in (0, 1.019, 99.5, 100.4, 1234567.8)] == [
        "0",
        "1.02",
        "99.50",
        "100",
        "1,234,568",
    ]
