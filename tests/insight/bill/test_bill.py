"""The report against SQL over the tables that it is made from, and against itself with less to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.insight.bill.verdicts import EXPECTED, PASSED
from airflow_provider_ldusage.testing import Simulator
from tests.insight.lakes import FIRST, LAST, NOW, PLAN, ReportLake, filled, load_usage, readings
from tests.loading import Loader

CUTS = {1: "2026-04-09", 15: "2026-03-15", 31: "2026-02-28"}
"""Billing day -> a day at which the lake is cut off."""
LEVELS = ("environment", "project")
ADDITIVE = {"service_connections": ("connections", 43_800), "ai_runs": ("runs", 1), "data_export_events": ("export", 1)}
GROUPED = {
    "service_connections": ("connections_by_sdk", 43_800),
    "ai_runs": ("runs", 1),
    "data_export_events": ("export_by_environment", 1),
}
PERIOD_START = """
    CASE WHEN day(d) >= least($b, day(last_day(d))) THEN make_date(year(d), month(d), least($b, day(last_day(d))))
    ELSE last_day(date_trunc('month', d) - INTERVAL 1 DAY) - (day(last_day(date_trunc('month', d) - INTERVAL 1 DAY))
         - least($b, day(last_day(date_trunc('month', d) - INTERVAL 1 DAY))))::INT END
"""


@pytest.fixture(scope="module", params=CUTS)
def reported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The billing day, and the lake with its report. Each is of an account with other readings."""
    switches = readings(list(CUTS).index(request.param))
    with Simulator(now=NOW, switches=switches) as simulator:
        lake = filled(simulator, tmp_path_factory.mktemp("reported") / "lake")
        lake.report(billing_day=request.param)
        yield request.param, lake


def days() -> set[date]:
    first, last = date.fromisoformat(FIRST), date.fromisoformat(LAST)
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


@pytest.mark.parametrize("meter", ADDITIVE)
def test_additive_meters_are_what_sql_adds_up(reported: Any, meter: str) -> None:
    billing_day, lake = reported
    table, divisor = ADDITIVE[meter]
    expected = lake.sql(
        f"""WITH days AS (SELECT DISTINCT usage_date AS d FROM usage_meters),
        starts AS (SELECT d, {PERIOD_START} AS s FROM days)
        SELECT d, s, (SELECT sum(value) FROM {table} WHERE usage_date = d) / {divisor},
            (SELECT sum(value) FROM {table} WHERE usage_date BETWEEN s AND d) / {divisor}
        FROM starts ORDER BY d""",
        b=billing_day,
    )
    found = lake.sql(
        "SELECT usage_date, period_start, quantity, period_to_date FROM usage_meters "
        "WHERE meter = $meter ORDER BY usage_date",
        meter=meter,
    )
    assert {row[0] for row in found} == days()
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[2:] == pytest.approx(other[2:], rel=1e-9)


def test_unique_meters_are_the_months_figure_whatever_the_billing_day(reported: Any) -> None:
    _, lake = reported
    expected = lake.sql("SELECT usage_date, date_trunc('month', usage_date)::DATE, value FROM mau ORDER BY 1")
    found = lake.sql(
        "SELECT usage_date, period_start, period_to_date FROM usage_meters WHERE meter = 'clientside_mau' ORDER BY 1"
    )
    assert found == expected
    assert lake.sql("SELECT count(quantity) FROM usage_meters WHERE meter = 'clientside_mau'") == [(0,)]


@pytest.mark.parametrize(
    ("meter", "level"),
    [(meter, level) for meter in GROUPED for level in LEVELS if (meter, level) != ("data_export_events", "project")],
)
def test_owners_of_additive_meters_are_what_sql_adds_up(reported: Any, meter: str, level: str) -> None:
    billing_day, lake = reported
    table, divisor = GROUPED[meter]
    column = f"{level}_id"
    expected = lake.sql(
        f"""WITH days AS (SELECT DISTINCT usage_date AS d FROM usage_by_owner),
        starts AS (SELECT d, {PERIOD_START} AS s FROM days)
        SELECT d, {column}, sum(value) / {divisor} FROM starts JOIN {table} ON usage_date BETWEEN s AND d
        GROUP BY ALL HAVING sum(value) > 0 ORDER BY ALL""",
        b=billing_day,
    )
    found = lake.sql(
        f"SELECT usage_date, {column}, period_to_date FROM usage_by_owner WHERE meter = $meter AND level = $level "
        "ORDER BY ALL",
        meter=meter, level=level,
    )  # fmt: skip
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected], rel=1e-9)


