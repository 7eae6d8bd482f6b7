"""The check ``groups`` finds the total by what a table is, whatever its name, and asks the store for little."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.exceptions import StoreError
from tests.loading import Loader, warnings

DAYS = ("2026-11-01", "2026-11-08")
GROUPS: dict[str, Any] = {
    "metric": "ai_runs", "group_by": ["projectId"], "table": "runs",
    "checks": {**dict.fromkeys(CHECKS, "off"), "groups": "fail"},
}  # fmt: skip


@pytest.fixture
def listed(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed."""
    folders: list[str] = []
    original = loader.store.sizes
    monkeypatch.setattr(loader.store, "sizes", lambda folder: folders.append(folder) or original(folder))
    return folders


def compared_with(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = [record.getMessage() for record in caplog.records]
    return [line.rpartition(" ")[2] for line in said if "can be compared with table" in line]


@pytest.mark.parametrize(
    ("name", "lists"), [("runs_total", 0), (None, 0), ("everything", 1), ("A-total-of-runs", 1)], ids=str
)
def test_the_total_is_found_under_any_name(
    loader: Loader, caplog: pytest.LogCaptureFixture, listed: list[str], name: str | None, lists: int
) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="vega_ai", table="another")
    loader(*DAYS, metric="ai_runs", aggregation_type="month_to_date", table="month_to_date")
    loader(*DAYS, metric="ai_runs", table=name)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == [name or "ai_runs_incremental_daily"]
    assert listed == ["_ldusage"] * lists, "at most one listing a load, and none where the name is usual"


def test_nothing_is_listed_where_the_check_is_off_or_makes_no_sense(loader: Loader, listed: list[str]) -> None:
    loader(*DAYS, **{**GROUPS, "checks": {"groups": "off"}})
    loader(*DAYS, metric="total_mau", group_by=["projectId"])
    loader(*DAYS, metric="ai_runs", table="total")
    assert listed == []


def test_a_store_that_may_not_be_listed_is_no_cause_to_warn(
    loader: Loader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: str) -> dict[str, int]:
        raise StoreError("Cannot list.")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(loader.store, "sizes", refused)
    loader(*DAYS, metric="ai_runs", table="everything")
    loader(*DAYS, **GROUPS)
    assert "looked for under its usual names only: Cannot list" in caplog.text
    assert (compared_with(caplog), warnings(caplog)) == ([], [])
    loader(*DAYS, metric="ai_runs", table="runs_total")
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == ["runs_total"]


def test_a_table_that_cannot_be_read_is_not_the_total(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="ai_runs", table="everything")
    for name, content in {"broken": b"{", "newer": b'{"format": 9}', "not a table!": b""}.items():
        (loader.lake / "_ldusage" / f"{name}.json").write_bytes(content)
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == ["everything"]


def test_the_total_of_another_slice_is_not_compared(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    loader(*DAYS, metric="ai_runs", table="runs_total", filters={"projectKey": ["default"]})
    loader(*DAYS, **GROUPS)
    assert compared_with(caplog) == []
