"""The checks look at what the table holds, not at what the answer held."""

from __future__ import annotations

import logging

import pytest

from airflow_provider_ldusage import log_text
from airflow_provider_ldusage.checks import CHECKS, gaps
from airflow_provider_ldusage.exceptions import QualityError
from tests.loading import Loader, answer, but, every_day, warnings

FAIL = dict.fromkeys(CHECKS, "fail")
RUNS = {"metric": "ai_runs", "group_by": ["projectId"]}
WHOLE = every_day("2026-11-02", "2026-11-06")
DAYS = ("2026-11-02", "2026-11-06")


@pytest.fixture(autouse=True)
def _everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture(autouse=True)
def one_day_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short histories are enough here; :mod:`test_gaps` has long ones."""
    monkeypatch.setattr(gaps, "EVIDENCE", 1)


def test_a_day_that_is_kept_is_no_gap(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(answer({"a": WHOLE, "b": WHOLE}), "ai-runs")
    loader(*DAYS, **RUNS)
    loader.answers(answer({"a": but(WHOLE, "2026-11-04"), "b": but(WHOLE, "2026-11-04")}), "ai-runs")
    report = loader(*DAYS, checks=FAIL, **RUNS)
    assert [day.isoformat() for day in report.commit.days("kept")] == ["2026-11-04"]
    assert not report.commit.days("superseded")
    assert [said for said in warnings(caplog) if said.startswith("Kept")] == [
        "Kept as stored, as the answer has no usage for them: 2026-11-04"
    ]


def test_a_series_is_missed_unless_it_is_on_a_kept_day(loader: Loader) -> None:
    loader.answers(answer({"a": WHOLE, "b": but(WHOLE, "2026-11-04")}), "ai-runs")
    loader(*DAYS, checks={"gaps": "off"}, **RUNS)
    loader.answers(answer({"a": but(WHOLE, "2026-11-04"), "b": but(WHOLE, "2026-11-04")}), "ai-runs")
    with pytest.raises(QualityError, match=r"1 series .* no figure on 2026-11-04.*\{project_id=b\}"):
        loader(*DAYS, checks=FAIL, **RUNS)


def test_a_kept_series_that_the_answer_does_not_know_at_all_is_seen(loader: Loader) -> None:
    loader.answers(answer({"old": WHOLE, "z": WHOLE}), "ai-runs")
    loader(*DAYS, **RUNS)
    new = but(WHOLE, "2026-11-04")
    loader.answers(answer({"a": new, "z": new}), "ai-runs")
    with pytest.raises(QualityError, match=r"1 series .*\{project_id=a\} on 2026-11-04"):
        loader(*DAYS, checks=FAIL, **RUNS)


def test_groups_of_kept_days_are_added_up_as_they_are_stored(loader: Loader) -> None:
    """Once "0 against 70,946", where the lake adds up."""
    loader.answers(answer({"": every_day("2026-11-02", "2026-11-06", 10)}), "ai-runs")
    loader(*DAYS, metric="ai_runs")
    parts = {name: every_day("2026-11-02", "2026-11-06", figure) for name, figure in (("a", 4), ("b", 6))}
    loader.answers(answer(parts), "ai-runs")
    loader(*DAYS, checks=FAIL, **RUNS)
    loader.answers(answer({}), "ai-runs", times=2)
    report = loader(*DAYS, checks=FAIL, **RUNS)
    assert len(report.commit.days("kept")) == 5


def test_groups_that_do_not_add_up_on_a_kept_day_are_found(loader: Loader) -> None:
    loader.answers(answer({"": every_day("2026-11-02", "2026-11-06", 10)}), "ai-runs")
    loader(*DAYS, metric="ai_runs")
    loader.answers(answer({"a": every_day("2026-11-02", "2026-11-06", 4)}), "ai-runs")
    loader(*DAYS, **RUNS)
    loader.answers(answer({}), "ai-runs", times=2)
    with pytest.raises(QualityError, match=r"2026-11-02 to 2026-11-06.* do not add up.*: 4 against 10"):
        loader(*DAYS, checks=FAIL, **RUNS)


def test_a_month_that_falls_from_kept_days_to_new_ones_is_found(loader: Loader) -> None:
    """31,875 to 5,150 within a month, since the early days were kept."""
    mau = {"metric": "clientside_mau", "group_by": ["projectId"]}
    loader.answers(answer({"a": every_day("2026-11-02", "2026-11-05", 31_000, 200)}), "clientside-mau")
    loader("2026-11-02", "2026-11-05", checks=FAIL, **mau)
    loader.answers(answer({"a": {"2026-11-06": 5_150}}), "clientside-mau")
    with pytest.raises(QualityError, match=r"falls on 2026-11-06.*from 31,600 \(2026-11-05\) to 5,150 \(2026-11-06\)"):
        loader("2026-11-02", "2026-11-06", checks=FAIL, **mau)


@pytest.mark.parametrize(("a", "b"), [(2**62, 2**62), (2**63 - 1, 2**63 - 1), (2**33, 2**63 - 1), (1, 2)])
def test_sums_are_exact_beyond_64_bits(loader: Loader, a: int, b: int) -> None:
    """Where a sum wraps around, groups that miss a whole 2^64 would seem to add up."""
    loader.answers(answer({"": {"2026-11-02": min(a + b, 2**63 - 1)}}), "ai-runs")
    loader("2026-11-02", "2026-11-02", metric="ai_runs")
    loader.answers(answer({"a": {"2026-11-02": a}, "b": {"2026-11-02": b}}), "ai-runs")
    if a + b < 2**63:
        loader("2026-11-02", "2026-11-02", checks=FAIL, **RUNS)
        return
    with pytest.raises(QualityError, match=f"{a + b:,} against {2**63 - 1:,}"):
        loader("2026-11-02", "2026-11-02", checks=FAIL, **RUNS)


def test_days_that_a_later_question_brought_are_judged_as_stored(loader: Loader) -> None:
    loader.answers(answer({"a": WHOLE}), "ai-runs")
    loader(*DAYS, **RUNS)
    state = loader.lake / "_ldusage" / "state" / "ai_runs_incremental_daily_by_project_id" / "all.json"
    state.write_text(state.read_text().replace("T09:30:0", "T09:34:0"))
    loader.answers(answer({"a": but(WHOLE, "2026-11-04")}), "ai-runs")
    report = loader(*DAYS, checks=FAIL, **RUNS)
    assert len(report.commit.days("superseded")) == 5


def test_rows_that_stay_beside_an_answer_are_judged_too(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "MAX_NAMED", 100)
    monkeypatch.setattr(log_text, "MAX_WARNING", 10_000)
    flags = {"metric": "evaluations", "project_key": "default", "environment_key": "production", "table": "t"}
    loader("2026-11-04", "2026-11-07", **flags)
    loader.simulator.delete_flag("default", "page-size")
    gap = loader.lake / "t" / "usage_date=2026-11-05"
    for file in gap.iterdir():
        file.unlink()
    with pytest.raises(QualityError, match=r"no figure on 2026-11-05.*feature_flag_key=page-size"):
        loader("2026-11-04", "2026-11-07", checks={"gaps": "fail"}, **flags)
