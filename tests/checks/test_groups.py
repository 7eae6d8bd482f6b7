"""The check ``groups``: groups of an additive metric add up to the total that lies beside them, or it is told."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.exceptions import QualityError
from airflow_provider_ldusage.lake import disk
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.testing import Switches
from tests.loading import Loader, Series, answer, but, every_day, midnight_ms, warnings

ALL_FAIL = {"gaps": "off", "falling": "fail", "groups": "fail"}
ONLY_GROUPS = {**dict.fromkeys(CHECKS, "off"), "groups": "fail"}
GROUPS: dict[str, Any] = {
    "metric": "ai_runs", "group_by": ["projectId"], "table": "ai_runs", "checks": ONLY_GROUPS,
}  # fmt: skip

ADDITIVE = [
    (metric.name, group, aggregation)
    for metric in METRICS.values()
    if metric.additive_over_groups
    for group in metric.groupings
    if (metric.name, group) != ("data_export_events", "projectId")
    for aggregation in ("incremental", "month_to_date")
]


@pytest.mark.slow
@pytest.mark.parametrize("gaps", ["carried", "absent"])
@pytest.mark.parametrize(("metric", "group", "aggregation"), ADDITIVE)
def test_groups_add_up_to_their_total_sparse_dimensions_included(
    loader: Loader, caplog: pytest.LogCaptureFixture, metric: str, group: str, aggregation: str, gaps: Any
) -> None:
    loader.simulator.switches = Switches(month_to_date_gaps=gaps)
    arguments: dict[str, Any] = {"metric": metric, "aggregation_type": aggregation}
    loader("2026-10-30", "2026-11-11", **arguments)
    with caplog.at_level(logging.INFO):
        loader("2026-10-30", "2026-11-11", checks=ONLY_GROUPS, group_by=[group], **arguments)
    (said,) = [record.getMessage() for record in caplog.records if "can be compared" in record.getMessage()]
    compared = int(said.split("Check groups: ")[1].split()[0])
    assert compared > 0
    if aggregation == "incremental" or gaps == "carried":
        assert compared == (13 if aggregation == "incremental" else 8), (
            "those that are final, and those that have settled"
        )


def test_projects_of_data_export_are_counted_otherwise_and_not_compared(loader: Loader) -> None:
    """Ungrouped, a filter by project means its current environments; grouped by project it means those of then."""
    arguments: dict[str, Any] = {"metric": "data_export_events", "filters": {"projectKey": ["default", "mobile-app"]}}
    loader("2026-10-30", "2026-11-08", **arguments)
    loader("2026-10-30", "2026-11-08", checks=ONLY_GROUPS, group_by=["projectId"], **arguments)


def groups_of(loader: Loader, groups: Series, total: Series, **arguments: Any) -> list[str]:
    """What the check says of a hand-made grouped answer against a hand-made total; both settled long ago."""
    more = {"metric": "ai_runs", **arguments}
    loader.answers(answer(total), "")
    loader("2026-10-01", "2026-10-10", **more)
    loader.answers(answer(groups), "")
    try:
        loader("2026-10-01", "2026-10-10", checks=ONLY_GROUPS, group_by=["projectId"], **more)
    except QualityError as error:
        return str(error).split("; ")
    return []


def test_groups_that_do_not_add_up_name_both_tables_and_both_figures(loader: Loader) -> None:
    whole = every_day("2026-10-01", "2026-10-10")
    total = {"": {**every_day("2026-10-01", "2026-10-10", 10), "2026-10-04": 1200}}
    (finding, *_) = groups_of(loader, {"a": whole, "b": whole}, total)
    assert "table ai_runs_incremental_daily_by_project_id do not add up to table ai_runs_incremental_daily" in finding
    assert "on 1 day, 2026-10-04, " in finding and "10 against 1,200 on 2026-10-04" in finding


def test_days_that_one_of_the_two_has_not_are_left_out(loader: Loader) -> None:
    whole = every_day("2026-10-01", "2026-10-10")
    total = {"": but(every_day("2026-10-01", "2026-10-10"), "2026-10-02")}
    assert groups_of(loader, {"a": but(whole, "2026-10-05")}, total) == []


def test_floats_may_differ_in_their_last_digits(loader: Loader) -> None:
    third = {"2026-10-01": 0.1 + 0.2, "2026-10-02": 1000 / 3}
    total = {"": {"2026-10-01": 0.9, "2026-10-02": 1000.0}}
    assert groups_of(loader, {"a": third, "b": third, "c": third}, total, metric="service_connections") == []


def test_a_float_that_is_off_by_more_is_found(loader: Loader) -> None:
    off = groups_of(loader, {"a": {"2026-10-01": 10.5}}, {"": {"2026-10-01": 10.6}}, metric="service_connections")
    assert "10.5 against 10.6" in off[0]


def test_hours_are_compared_one_by_one(loader: Loader) -> None:
    group = {"a": {"2026-10-01T05:00": 4, "2026-10-01T06:00": 6}}
    total = {"": {"2026-10-01T05:00": 6, "2026-10-01T06:00": 4}}
    off = groups_of(loader, group, total, metric="ai_runs", granularity="hourly")
    assert "4 against 6 on 2026-10-01 05:00" in off[0]


def test_an_hour_that_only_the_total_has_does_not_add_up(loader: Loader) -> None:
    group = {"a": {"2026-10-01T05:00": 4}}
    total = {"": {"2026-10-01T05:00": 4, "2026-10-01T06:00": 4}}
    assert "0 against 4" in groups_of(loader, group, total, metric="ai_runs", granularity="hourly")[0]


def test_days_that_one_table_loaded_before_they_settled_are_not_compared(loader: Loader) -> None:
    """Totals that were loaded at another time differ, and nothing is wrong with them."""
    arguments = {"metric": "service_connections"}
    loader("2026-11-08", "2026-11-11", **arguments)
    loader.simulator.advance(timedelta(days=5))
    loader("2026-11-08", "2026-11-11", checks=ONLY_GROUPS, group_by=["sdkName"], **arguments)
    loader("2026-11-08", "2026-11-11", **arguments)
    loader("2026-11-08", "2026-11-11", checks=ONLY_GROUPS, group_by=["sdkName"], **arguments)


def test_a_check_that_is_left_out_has_found_nothing_either(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    def said() -> list[str]:
        found = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return [line for line in found if line.startswith("Check")]

    caplog.set_level(logging.INFO)
    groups = {"metric": "ai_runs", "group_by": ["projectId"], "checks": {**ONLY_GROUPS, "groups": "warn"}}
    loader("2026-10-01", "2026-10-04", **groups)
    assert [line.split(",")[0] for line in said()] == ["Check groups: left out"]
    loader("2026-11-10", "2026-11-11", metric="ai_runs")
    loader.simulator.advance(timedelta(hours=2))
    loader("2026-11-10", "2026-11-11", **groups)
    assert [line.split(" can")[0] for line in said() if "groups" in line] == ["Check groups: 0 of 2 days"]
    loader("2026-10-01", "2026-10-04", metric="ai_runs")
    loader("2026-10-01", "2026-10-04", **groups)
    assert said()[-1] == "Checked groups of ai_runs_incremental_daily_by_project_id: nothing found"


def test_days_that_may_still_settle_are_not_compared(loader: Loader) -> None:
    loader("2026-11-09", "2026-11-11", metric="service_connections")
    loader.simulator.advance(timedelta(hours=8))
    loader("2026-11-09", "2026-11-11", checks=ONLY_GROUPS, metric="service_connections", group_by=["sdkName"])


@pytest.mark.parametrize("other", [{"aggregation_type": "month_to_date"}, {"group_by": ["sdkName"]}])
@pytest.mark.parametrize("name", ["ai_runs_incremental_daily", "ai_runs_total"])
def test_a_table_of_the_totals_name_with_something_else_is_not_compared(
    loader: Loader, caplog: pytest.LogCaptureFixture, other: dict[str, Any], name: str
) -> None:
    loader("2026-11-01", "2026-11-08", table=name, metric="ai_runs", **other)
    with caplog.at_level(logging.INFO):
        loader("2026-11-01", "2026-11-08", **GROUPS)
    assert "Check groups: left out, as the total of table ai_runs is not loaded" in caplog.text


def test_a_slice_is_compared_with_the_same_slice(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    for project in ("default", "data-platform"):
        arguments: dict[str, Any] = {"metric": "service_connections", "filters": {"projectKey": [project]}}
        loader("2026-11-01", "2026-11-08", **arguments)
        with caplog.at_level(logging.INFO):
            loader("2026-11-01", "2026-11-08", checks=ALL_FAIL, group_by=["sdkName"], **arguments)
    compared = [record.getMessage() for record in caplog.records if "can be compared" in record.getMessage()]
    assert len(compared) == 2 and all("8 of 8 days" in said for said in compared)


def test_only_the_days_that_are_judged_are_read(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    loader("2026-10-01", "2026-11-11", metric="ai_runs")
    loader.simulator.advance(timedelta(hours=2))
    read: list[str] = []
    original = loader.store.read
    monkeypatch.setattr(loader.store, "read", lambda name: read.append(name) or original(name))
    loader("2026-11-07", "2026-11-11", metric="ai_runs", group_by=["sdkName"], checks={"gaps": "off"})
    days = [name for name in read if name.endswith(".parquet")]
    assert days == [f"ai_runs_incremental_daily/usage_date=2026-11-0{day}/all.parquet" for day in (7, 8)]


def test_a_total_that_cannot_be_read_leaves_the_check_out(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loader("2026-11-01", "2026-11-08", metric="ai_runs")
    original = disk.read

    def broken(path: Path, start: int) -> bytes:
        if "ai_runs_incremental_daily" in path.parts:
            raise PermissionError(path)
        return original(path, start)

    monkeypatch.setattr(disk, "read", broken)
    loader("2026-11-01", "2026-11-08", checks=ONLY_GROUPS, metric="ai_runs", group_by=["sdkName"])
    assert [told for told in warnings(caplog) if "Check groups was left out: Cannot read" in told]


# --- loaded day by day


TOTAL = {"": every_day("2026-10-01", "2026-12-20", 10)}
DAY = timedelta(days=1)


def answering(loader: Loader, figures: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer has those of the figures that are asked for."""
    ask = UsageClient.download

    def asked(self: Any, path: str, **how: Any) -> Any:
        if "params" not in how:  # the account
            return ask(self, path, **how)
        params = dict(how["params"])
        begin, end = (int(params[name]) for name in ("from", "to"))
        unit = 1 if begin > 10**11 else 1000
        here = {
            name: {day: figure for day, figure in each.items() if begin * unit <= midnight_ms(day) < end * unit}
            for name, each in figures.items()
        }
        loader.answers(answer(here))
        return ask(self, path, **how)

    monkeypatch.setattr(UsageClient, "download", asked)


