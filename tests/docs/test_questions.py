"""The pages of the five questions, and that of plans and prices: what they quote is so."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.bill.meter_rows import MeterRow
from airflow_provider_ldusage.insight.bill.meters import METERS, MINUTES_OF_A_CONNECTION
from airflow_provider_ldusage.insight.bill.plan import Plan, Terms
from airflow_provider_ldusage.insight.bill.verdicts import EXPECTED, PASSED, Verdict, check_warn_at
from airflow_provider_ldusage.operators.report import ALERTS
from tests.docs.pages import LAKE, PAGES, ROOT, blocks, column, json_example, rows

QUESTIONS = ["bill.md", "owners.md", "plan-limits.md", "health.md", "hygiene.md"]
PLANS = PAGES["plans-and-prices.md"]
STATIC = ROOT / "airflow_provider_ldusage" / "ui" / "static"


@pytest.mark.parametrize("page", QUESTIONS)
def test_each_question_has_a_picture_a_query_and_how_it_was_checked(page: str) -> None:
    text = PAGES[page]
    assert text.startswith("# ") and text.splitlines()[0].endswith("?")
    assert "is not" in text and "## What to do" in text and "```sql" in text
    assert re.findall(r"`(tests/[^`]+)`", text.partition("## How it was checked")[2])
    dark, light = re.findall(r' (?:src|srcset)="(pictures/page-[^"]+)"', text)
    assert dark.replace("-dark.", "-light.") == light
    assert [name for name in (dark, light) if not (ROOT / "docs" / name).is_file()] == []


def test_the_plan_is_one_and_costs_are_as_told() -> None:
    plan = Plan.of(json_example("plans-and-prices.md", "clientside_mau"))
    assert plan.of_meter("clientside_mau").cost(101_500) == 12.495 and "cost 12.495" in PLANS
    (variable,) = re.findall(r"variables set ldusage_plan '(.*)'", PLANS)
    assert Plan.of(variable).of_meter("clientside_mau") == plan.of_meter("clientside_mau")
    assert Terms(price=plan.of_meter("service_connections").price).cost(2) == 20, "nothing is included"


def test_meters_are_called_as_on_the_page() -> None:
    names = (STATIC / "format.js").read_text().partition("const NAMES = {")[2].partition("}")[0]
    shown = re.findall(r'(\w+): "([^"]+)"', names)
    assert [(name, title) for name, title, *_ in rows("plans-and-prices.md", "meter")] == shown
    assert [name for name, _ in shown] == list(METERS)


@pytest.mark.parametrize(("month", "days"), [(1, 31), (4, 30), (2, 28)])
def test_an_instance_that_is_always_on_makes_as_much_as_told(month: int, days: int) -> None:
    window = Window(date(2026, month, 1), date(2026, month, 1) + timedelta(days=days))
    assert f"{len(list(window.days())) * 1440 / MINUTES_OF_A_CONNECTION:.3f}" in PLANS


def test_the_verdicts_are_as_told() -> None:
    row = MeterRow(date(2026, 11, 10), "m", "u", None, Window(date(2026, 11, 1), date(2026, 12, 1)), 1.0, 1.0, 1.0, 1.0,
                   "", 1.0, 100.0, None, None, None, date(2026, 11, 21), True, None)  # fmt: skip
    found = [Verdict(row, marks, ()).text for marks in [(0.7,), (0.7, EXPECTED), (0.7, PASSED)]]
    assert column("plan-limits.md", "a meter", 1) == found
    assert column("plan-limits.md", "alerts") == list(ALERTS)
    (given,) = re.findall(r"`warn_at=\(([^)]+)\)`", PAGES["plan-limits.md"])
    assert check_warn_at(json.loads(f"[{given}]"))


@pytest.mark.parametrize("page", QUESTIONS)
def test_what_the_view_says_is_quoted_as_it_is(page: str) -> None:
    scripts = "".join(path.read_text() for path in sorted((STATIC / "views").glob("*.js")))
    for said in re.findall(r'"([A-Z][^"]+ [^"]+)"', re.sub(r"<[^>]+>|```.*?```", "", PAGES[page], flags=re.S)):
        assert said in scripts, said


def test_the_letters_of_the_calendar_are_as_told() -> None:
    source = (STATIC / "views" / "calendar.js").read_text()
    letters = re.findall(r'^    \w+: \["(\w)", "(\w+)"\],$', source, re.M)
    assert [(letter, state) for letter, state, _ in rows("health.md", "letter")][:-1] == letters


def test_the_errors_of_forecasts_are_those_that_were_measured() -> None:
    table = PAGES["forecasts.md"].partition("| on day 10 |")[2].partition("\n\n")[0]
    ours, line, _, _, held, _ = re.findall(r"^\| \*\*all\*\* \|(.*)\|$", table, re.M)[0].split("|")
    shapes = table.count("\n| ") - 1
    told = " ".join(PAGES["bill.md"].split())
    assert f"generated months of {shapes} shapes" in told
    assert f"off by {ours.split('/')[0].strip()} % or less" in told
    assert f"straight line was off by {line.split('/')[0].strip()} %; the range held in {held.strip(' %')} %" in told


def test_the_columns_of_the_chargeback_are_as_told() -> None:
    source = (ROOT / "dags_examples" / "ldusage_chargeback.py").read_text()
    (columns,) = re.findall(r"^COLUMNS = (\[.*\])$", source, re.M)
    told = [name for cell in column("owners.md", "column") for name in cell.split(", ")]
    assert told == json.loads(columns)


def asked(lake: Path, page: str, contains: str, **changes: str) -> list[dict[str, Any]]:
    """The answer to a page's query, row by row.

    :param changes: word of the query -> another one
    """
    duckdb = pytest.importorskip("duckdb")
    (query,) = [b.values[0] for b in blocks("sql") if str(b.id).startswith(page) and contains in str(b.values[0])]
    with duckdb.connect() as connection:
        for before, after in {LAKE: str(lake), **changes}.items():
            query = str(query).replace(before, after)
        found = connection.execute(str(query))
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_each_meter_is_asked_for_once_and_shares_add_up(lake: Path) -> None:
    bill = {row["meter"]: row for row in asked(lake, "bill.md", "forecast_low")}
    assert set(bill) == set(METERS)
    owners = asked(lake, "owners.md", "own_figure")
    assert sum(row["share"] for row in owners) == pytest.approx(1)
    assert sum(row["allocated"] for row in owners) == pytest.approx(bill["clientside_mau"]["period_to_date"])
    assert sum(row["own_figure"] for row in owners) > bill["clientside_mau"]["period_to_date"]


def test_the_whole_bill_is_that_of_its_meters_and_its_owners(lake: Path) -> None:
    bill = [row for row in asked(lake, "bill.md", "forecast_low") if row["currency"]]
    ((currency, to_date, expected),) = (tuple(row.values()) for row in asked(lake, "bill.md", "AS expected"))
    assert (currency, to_date) == ("USD", pytest.approx(sum(row["cost_to_date"] for row in bill)))
    assert expected == pytest.approx(sum(row["cost_forecast"] or 0 for row in bill)) and expected > 0
    owners = asked(lake, "owners.md", "cost_expected")
    assert len({row["project"] for row in owners}) == len(owners) > 1
    assert sum(row["cost_expected"] or 0 for row in owners) == pytest.approx(expected)


def test_the_plan_is_judged_by_the_range(lake: Path) -> None:
    found = {row["meter"]: row for row in asked(lake, "plan-limits.md", "will_pass")}
    assert found["clientside_mau"]["will_pass"] == "unlikely" and found["ai_runs"]["will_pass"] is None
    assert found["service_connections"]["exceeds_on"]
    assert found["service_connections"]["will_pass"] in ("very likely", "likely")


def test_tiers_cost_their_part_and_a_year_is_of_days(lake: Path) -> None:
    assert {row["cost"] for row in asked(lake, "plans-and-prices.md", "8.33")} == {0}, "the account is within the plan"
    (mau,) = [
        row["period_to_date"] for row in asked(lake, "bill.md", "forecast_low") if row["meter"] == "clientside_mau"
    ]
    smaller = {"100000": "100", "beyond, 100": "beyond, 0.5", "beyond - 100": "beyond - 0.5"}
    costs = {row["period_start"]: row["cost"] for row in asked(lake, "plans-and-prices.md", "8.33", **smaller)}
    assert float(costs[date(2026, 11, 1)]) == pytest.approx(0.5 * 8.33 + ((mau - 100) / 1000 - 0.5) * 6)
    year = {row["meter"]: row["since_february"] for row in asked(lake, "plans-and-prices.md", "since_february")}
    assert "clientside_mau" not in year and year["ai_runs"] > 0
