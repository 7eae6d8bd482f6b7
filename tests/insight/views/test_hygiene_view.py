"""The view of hygiene."""

from __future__ import annotations

from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.insight import report_table
from airflow_provider_ldusage.insight.hygiene.outdated_sdks import SDKS_TABLE
from airflow_provider_ldusage.insight.hygiene.stale_flags import FLAGS_TABLE
from airflow_provider_ldusage.insight.views.hygiene_view import hygiene_view
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stores import open_store
from tests.insight.views.tables import day, write
from tests.loading import NOW


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(report_table, "utc_now", lambda: NOW)
    return open_store(LocalFileSystem(), str(tmp_path / "lake"), (tmp_path / "lake").as_uri())


def test_sdks_past_their_end_of_life_come_first(store: Store) -> None:
    sdks = write(
        store, SDKS_TABLE, "project_key sdk_name sdk_version status outdated",
        {
            day(1): [("a", "Old", "0", "EolPast", True)],
            day(2): [
                ("a", "Go", "1", "EolNear", True), ("a", "Java", "9", "EolAllClear", False),
                ("b", "Node", "3", "EolPast", True),
            ],
        },
    )  # fmt: skip
    found = hygiene_view(sdks, None, 30)
    assert [row["sdk_name"] for row in found["sdks"]] == ["Node", "Go"]
    assert found["sdks"][0]["application_id"] is None, "a column that the table does not have"
    assert (found["through"], found["flags"], found["stale_after"]) == (day(2), None, 30)


def test_the_flag_that_is_stale_for_longest_comes_first(store: Store) -> None:
    flags = write(
        store, FLAGS_TABLE, "project_key environment_key feature_flag_key last_evaluated_on days_without stale",
        {
            day(2): [
                ("a", "e", "f", day(1), 31, True), ("a", "e", "g", None, 90, True), ("a", "d", "h", day(1), 31, True),
                ("a", "e", "in use", day(2), 0, False),
            ]
        },
    )  # fmt: skip
    found = hygiene_view(None, flags, 30)
    assert [row["feature_flag_key"] for row in found["flags"]] == ["g", "h", "f"]
    assert found["sdks"] is None


def test_a_day_without_any_is_good_news(store: Store) -> None:
    flags = write(store, FLAGS_TABLE, "project_key days_without stale", {day(2): [("a", 0, False)]})
    assert hygiene_view(None, flags, 30)["flags"] == []


def test_without_either_table_the_view_says_so() -> None:
    found = hygiene_view(None, None, 30)
    assert (found["through"], found["sdks"], found["flags"]) == (None, None, None)
