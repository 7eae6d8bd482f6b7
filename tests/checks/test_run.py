"""What the checks of a load see, and what a finding does: none of them costs the data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from airflow_provider_ldusage.checks import CHECKS, gaps
from airflow_provider_ldusage.exceptions import QualityError
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.loading import NOW, Loader, answer, but, every_day, warnings

ALL_FAIL = {"gaps": "fail", "falling": "fail", "groups": "fail"}
MAU = {"metric": "clientside_mau", "table": "t"}


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


@pytest.fixture(autouse=True)
def one_day_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short histories are enough here; others have long ones."""
    monkeypatch.setattr(gaps, "EVIDENCE", 1)


def test_the_open_day_is_not_judged(loader: Loader) -> None:
    loader.simulator.switches = Switches(partial_day="zero")
    report = loader("2026-11-09", "2026-11-12", include_open_day=True, checks=ALL_FAIL, **MAU)
    assert date(2026, 11, 12) in [*report.commit.days("written")]


def test_fail_stores_the_data_and_then_fails(loader: Loader) -> None:
    whole = every_day("2026-11-08", "2026-11-11")
    loader.answers(answer({"a": but(whole, "2026-11-10"), "b": whole}), "ai-runs")
    with pytest.raises(QualityError, match="The data is stored") as caught:
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
    for level in ("off", "warn"):
        loader.simulator.clear_requests()
        loader("2026-11-02", "2026-11-11", checks=dict.fromkeys(CHECKS, level), group_by=["sdkName"],
               metric="service_connections", aggregation_type="month_to_date")  # fmt: skip
        asked.append([(request.path, request.query) for request in loader.simulator.requests])
    assert asked[0] == asked[1]


def test_a_skipped_load_has_nothing_to_check(loader: Loader) -> None:
    assert loader("2026-11-12", "2026-11-12", checks=ALL_FAIL, metric="ai_runs").skipped
