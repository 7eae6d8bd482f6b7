"""The check ``groups`` finds the total by what a table is, whatever its name."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.exceptions import QualityError
from tests.loading import Loader, answer, every_day

DAYS = ("2026-11-01", "2026-11-08")
GROUPS: dict[str, Any] = {
    "metric": "ai_runs", "group_by": ["projectId"], "table": "runs",
    "checks": {**dict.fromkeys(CHECKS, "off"), "groups": "fail"},
}  # fmt: skip


def compared_with(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = [record.getMessage() for record in caplog.records]
    return [line.removeprefix("Check groups: ") for line in said if "can be compared with table" in line]


@pytest.mark.parametrize("name", ["runs_total", "A-1", None], ids=str)
def test_the_total_is_found_whatever_its_name(
    loader: Loader, caplog: pytest.LogCaptureFixture, name: str | None
) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="vega_ai", table="another")
    loader(*DAYS, metric="ai_runs", aggregation_type="month_to_date", table="ai_runs_total")
    loader(*DAYS, metric="ai_runs", table=name)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == [f"8 of 8 days can be compared with table {name or 'ai_runs_incremental_daily'}"]


@pytest.mark.parametrize("content", [b"{", b'{"format": 9}', b""], ids=["broken", "newer", "empty"])
def test_a_table_that_cannot_be_read_is_not_the_total(
    loader: Loader, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    caplog.set_level(logging.INFO)
    for table in ("damaged", "whole"):
        loader(*DAYS, metric="ai_runs", table=table)
    (loader.lake / "_ldusage" / "damaged.json").write_bytes(content)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == ["8 of 8 days can be compared with table whole"]


def test_the_total_of_another_slice_is_not_compared(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="ai_runs", table="runs_total", filters={"projectKey": ["default"]})
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == []


@pytest.mark.parametrize("order", [("trial", "daily"), ("daily", "trial")], ids=str)
def test_of_several_totals_the_one_with_most_of_the_days_counts(
    loader: Loader, caplog: pytest.LogCaptureFixture, order: tuple[str, str]
) -> None:
    caplog.set_level(logging.INFO)
    for table in order:
        loader(*(DAYS if table == "daily" else (DAYS[0], "2026-11-03")), metric="ai_runs", table=table)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == ["8 of 8 days can be compared with table daily"]


def test_what_waited_for_its_total_counts_too(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader("2026-11-02", "2026-11-08", **GROUPS)
    loader.simulator.advance(timedelta(hours=1))
    loader("2026-11-07", "2026-11-08", metric="ai_runs", table="trial")
    loader("2026-11-02", "2026-11-07", metric="ai_runs", table="daily")
    caplog.set_level(logging.INFO)
    loader("2026-11-08", "2026-11-08", **GROUPS)
    assert compared_with(caplog) == ["6 of 7 days can be compared with table daily"]


def test_a_total_under_any_name_tells_what_does_not_add_up(loader: Loader) -> None:
    loader.answers(answer({"": every_day(*DAYS, 6)}), "ai-runs")
    loader(*DAYS, metric="ai_runs", table="everything")
    loader.answers(answer({"a": every_day(*DAYS, 5)}), "ai-runs")
    with pytest.raises(QualityError, match="groups of table runs do not add up to table everything"):
        loader(*DAYS, **GROUPS)