@pytest.mark.parametrize(("level", "table"), [("application", "mau_by_application"), ("project", "mau_by_project")])
def test_owners_of_unique_keys_have_their_own_figures(reported: Any, level: str, table: str) -> None:
    _, lake = reported
    columns = "project_id, environment_id, sdk_app_id" if level == "application" else "project_id, NULL, NULL"
    expected = lake.sql(
        f"""SELECT d, {columns}, arg_max(value, usage_date) AS figure
        FROM (SELECT DISTINCT usage_date AS d FROM usage_by_owner)
        JOIN {table} ON usage_date BETWEEN date_trunc('month', d) AND d GROUP BY ALL HAVING figure > 0 ORDER BY ALL"""
    )
    found = lake.sql(
        "SELECT usage_date, project_id, environment_id, application_id, period_to_date FROM usage_by_owner "
        "WHERE meter = 'clientside_mau' AND level = $level ORDER BY ALL",
        level=level,
    )
    assert found == expected


def test_projects_of_environments_are_those_of_the_lists(reported: Any) -> None:
    _, lake = reported
    expected = lake.sql(
        """WITH owners AS (SELECT DISTINCT id, project_id FROM environments)
        SELECT usage_date, owners.project_id, round(sum(period_to_date), 3) FROM usage_by_owner
        LEFT JOIN owners ON id = environment_id WHERE meter = 'data_export_events' AND level = 'environment'
        GROUP BY ALL ORDER BY ALL"""
    )
    found = lake.sql(
        """SELECT usage_date, project_id, round(period_to_date, 3) FROM usage_by_owner
        WHERE meter = 'data_export_events' AND level = 'project' ORDER BY ALL"""
    )
    assert found == expected


def test_names_are_the_last_known_and_what_never_had_one_is_unattributed(reported: Any) -> None:
    _, lake = reported
    projects = dict(lake.sql("SELECT id, any_value(key) FROM projects GROUP BY id"))
    gone = set(projects) - {row[0] for row in lake.sql("SELECT id FROM projects WHERE usage_date > '2026-04-01'")}
    assert gone
    found = lake.sql(
        "SELECT DISTINCT project_id, project_key, unattributed FROM usage_by_owner WHERE level = 'project'"
    )
    assert gone & {row[0] for row in found}
    for project_id, key, unattributed in found:
        assert (key, unattributed) == (projects.get(project_id), project_id not in projects)
    unattributed = lake.sql("SELECT DISTINCT coalesce(application_id, '') FROM usage_by_owner WHERE unattributed")
    assert {"", "Unknown"} <= {row[0] for row in unattributed}


def test_shares_add_up_to_one_and_allocated_to_the_account(reported: Any) -> None:
    _, lake = reported
    found = lake.sql(
        """SELECT o.meter, sum(share), sum(allocated), any_value(m.period_to_date), sum(o.period_to_date)
        FROM usage_by_owner o JOIN usage_meters m USING (usage_date, meter) GROUP BY usage_date, o.meter, level"""
    )
    assert len(found) > 900
    for _, share, allocated, account, _ in found:
        assert (share, allocated) == pytest.approx((1, account), rel=1e-9)
    assert any(total > account * 1.1 for meter, _, _, account, total in found if meter == "clientside_mau")


def test_costs_are_those_of_the_overage_alone(reported: Any) -> None:
    _, lake = reported
    for meter, terms in PLAN.items():
        price = float(str(terms.get("price", "nan"))) / float(str(terms.get("per", 1)))
        found = lake.sql(
            "SELECT period_to_date, cost_to_date, forecast, cost_forecast, percent_of_included FROM usage_meters "
            "WHERE meter = $meter",
            meter=meter,
        )
        for to_date, cost, forecast, expected, percent in found:
            assert percent == pytest.approx(100 * to_date / float(str(terms["included"])))
            if "price" not in terms:
                assert (cost, expected) == (None, None)
                continue
            assert cost == pytest.approx(max(to_date - float(str(terms["included"])), 0) * price)
            if forecast is not None:
                assert expected == pytest.approx(max(forecast - float(str(terms["included"])), 0) * price)


def test_forecasts_hold_what_is_counted_and_end_there(reported: Any) -> None:
    _, lake = reported
    found = lake.sql(
        "SELECT period_to_date, forecast_low, forecast, forecast_high, complete AND usage_date + 1 = period_end "
        "FROM usage_meters"
    )
    known = [row for row in found if row[2] is not None]
    assert len(known) > len(found) / 2
    for to_date, low, forecast, high, is_end in known:
        assert to_date <= forecast * (1 + 1e-12)
        assert low <= forecast <= high
        if is_end:
            assert forecast == pytest.approx(to_date)


