"""Each kind of line at the end of a load's log, word for word: warnings first, the table last."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.api.retry import Stats
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.report import Refusal, Report
from airflow_provider_ldusage.engine.report_log import log_report
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.log_text import MAX_WARNING
from airflow_provider_ldusage.query import UsageQuery

FIRST = date(2026, 11, 5)
REPORT = Report("t", "file:///lake/t", Window(FIRST, FIRST + timedelta(days=4)), "the schedule")
SCHEMA = UsageQuery.build("ai_runs", group_by=["projectId", "sdkName"]).schema


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def window(first: str, end: str) -> Window:
    return Window(day(first), day(end))


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Any:
    """Logs a report; the levels and lines before the table."""
    caplog.set_level(logging.INFO)

    def of(
        commit: Commit | None = None,
        refusals: Sequence[Refusal] = (),
        given_up: Sequence[date] = (),
        report: Report = REPORT,
    ) -> list[tuple[str, str]]:
        log_report(replace(report, commit=commit or Commit()), refusals, given_up, SCHEMA, Stats())
        *lines, table = [(record.levelname, record.getMessage()) for record in caplog.records]
        assert table[0] == "INFO" and table[1].startswith(f"Loaded {report.table}, ")
        assert all("\n" not in line for _, line in lines)
        return lines

    return of


def test_a_load_without_anything_to_see_to_logs_its_table_alone(said: Any) -> None:
    assert said(Commit({FIRST: "written", day("11-06"): "unchanged"})) == []


def test_the_table_names_the_days_of_each_outcome(said: Any, caplog: pytest.LogCaptureFixture) -> None:
    said(Commit({FIRST: "written", day("11-06"): "restated"}, files=2, bytes=3000))
    lines = caplog.records[-1].getMessage().splitlines()
    assert lines[0] == f"Loaded t, {REPORT.window}, no day is final yet:"
    assert "  days written     1  2026-11-05" in lines
    assert "  days restated    1  2026-11-06" in lines
    assert "  files stored     2  3,000 bytes" in lines


def test_a_load_that_stored_nothing_says_why_first(said: Any) -> None:
    assert said(report=replace(REPORT, skipped="no day is complete.")) == [
        ("INFO", "Stored no day of t: no day is complete.")
    ]


def test_refused_days_are_named_with_their_reason(said: Any) -> None:
    refusals = [Refusal(window("10-01", "10-03"), "400: too old"), Refusal(window("10-05", "10-06"), "400: too old")]
    assert said(refusals=refusals) == [
        (
            "WARNING",
            "Older days that are still open could not be loaded (3): 2026-10-01 to 2026-10-02, 2026-10-05: "
            "400: too old",
        )
    ]


def test_refused_days_have_a_line_for_each_reason(said: Any) -> None:
    refusals = [
        Refusal(window("10-01", "10-02"), "one"),
        Refusal(window("10-05", "10-06"), "another"),
        Refusal(window("10-07", "10-08"), "one", tried=False),
    ]
    assert [line for _, line in said(refusals=refusals)] == [
        "Older days that are still open could not be loaded (2): 2026-10-01, 2026-10-07: one",
        "Older days that are still open could not be loaded (1): 2026-10-05: another",
    ]


def test_a_long_reason_does_not_fill_the_log(said: Any) -> None:
    ((_, line),) = said(refusals=[Refusal(window("10-01", "10-02"), "r" * 1000)])
    assert len(line) <= MAX_WARNING and line.endswith("r...")


def test_days_given_up_come_with_the_conf_that_loads_them(said: Any) -> None:
    days = [day("01-01"), day("01-02"), day("01-05")]
    assert said(given_up=days) == [
        (
            "WARNING",
            f"Given up: {span} lies too far back to be tried again by itself. To load it, trigger a run with the conf "
            f'{{"ldusage": {{"start": "{span.start}", "end": "{span.end}"}}}}.',
        )
        for span in (window("01-01", "01-03"), window("01-05", "01-06"))
    ]


def test_days_that_were_kept_are_named(said: Any) -> None:
    assert said(Commit({FIRST: "kept", day("11-06"): "kept"})) == [
        ("WARNING", "Kept as stored, as the answer has no usage for them: 2026-11-05 to 2026-11-06")
    ]


def test_days_of_a_later_question_are_named_without_a_warning(said: Any) -> None:
    assert said(Commit({FIRST: "superseded"})) == [
        ("INFO", "Kept as stored, as a later question was answered meanwhile: 2026-11-05")
    ]


def test_series_that_are_gone_are_named_with_their_days(said: Any) -> None:
    gone = {("p1", "Go"): (FIRST, day("11-06")), ("p2", None): (FIRST,)}
    assert said(Commit({FIRST: "restated"}, gone=gone)) == [
        (
            "WARNING",
            "2 series were stored and are not in LaunchDarkly's answer any more, so they are gone from t: "
            "{project_id=p1, sdk_name=Go} on 2026-11-05 to 2026-11-06; {project_id=p2} on 2026-11-05",
        )
    ]


def test_rows_that_stay_unlisted_are_named_with_their_days(said: Any) -> None:
    assert said(Commit({FIRST: "restated"}, spared={"page-size": (FIRST,)})) == [
        (
            "WARNING",
            "LaunchDarkly does not list these any more or did not answer for them, so their rows stay as they are "
            "stored (1): 'page-size' on 2026-11-05",
        )
    ]


def test_of_many_series_some_are_named_and_the_others_counted(said: Any) -> None:
    gone = {(f"p{number}", "Go"): (FIRST,) for number in range(1200)}
    ((_, line),) = said(Commit({FIRST: "restated"}, gone=gone))
    named = line.count("project_id=")
    assert line.startswith("1200 series were stored") and line.endswith(f"; and {1200 - named:,} more")
    assert 1 <= named <= 5 and len(line) <= MAX_WARNING


def test_a_name_from_an_answer_cannot_forge_a_line(said: Any) -> None:
    commit = Commit({FIRST: "restated"}, gone={("x\nERROR", "Go"): (FIRST,)}, spared={"y\nERROR": (FIRST,)})
    assert len(said(commit)) == 2


def test_what_needs_attention_stands_in_a_fixed_order(said: Any) -> None:
    commit = Commit(
        {FIRST: "kept", day("11-06"): "superseded"}, gone={("p", "Go"): (FIRST,)}, spared={"flag": (FIRST,)}
    )
    lines = said(
        commit, [Refusal(window("10-01", "10-02"), "r")], [day("01-01")], replace(REPORT, skipped="of a reason")
    )
    begins = ["Stored no day", "Older days", "Given up", "Kept as stored, as the answer", "1 series were stored",
              "LaunchDarkly does not list", "Kept as stored, as a later"]  # fmt: skip
    assert [line.startswith(begin) for (_, line), begin in zip(lines, begins, strict=True)] == [True] * 7