def by_the_day(
    loader: Loader,
    caplog: pytest.LogCaptureFixture,
    begin: date,
    answers: tuple[Series, Series] | None = None,
    *,
    groups_first: bool,
    between: timedelta = timedelta(minutes=5),
    **arguments: Any,
) -> list[tuple[date, str]]:
    """What ten daily runs warn of that load both tables: the day of the run, and the warning.

    :param answers: of the groups and of their total; None: the simulator's own
    """
    said = []
    loader.simulator.now = datetime(begin.year, begin.month, begin.day, 4, tzinfo=timezone.utc)
    for _ in range(10):
        today = loader.simulator.now.date()
        for grouped in (groups_first, not groups_first):
            group_by = ["projectId"] if grouped else []
            with pytest.MonkeyPatch.context() as patch:
                if answers:
                    answering(loader, answers[0 if grouped else 1], patch)
                loader.daily(group_by=group_by, checks={"gaps": "off", "falling": "off"}, **arguments)
            loader.simulator.advance(between)
        said += [(today, line) for line in warnings(caplog) if line.startswith("Check groups")]
        caplog.clear()
        loader.simulator.advance(DAY - 2 * between)
    return said


@pytest.mark.parametrize("groups_first", [False, True])
@pytest.mark.parametrize("lookback", [None, 0, 1, 2, 3])
def test_a_day_that_does_not_add_up_is_told_once_in_any_order(
    loader: Loader, caplog: pytest.LogCaptureFixture, lookback: int | None, groups_first: bool
) -> None:
    off = date(2026, 11, 14)
    less = {**TOTAL[""], str(off): 4}
    answers = ({"a": TOTAL[""]}, {"": less}) if groups_first else ({"a": less}, TOTAL)
    said = by_the_day(
        loader, caplog, date(2026, 11, 12), answers, groups_first=groups_first, lookback=lookback, metric="ai_runs"
    )
    settled = 3 if lookback is None else lookback
    assert [today for today, _ in said] == [off + (1 + settled + groups_first) * DAY]
    assert f"on 1 day, {off}, " in said[0][1]