def test_a_day_has_the_same_rows_without_any_later_one(reported: Any, tmp_path: Path) -> None:
    billing_day, lake = reported
    through = CUTS[billing_day]
    day = date.fromisoformat(through)
    earlier = lake.copy(tmp_path / "lake", day)
    earlier.report(day, billing_day)
    for table in ("usage_meters", "usage_by_owner"):
        assert earlier.rows(table, day) == lake.rows(table, day)
        assert max(row["usage_date"] for row in earlier.rows(table)) == through


@pytest.mark.parametrize("reported", [15], indirect=True)
def test_reports_day_by_day_end_with_the_same_tables_as_one(reported: Any, tmp_path: Path) -> None:
    billing_day, lake = reported
    daily = lake.copy(tmp_path / "lake")
    for days_ago in (40, 12, 1, 0):
        daily.report(date.fromisoformat(LAST) - timedelta(days=days_ago), billing_day)
    for table in ("usage_meters", "usage_by_owner"):
        assert daily.rows(table) == lake.rows(table)


def test_a_report_of_the_same_lake_rewrites_nothing(reported: Any) -> None:
    billing_day, lake = reported
    before = lake.load.files("usage_meters") | lake.load.files("usage_by_owner")
    outcome = lake.report(billing_day=billing_day)
    assert {name for each in outcome.tables for name in each.commit.outcomes.values()} == {"unchanged"}
    assert lake.load.files("usage_meters") | lake.load.files("usage_by_owner") == before


def test_the_outcome_says_what_stands_and_what_is_missing(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake")
    outcome = lake.report()
    said = {each.row.meter: each for each in outcome.bill.verdicts}
    assert said.keys() == {"clientside_mau", *ADDITIVE}
    assert {mark for each in said.values() for mark in each.news} & {PASSED, EXPECTED}
    assert [text for text in outcome.bill.missing if text.startswith("experimentation_keys: no figure of the account")]
    assert lake.report().alerts == outcome.alerts  # a second try says it again
    assert outcome.bill.window is not None and outcome.bill.window.end == NOW.date()


def test_restated_usage_restates_the_days_that_depend_on_it(simulator: Simulator, tmp_path: Path) -> None:
    """Days grow while late usage arrives."""
    lake = ReportLake(Loader(simulator, tmp_path / "lake"))
    simulator.now = datetime(2026, 3, 12, 2, tzinfo=timezone.utc)
    load_usage(lake.load, "2026-02-01", "2026-03-11", ("mau", "connections"))
    lake.report(date(2026, 3, 11))
    simulator.now = NOW
    load_usage(lake.load, "2026-03-01", "2026-03-11", ("mau", "connections"))
    outcome = lake.report(date(2026, 3, 11)).tables[0].commit.outcomes
    restated = [day for day, what in outcome.items() if what == "restated"]
    assert restated and date(2026, 3, 11) in restated and date(2026, 3, 1) not in restated
    expected = lake.sql(
        """SELECT usage_date, 'clientside_mau', value FROM mau UNION ALL
        SELECT usage_date, 'service_connections', sum(sum(value)) OVER (
            PARTITION BY month(usage_date) ORDER BY usage_date) / 43800
        FROM connections GROUP BY usage_date ORDER BY ALL"""
    )
    found = lake.sql("SELECT usage_date, meter, period_to_date FROM usage_meters ORDER BY ALL")
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected])


def test_a_lake_of_another_account_is_refused(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake")
    lake.report()
    for path in (lake.folder / "_ldusage").glob("*.json"):
        if not path.name.startswith("usage_"):
            path.write_text(path.read_text().replace('"id": "5f', '"id": "6f'))
    before = lake.load.files("usage_meters")
    with pytest.raises(LakeError, match="account"):
        lake.report()
    assert lake.load.files("usage_meters") == before


def test_a_table_of_that_name_that_is_something_else_is_refused(loaded: ReportLake, tmp_path: Path) -> None:
    lake = loaded.copy(tmp_path / "lake")
    lake.load("2026-04-20", "2026-04-20", table="usage_meters", metric="vega_ai")
    with pytest.raises(LakeError, match="holds something else"):
        lake.report()


def test_without_figures_nothing_is_written(simulator: Simulator, tmp_path: Path) -> None:
    lake = ReportLake(Loader(simulator, tmp_path / "lake"))
    lake.load("2024-03-01", "2024-03-02", table="mau", metric="clientside_mau")
    outcome = lake.report(date(2026, 11, 11))
    assert (outcome.bill.window, outcome.skipped) == (None, "No figure since 2025-11-01.")
    assert not (lake.folder / "usage_meters").exists()
