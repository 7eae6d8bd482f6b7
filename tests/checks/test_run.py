"""What the checks of a load see, and what a finding does: none of them costs the data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.checks.gaps import Gaps
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import QualityError, StoreError
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.loading import NOW, Loader, answer, but, every_day, warnings

pytestmark = pytest.mark.usefixtures("one_day_of_evidence")

ALL_FAIL = {"gaps": "fail", "falling": "fail", "groups": "fail"}
MAU = {"metric": "clientside_mau", "table": "t"}


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


def test_the_open_day_is_not_judged(loader: Loader) -> None:
    loader.simulator.switches = Switches(partial_day="zero")
    report = loader("2026-11-09", "2026-11-12", include_open_day=True, checks=ALL_FAIL, **MAU)
    assert date(2026, 11, 12) in [*report.commit.days("written")]


def test_fail_stores_the_data_and_then_fails(loader: Loader) -> None:
    whole = every_day("2026-11-08", "2026-11-11")
    loader.answers(answer({"a": but(whole, "2026-11-10"), "b": whole}), "ai-runs")
    with pytest.raises(QualityError, match="Look at the data: it is stored") as caught:
        loader(metric="ai_runs", group_by=["projectId"], table="t", checks={"gaps": "fail"})
    assert not caught.value.permanent
    assert "gaps: 1 series of table t have no figure on 2026-11-10" in str(caught.value)
    assert len([name for name in loader.everything() if name.startswith("t/")]) == 4


def test_warn_stores_the_same_bytes_and_says_the_same_in_the_log(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    whole = every_day("2026-11-08", "2026-11-11")
    lakes = []
    for level in ("off", "warn"):
        loader.answers(answer({"a": but(whole, "2026-11-10"), "b": whole}), "ai-runs")
        loader(metric="ai_runs", group_by=["projectId"], table="t", checks={"gaps": level})
        lakes.append(loader.everything())
        (said, expected) = (warnings(caplog), level == "warn")
        assert len(said) == expected
    assert lakes[0] == lakes[1]
    assert said[0].startswith("Check gaps: 1 series of table t have no figure on 2026-11-10")


def test_all_findings_are_told_before_the_first_fails(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    whole = but(every_day("2026-11-02", "2026-11-11"), "2026-11-05")
    loader.answers(answer({"a": but(whole, "2026-11-08"), "b": whole}), "ai-runs")
    with pytest.raises(QualityError, match=r"gaps: .* no rows .*; gaps: 1 series "):
        loader("2026-11-02", "2026-11-11", metric="ai_runs", group_by=["projectId"], checks={"gaps": "fail"})
    levels = [record.levelname for record in caplog.records if record.getMessage().startswith("Check ")]
    assert levels == ["ERROR", "ERROR"]


def test_no_check_asks_launchdarkly(loader: Loader) -> None:
    asked = []
    for level in ("off", "off", "warn"):  # the first asks whose the token is
        loader.simulator.clear_requests()
        loader("2026-11-02", "2026-11-11", checks=dict.fromkeys(CHECKS, level), group_by=["sdkName"],
               metric="service_connections", aggregation_type="month_to_date")  # fmt: skip
        asked.append([(request.path, request.query) for request in loader.simulator.requests])
    assert asked[1] == asked[2]


def test_a_skipped_load_has_nothing_to_check(loader: Loader) -> None:
    assert loader("2026-11-12", "2026-11-12", checks=ALL_FAIL, metric="ai_runs").skipped


# --- what is left out


ONLY_THESE = {**dict.fromkeys(CHECKS, "off"), "gaps": "warn", "groups": "warn"}
GROUPS = {"metric": "ai_runs", "group_by": ["projectId"]}
CHECKED = "Checked gaps of ai_runs_incremental_daily_by_project_id: nothing found"


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records if record.getMessage().startswith("Check")]
    caplog.clear()
    return found


def going_back(loader: Loader) -> Report:
    """A run that goes back to older days, some of which were loaded already."""
    loader.daily(**GROUPS, checks=ONLY_THESE)
    loader.simulator.advance(timedelta(days=5))
    loader.daily(**GROUPS, checks=ONLY_THESE)
    loader.simulator.advance(timedelta(days=10))
    return loader.daily(**GROUPS, checks=ONLY_THESE)


def test_a_total_that_is_not_loaded_is_missed_once_a_load(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert len(going_back(loader).commit.outcomes) > 5
    table = "ai_runs_incremental_daily_by_project_id"
    first = f"Check groups: left out, as the total of table {table} is not loaded (ai_runs without group_by)"
    assert lines_of(caplog) == [first, CHECKED] * 3


def test_a_check_that_is_left_out_says_so_once_and_claims_no_result(
    loader: Loader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader("2026-11-01", "2026-11-11", metric="ai_runs")
    caplog.set_level(logging.INFO)
    original = loader.store.read

    def refused(name: str) -> bytes | None:
        if name.endswith("/ai_runs_incremental_daily.json"):
            raise StoreError("Cannot read it.", "Wait.")
        return original(name)

    monkeypatch.setattr(loader.store, "read", refused)
    caplog.clear()
    going_back(loader)
    assert lines_of(caplog) == ["Check groups was left out: Cannot read it. Wait.", CHECKED] * 3


def test_days_that_cannot_be_read_leave_all_checks_out(
    loader: Loader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader("2026-11-01", "2026-11-08", **GROUPS)
    caplog.set_level(logging.INFO)
    loader.answers(answer({}), "ai-runs", times=2)

    def refused(name: str) -> bytes | None:
        if name.endswith(".parquet"):
            raise StoreError("Cannot read it.", "Wait.")
        return original(name)

    original = loader.store.read
    monkeypatch.setattr(loader.store, "read", refused)
    caplog.clear()
    report = loader("2026-11-01", "2026-11-08", checks=ALL_FAIL, **GROUPS)
    assert len(report.commit.days("kept")) == 8
    assert lines_of(caplog) == ["Checks were left out: Cannot read it. Wait."]


def test_a_finding_in_older_days_warns_at_most(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    whole = every_day("2026-11-08", "2026-11-21")

    def answers(first: str, last: str, *absent: str) -> None:
        days = {day: figure for day, figure in whole.items() if first <= day <= last}
        loader.answers(answer({"a": but(days, *absent), "b": days}), "ai-runs")

    answers("2026-11-08", "2026-11-11")
    loader.daily(**GROUPS)
    loader.simulator.advance(timedelta(days=10))
    answers("2026-11-18", "2026-11-21")
    answers("2026-11-09", "2026-11-17", "2026-11-15")
    loader.daily(**GROUPS, checks={"gaps": "fail"})
    (said,) = [record for record in caplog.records if record.getMessage().startswith("Check gaps")]
    assert said.levelname == "WARNING" and said.getMessage().endswith(": {project_id=a} on 2026-11-15")


def test_an_error_in_a_check_keeps_no_day_from_being_stored(
    loader: Loader, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, days = Gaps.note, iter(range(100))

    def broken(self: Gaps, rows: Any) -> Any:
        if next(days) == 2:
            raise ValueError("a mistake in the check")
        return note(self, rows)

    monkeypatch.setattr(Gaps, "note", broken)
    with pytest.raises(ValueError, match="a mistake in the check"):
        loader(metric="ai_runs", group_by=["projectId"], table="t")
    monkeypatch.undo()
    report = loader(metric="ai_runs", group_by=["projectId"], table="t")
    assert len(report.commit.days("unchanged")) == 4, "all days were stored, and noted"
