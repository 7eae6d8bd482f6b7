"""What a load says: one line for each stage, a table at the end, and nothing that should not be in a log."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.testing import Switches
from tests.loading import Loader, answer, every_day

pytestmark = pytest.mark.usefixtures("one_day_of_evidence")

MINUTES = {"metric": "service_connections", "group_by": ["projectId", "sdkName"], "table": "t"}
QUIET = dict.fromkeys(CHECKS, "off")


@pytest.fixture(autouse=True)
def _everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="airflow_provider_ldusage")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record for record in caplog.records if record.name.startswith("airflow_provider_ldusage")]
    caplog.clear()
    said = [record.getMessage() for record in found]
    return [message for message in said if not message.startswith("The folder ")]  # each test makes its lake anew


def table(said: list[str]) -> dict[str, tuple[int, str]]:
    """The table that a load ends with: by the name of a line, its figure and its note."""
    (text,) = [message for message in said if message.startswith("Loaded ")]
    found = [re.fullmatch(r"  (\w[\w ]*?) +([\d,]+)(?:  (.*))?", line) for line in text.splitlines()[1:]]
    assert all(found), text
    return {line[1]: (int(line[2].replace(",", "")), line[3] or "") for line in found if line}


def test_each_stage_is_one_line_in_the_order_of_the_work(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    report = loader(**MINUTES, checks=QUIET)
    asking, answered, compared, stored, forecast, stored_forecast, ended = lines(caplog)
    assert asking == (
        "Asking for service_connections (incremental, daily, by projectId, sdkName): 2026-11-08 to 2026-11-12 "
        f"(exclusive), chosen by the days given, 1 request planned, into {loader.lake.as_uri()}/t"
    )
    series = len({tuple(sorted(row.items())) for row in _labels(loader)})
    assert re.fullmatch(rf"Answered: {report.rows} points of {series} series, [\d,]+ bytes in \d+\.\d s", answered)
    assert compared == "Compared with t as stored: 0 days unchanged, 4 new, 0 restated, 0 kept as stored"
    assert re.fullmatch(r"Stored 4 files, [\d,]+ bytes, in \d+\.\d s", stored)
    assert "t_projected" in forecast and stored_forecast.startswith("Stored the forecast of 2026-11-12")
    assert ended.startswith("Loaded t, 2026-11-08 to 2026-11-12 (exclusive), final through 2026-11-11:\n")


def _labels(loader: Loader) -> list[dict[str, Any]]:
    import pyarrow.dataset as ds

    return ds.dataset(loader.lake / "t").to_table().drop(["time", "value"]).to_pylist()


def test_the_table_counts_what_was_done(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.simulator.switches = Switches(projected_series="absent")
    loader.simulator.fail(status=503, headers={"Retry-After": "0"}, path="service-connections")
    report = loader(**MINUTES, checks=QUIET)
    files = {name: len(data) for name, data in loader.everything().items() if name.startswith("t/")}
    found = table(lines(caplog))
    assert found["days written"] == (4, "2026-11-08 to 2026-11-11")
    assert found["rows"] == (report.rows, "")
    assert found["requests"][0] == report.requests == len(loader.simulator.requests) == 3
    assert re.fullmatch(r"1 of them retries, \d+\.\d s waited", found["requests"][1])
    assert found["files stored"] == (4, f"{sum(files.values()):,} bytes")
    assert found["bytes received"][0] > 100


def test_days_are_told_apart_and_named_as_ranges(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader("2026-11-05", "2026-11-10", **MINUTES)
    lines(caplog)
    loader.simulator.advance(timedelta(hours=30))
    report = loader("2026-11-05", "2026-11-11", **MINUTES)
    found = table(lines(caplog))
    for kind, days in report.commit.lists().items():
        assert found[f"days {kind}"][0] == len(days)
    assert found["days restated"][1].endswith("to 2026-11-10") and found["days restated"][0] > 0
    assert found["days unchanged"][1].startswith("2026-11-05")
    assert found["days written"] == (1, "2026-11-11")
    assert sum(found[f"days {kind}"][0] for kind in report.commit.lists()) == 7


def test_what_is_compared_is_told_before_it_is_stored(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader("2026-11-05", "2026-11-10", **MINUTES)
    loader.simulator.advance(timedelta(hours=30))
    lines(caplog)
    done = loader("2026-11-05", "2026-11-11", **MINUTES).commit
    (compared, *_) = [line for line in lines(caplog) if line.startswith("Compared with t ")]
    assert compared == (
        f"Compared with t as stored: {len(done.days('unchanged'))} days unchanged, 1 new, "
        f"{len(done.days('restated'))} restated, 0 kept as stored"
    )


def test_days_that_are_kept_and_days_without_usage_are_in_the_table(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    loader(**MINUTES)
    lines(caplog)
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"service-connections"}))
    loader("2026-11-07", "2026-11-11", **MINUTES)
    found = table(lines(caplog))
    assert found["days kept"] == (4, "2026-11-08 to 2026-11-11")
    assert found["days empty"] == (1, "2026-11-07")
    assert found["rows"] == (0, "")


def test_a_load_that_changes_nothing_stores_nothing(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader(**MINUTES)
    lines(caplog)
    loader(**MINUTES)
    found = table(lines(caplog))
    assert found["files stored"] == (0, "0 bytes")
    assert found["days unchanged"] == (4, "2026-11-08 to 2026-11-11")


def test_columns_are_aligned(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader("2026-03-01", "2026-06-30", **MINUTES)
    (text,) = [line for line in lines(caplog) if line.startswith("Loaded ")]
    ends = {len(re.match(r"  [a-z ]+[\d,]+", line)[0]) for line in text.splitlines()[1:]}  # type: ignore[index]
    assert len(ends) == 1


def test_many_ranges_of_days_do_not_fill_the_log(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    every_other = {day: 1.0 for day in every_day("2026-10-01", "2026-10-28") if int(day[-1]) % 2}
    loader.answers(answer({"p": every_other}), "ai-runs")
    loader("2026-10-01", "2026-10-28", metric="ai_runs", group_by=["projectId"], checks=QUIET)
    kind, note = table(lines(caplog))["days written"]
    assert kind == len(every_other) and note.count("2026-") <= 10 and note.endswith("ranges more")


@pytest.mark.parametrize(
    ("arguments", "planned", "answered"),
    [
        ({"metric": "mau_sdks"}, "4 requests planned", r"Answered: \d+ items, "),
        ({"metric": "sdk_versions_details"}, "1 request planned", r"Answered: \d+ items, "),
        ({"metric": "projects"}, "as many requests as there are pages", r"Answered: \d+ items, "),
        ({"metric": "events", "event_type": "received"}, "1 request planned", "points of 1 series"),
        (
            {"metric": "evaluations", "project_key": "default", "environment_key": "production"},
            "1 request planned for each flag of the project",
            "series",
        ),
        (
            {"metric": "evaluations", "project_key": "default", "environment_key": "production",
             "feature_flag_key": ["page-size", "kill-switch"]},
            "2 requests planned",
            "series",
        ),
    ],
)  # fmt: skip
def test_the_plan_is_told_before_the_first_usage_request(
    loader: Loader, caplog: pytest.LogCaptureFixture, arguments: dict[str, Any], planned: str, answered: str
) -> None:
    loader(**arguments, checks=QUIET)
    first, second, *_ = lines(caplog)
    assert first.startswith(f"Asking for {arguments['metric']}") and f", {planned}, into " in first
    assert re.search(answered, second)


def test_the_requests_planned_are_those_that_are_made(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader("2024-06-01", "2026-06-30", metric="ai_runs", checks=QUIET)
    made = [request for request in loader.simulator.requests if "/usage/" in request.path]
    assert f", {len(made)} requests planned, " in lines(caplog)[0]


def test_a_load_that_is_skipped_says_why_and_nothing_else(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader("2026-11-12", "2026-11-12", **MINUTES)
    window = "2026-11-12 to 2026-11-13 (exclusive)"
    assert lines(caplog) == [
        f"Skipped t, {window}, chosen by the days given: No day of {window} is over yet (2026-11-12 is today, UTC)."
    ]


def test_days_that_are_not_counted_through_are_told(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.simulator.switches = Switches(data_through_lag_hours=200)
    loader(metric="data_export_events", table="t")
    said = lines(caplog)
    assert [line for line in said if line.startswith("Stored no day of t: LaunchDarkly has counted usage through ")]
    assert table(said)["files stored"] == (0, "0 bytes")


def test_neither_the_token_nor_an_authorization_is_in_the_log(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        loader(**MINUTES)
        loader(metric="environments", table="u")
    assert loader.simulator.token not in caplog.text
    assert "SECRET" not in caplog.text and "uthorization" not in caplog.text
