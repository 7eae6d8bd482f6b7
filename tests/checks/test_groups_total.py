"""The check ``groups`` finds the total by what a table is, whatever its name, and asks the store for little."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from tests.loading import Loader

DAYS = ("2026-11-01", "2026-11-08")
GROUPS: dict[str, Any] = {
    "metric": "ai_runs", "group_by": ["projectId"], "table": "runs",
    "checks": {**dict.fromkeys(CHECKS, "off"), "groups": "fail"},
}  # fmt: skip


def compared_with(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = [record.getMessage() for record in caplog.records]
    return [line.rpartition(" ")[2] for line in said if "can be compared with table" in line]


@pytest.mark.parametrize("name", ["runs_total", None], ids=str)
def test_the_total_is_found_under_its_two_names(
    loader: Loader, caplog: pytest.LogCaptureFixture, name: str | None
) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="vega_ai", table="another")
    loader(*DAYS, metric="ai_runs", aggregation_type="month_to_date", table="month_to_date")
    loader(*DAYS, metric="ai_runs", table=name)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == [name or "ai_runs_incremental_daily"]


@pytest.mark.parametrize("content", [b"{", b'{"format": 9}', b""], ids=["broken", "newer", "empty"])
def test_a_table_that_cannot_be_read_is_not_the_total(
    loader: Loader, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="ai_runs")
    (loader.lake / "_ldusage" / "runs_total.json").write_bytes(content)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == ["ai_runs_incremental_daily"]


def test_the_total_of_another_slice_is_not_compared(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="ai_runs", table="runs_total", filters={"projectKey": ["default"]})
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == []
