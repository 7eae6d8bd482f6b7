"""What LaunchDarkly no longer lists, or did not answer for, is not erased; what it answered is replaced, and named."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pyarrow.dataset as ds
import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.loading import Loader, answer, every_day, warnings

FLAGS = {"metric": "evaluations", "project_key": "default", "environment_key": "production", "table": "t"}
DAYS = ("2026-11-04", "2026-11-08")


@pytest.fixture(autouse=True)
def _settled(simulator: Simulator) -> None:
    simulator.switches = Switches(settle_days=0)


def rows_by(loader: Loader, column: str, table: str = "t") -> Counter[str]:
    found = ds.dataset(loader.lake / table, partitioning="hive").to_table().column(column).to_pylist()
    return Counter(found)


@pytest.mark.parametrize("deleted", [("page-size", "kill-switch"), ("page-size",)])
def test_rows_of_flags_that_are_not_listed_any_more_stay_and_are_named(
    loader: Loader, caplog: pytest.LogCaptureFixture, deleted: tuple[str, ...]
) -> None:
    loader(*DAYS, **FLAGS)
    files, before = loader.everything(), rows_by(loader, "feature_flag_key")
    assert all(before[flag] for flag in deleted)
    for flag in deleted:
        loader.simulator.delete_flag("default", flag)
    report = loader(*DAYS, **FLAGS)
    assert rows_by(loader, "feature_flag_key") == before
    assert loader.everything() == files, "the same rows are the same bytes"
    assert len(report.commit.days("unchanged")) == 5
    assert set(report.commit.spared) == set(deleted)
    (said,) = [message for message in warnings(caplog) if "does not list these any more" in message]
    assert all(f"'{flag}' on 2026-11-04 to 2026-11-08" in said for flag in deleted)


def test_rows_of_a_flag_that_answers_404_stay(loader: Loader) -> None:
    loader(*DAYS, **FLAGS)
    before = rows_by(loader, "feature_flag_key")
    loader.simulator.fail(404, body={"code": "not_found", "message": "gone"}, path="/page-size")
    loader(*DAYS, **FLAGS)
    assert rows_by(loader, "feature_flag_key") == before


def test_a_flag_that_is_deleted_between_two_ranges_keeps_all_it_had(loader: Loader) -> None:
    long = ("2025-09-01", "2026-11-08")  # two ranges
    first = ("2026-11-01", "2026-11-08")
    loader(*first, **FLAGS)
    stored = rows_by(loader, "feature_flag_key")["page-size"]
    seen = []

    def delete() -> None:
        seen.append(len(loader.simulator.requests))
        loader.simulator.delete_flag("default", "page-size")

    loader.simulator.after("/evaluations/default/production/page-size", delete)
    loader(*long, **FLAGS)
    assert seen
    after = ds.dataset(loader.lake / "t", partitioning="hive").to_table().to_pylist()
    recent = [row for row in after if row["feature_flag_key"] == "page-size" and row["usage_date"] >= "2026-11-01"]
    assert len(recent) == stored
    assert any(row["feature_flag_key"] == "page-size" and row["usage_date"] < "2026-01-01" for row in after)


def test_write_says_otherwise(loader: Loader) -> None:
    loader(*DAYS, **FLAGS)
    loader.simulator.delete_flag("default", "page-size")
    report = loader(*DAYS, on_empty="write", **FLAGS)
    assert "page-size" not in rows_by(loader, "feature_flag_key")
    assert len(report.commit.days("restated")) == 5


def test_a_flag_that_answered_with_nothing_is_replaced_and_named(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    loader(*DAYS, **FLAGS)
    loader.simulator.delete_flag("default", "kill-switch")
    loader.answers(answer({}, "value"), "evaluations/default/production/page-size", times=2)
    report = loader(*DAYS, **FLAGS)
    found = rows_by(loader, "feature_flag_key")
    assert "page-size" not in found and found["kill-switch"]
    assert any("page-size" in label for label in report.commit.gone)
    (said,) = [message for message in warnings(caplog) if "not in LaunchDarkly's answer any more" in message]
    assert "feature_flag_key=page-size" in said


def test_a_project_without_any_flag_left_keeps_what_is_stored(loader: Loader) -> None:
    loader(*DAYS, **FLAGS)
    files = loader.everything()
    for flag in set(rows_by(loader, "feature_flag_key")) | {"old-banner", "new-dashboard"}:
        try:
            loader.simulator.delete_flag("default", flag)
        except ValueError:
            continue
    loader.simulator.fail(200, body={"items": [], "_links": {}}, path="/api/v2/flags/default", times=2)
    report = loader(*DAYS, **FLAGS)
    assert loader.everything() == files and len(report.commit.days("unchanged")) == 5


def test_restated_flags_are_replaced_beside_rows_that_stay(loader: Loader) -> None:
    loader.simulator.switches = Switches(settle_days=5)
    loader(*DAYS, **FLAGS)
    loader.simulator.delete_flag("default", "page-size")
    before = ds.dataset(loader.lake / "t", partitioning="hive").to_table().to_pylist()
    loader.simulator.advance(timedelta(days=6))
    report = loader(*DAYS, **FLAGS)
    after = ds.dataset(loader.lake / "t", partitioning="hive").to_table().to_pylist()

    def of(rows: list[dict[str, Any]], flag: bool) -> list[dict[str, Any]]:
        return [row for row in rows if (row["feature_flag_key"] == "page-size") is flag]

    assert of(after, True) == of(before, True)
    assert sum(row["value"] for row in of(after, False)) > sum(row["value"] for row in of(before, False))
    assert report.commit.days("restated")
    again = loader(*DAYS, **FLAGS)
    assert len(again.commit.days("unchanged")) == 5, "what was put together once is recognised"


def test_on_empty_judges_only_what_was_answered(loader: Loader) -> None:
    loader(*DAYS, **FLAGS)
    files = loader.everything()
    loader.simulator.delete_flag("default", "page-size")
    loader.simulator.switches = Switches(settle_days=0, lapsed_plan=frozenset({"evaluations/*"}))
    report = loader(*DAYS, **FLAGS)
    assert loader.everything() == files and len(report.commit.days("kept")) == 5


# --- lists of several answers or pages


def test_a_project_that_is_deleted_meanwhile_does_not_stop_the_others(
    loader: Loader,
) -> None:
    loader("2026-11-12", "2026-11-12", metric="environments", table="t", include_open_day=True)
    before = rows_by(loader, "project_key")
    assert before["mobile-app"]
    loader.simulator.after("/api/v2/projects", lambda: loader.simulator.delete_project("mobile-app"))
    report = loader("2026-11-12", "2026-11-12", metric="environments", table="t", include_open_day=True)
    assert rows_by(loader, "project_key") == before
    assert report.commit.days("unchanged")
    loader.simulator.advance(timedelta(days=1))
    loader("2026-11-13", "2026-11-13", metric="environments", table="t", include_open_day=True)
    next_day = ds.dataset(loader.lake / "t" / "usage_date=2026-11-13").to_table().column("project_key").to_pylist()
    assert "mobile-app" not in next_day and "default" in next_day, "a new day holds what is there then"


def test_a_project_that_is_no_longer_listed_stays_on_the_day_it_was_seen(loader: Loader) -> None:
    loader("2026-11-12", "2026-11-12", metric="projects", table="t", include_open_day=True)
    before = rows_by(loader, "key")
    loader.simulator.delete_project("mobile-app")
    loader("2026-11-12", "2026-11-12", metric="projects", table="t", include_open_day=True)
    assert rows_by(loader, "key") == before


def test_an_item_that_slips_between_two_pages_is_not_taken_for_gone(loader: Loader) -> None:
    def page(projects: list[str], cursor: str | None) -> dict[str, Any]:
        items = [{"rank": n + 1, "projectKey": key, "usage": 10} for n, key in enumerate(projects)]
        return {"items": items, "page": {"nextCursor": cursor} if cursor else {}}

    ranking = {"metric": "data_export_project_ranking", "table": "t"}
    for pages in ((["a", "b"], ["c", "d"]), (["a", "b"], ["d"])):
        loader.answers(page(pages[0], "next"), "data-export-events/projects/ranking")
        loader.answers(page(pages[1], None), "data-export-events/projects/ranking")
        report = loader("2026-11-05", "2026-11-05", **ranking)
    assert set(rows_by(loader, "project_key")) == {"a", "b", "c", "d"}
    assert set(report.commit.spared) == {"c"}
    loader.answers(page(["a", "b", "d"], None), "data-export-events/projects/ranking")
    report = loader("2026-11-05", "2026-11-05", **ranking)
    assert set(rows_by(loader, "project_key")) == {"a", "b", "d"}, "one whole page tells all"
    assert [label[0] for label in report.commit.gone] == ["c"]


# --- one answer


def test_a_series_that_is_not_in_a_later_answer_of_its_day_is_named(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    usage = {"metric": "ai_runs", "group_by": ["projectId"], "table": "t"}
    whole = every_day("2026-11-08", "2026-11-11")
    loader.answers(answer({"a": whole, "b": whole}), "ai-runs")
    loader(**usage)
    loader.answers(answer({"a": whole}), "ai-runs")
    report = loader(**usage)
    assert report.commit.gone == {("b",): tuple(report.window.days())}
    (said,) = [message for message in warnings(caplog) if "not in LaunchDarkly's answer any more" in message]
    assert "{project_id=b} on 2026-11-08 to 2026-11-11" in said
    caplog.clear()
    loader.answers(answer({"a": {day: value + 1 for day, value in whole.items()}}), "ai-runs")
    loader(**usage)
    assert not [message for message in warnings(caplog) if "any more" in message], "other figures are no loss"