@pytest.mark.parametrize("groups_first", [False, True])
@pytest.mark.parametrize("aggregation", ["incremental", "month_to_date"])
def test_the_last_day_of_a_month_is_compared_too(
    loader: Loader, caplog: pytest.LogCaptureFixture, aggregation: str, groups_first: bool
) -> None:
    groups = {"a": {**TOTAL[""], "2026-11-30": 40}}
    said = by_the_day(
        loader, caplog, date(2026, 11, 28), (groups, TOTAL), groups_first=groups_first, metric="ai_runs",
        aggregation_type=aggregation,
    )  # fmt: skip
    assert [str(today) for today, _ in said] == ["2026-12-05" if groups_first else "2026-12-04"]
    assert "40 against 10 on 2026-11-30" in said[0][1]


@pytest.mark.slow
@pytest.mark.parametrize("groups_first", [False, True])
@pytest.mark.parametrize("lookback", [None, 0, 2])
@pytest.mark.parametrize("minutes", [55, 300])
def test_figures_that_come_late_are_no_mismatch(
    loader: Loader, caplog: pytest.LogCaptureFixture, groups_first: bool, lookback: int | None, minutes: int
) -> None:
    """The simulator's figures grow for three days after a day's end."""
    between = timedelta(minutes=minutes)
    for aggregation in ("incremental", "month_to_date"):
        said = by_the_day(
            loader, caplog, date(2026, 11, 28), groups_first=groups_first, lookback=lookback, between=between,
            metric="service_connections", aggregation_type=aggregation,
        )  # fmt: skip
        assert said == []
