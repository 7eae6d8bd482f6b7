"""``ldusage status``: what the state objects say."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.cli import status
from airflow_provider_ldusage.cli.status import slice_text
from airflow_provider_ldusage.insight.report import ReportOptions, report
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.testing import Simulator
from tests.example_lake import ExampleLake
from tests.loading import Loader


def test_each_slice_is_a_line_of_120_characters_at_most(ldusage: Any, lake: ExampleLake) -> None:
    shown = ldusage("status", lake.destination)
    assert shown.code == 0 and shown.err == ""
    assert max(map(len, shown.lines)) <= 120
    assert shown.row("clientside_mau") == [
        "clientside_mau", "-", "2026-11-11", "0", "2026-10-31", "11", "2026-11-12 09:30", "-",
    ]  # fmt: skip
    assert shown.row("streams")[:4] == ["streams", "client", "2026-11-01", "10"]
    server = next(line for line in shown.lines if "  server  " in line)
    assert server.endswith("gap 2026-11-02")
    assert shown.row("evaluations")[1] == "default/production"


def test_programs_get_the_ranges_of_each_status(ldusage: Any, lake: ExampleLake) -> None:
    found = ldusage("status", lake.destination, "streams", "clientside_mau", "--json").data["tables"]
    assert [(each["table"], each["slice"]) for each in found] == [
        ("clientside_mau", {}), ("streams", {"source": "client"}), ("streams", {"source": "server"}),
    ]  # fmt: skip
    assert found[0]["open"] == [["2026-11-01", "2026-11-11"]]
    assert found[2]["gaps"] == [["2026-11-02", "2026-11-02"]]
    assert found[0]["last_asked"].startswith("2026-11-12T09:30:0")
    assert {"left", "refused", "given_up", "behind", "forecast_asked", "scheduled_from"} <= found[0].keys()


@pytest.mark.parametrize("command", [["status"], ["tables"], ["tables", "clientside_mau"]])
def test_fingerprints_of_connections_are_not_shown(ldusage: Any, lake: ExampleLake, command: list[str]) -> None:
    states = (Path(lake.destination.removeprefix("file://")) / "_ldusage" / "state").rglob("*.json")
    known = [each for state in states for each in json.loads(state.read_text())["connections"]]
    assert len(known) > 3
    for more in ([], ["--json"]):
        shown = ldusage(command[0], lake.destination, *command[1:], *more)
        assert shown.code == 0
        assert not [each for each in known if each in shown.out]


def test_a_load_of_the_past_leaves_when_the_newest_day_was_asked_for(
    ldusage: Any, simulator: Simulator, tmp_path: Path
) -> None:
    lake = Loader(simulator, tmp_path)
    lake(table="t", metric="ai_runs")
    simulator.advance(timedelta(days=1))
    lake("2026-03-01", "2026-03-31", table="t", metric="ai_runs")
    (found,) = ldusage("status", f"file://{tmp_path}", "--json").data["tables"]
    assert found["last_asked"].startswith("2026-11-12T09:30:0")
    (table,) = ldusage("tables", f"file://{tmp_path}", "--json").data["tables"]
    assert table["last_load"].startswith("2026-11-13T09:30:0")


def test_no_day_file_is_looked_at(ldusage: Any, lake: ExampleLake, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_ldusage.lake.local import LocalStore

    listed, sizes = [], LocalStore.sizes
    monkeypatch.setattr(LocalStore, "sizes", lambda self, prefix="": listed.append(prefix) or sizes(self, prefix))
    monkeypatch.setattr(LocalStore, "read_end", lambda *_: pytest.fail("a day file was read"))
    assert ldusage("status", lake.destination).code == 0
    assert listed == ["_ldusage"]


def test_days_that_are_left_refused_or_given_up_are_named(ldusage: Any, simulator: Simulator, tmp_path: Path) -> None:
    Loader(simulator, tmp_path)(table="t", metric="ai_runs")
    (path,) = (tmp_path / "_ldusage" / "state" / "t").glob("*.json")
    content = json.loads(path.read_text())
    day = {"asked_at": None}
    content["days"] = [
        {"first": "2026-10-01", "last": "2026-10-04", "status": "given_up", **day},
        {"first": "2026-10-05", "last": "2026-10-05", "status": "refused", **day},
        {"first": "2026-10-07", "last": "2026-10-07", "status": "left", "asked_at": "2026-10-08T00:00:00.000Z"},
    ]
    path.write_text(json.dumps(content))
    shown = ldusage("status", tmp_path.as_uri())
    assert shown.row("t")[-1] == (
        "left 2026-10-07; refused 2026-10-05; given up 2026-10-01 to 2026-10-04; gap 2026-10-06"
    )
    assert shown.row("t")[2] == "-", "nothing is stored"


def test_it_fails_if_a_table_is_behind_on_request(ldusage: Any, lake: ExampleLake) -> None:
    assert ldusage("status", lake.destination).code == 0
    assert ldusage("status", lake.destination, "--fail-if-behind", "10").code == 0
    behind = ldusage("status", lake.destination, "--fail-if-behind", "9", "--json")
    assert behind.code == 1, "the client's streams"
    assert max(each["behind"] for each in behind.data["tables"]) == 10
    assert ldusage("status", lake.destination, "clientside_mau", "--fail-if-behind", "0").code == 0
    assert ldusage("status", lake.destination, "--fail-if-behind", "-1").code == 2


def test_restatements_are_never_behind(ldusage: Any, simulator: Simulator, tmp_path: Path) -> None:
    loader = Loader(simulator, tmp_path)
    loader("2026-11-08", "2026-11-10", table="mau", metric="clientside_mau")
    simulator.advance(timedelta(days=1))
    loader("2026-11-08", "2026-11-12", table="mau", metric="clientside_mau", restated_by=Announcer("d", "t", "r"))
    report(loader.store, ReportOptions(), now=simulator.now)
    simulator.advance(timedelta(days=20))
    shown = ldusage("status", tmp_path.as_uri(), "usage_restatements", "--fail-if-behind", "0")
    assert (shown.code, shown.row("usage_restatements")[2]) == (0, "2026-11-13")


def test_it_fails_if_days_were_never_asked_for_on_request(ldusage: Any, lake: ExampleLake) -> None:
    assert ldusage("status", lake.destination, "--fail-if-gaps").code == 1, "the server's streams"
    assert ldusage("status", lake.destination, "--fail-if-gaps", "clientside_mau").code == 0


def test_lists_without_history_have_no_gaps_to_fail_for(ldusage: Any, simulator: Simulator, tmp_path: Path) -> None:
    lake = Loader(simulator, tmp_path)
    lake("2026-11-12", "2026-11-12", table="t", metric="projects")
    simulator.advance(timedelta(days=3))
    lake("2026-11-15", "2026-11-15", table="t", metric="projects")
    shown = ldusage("status", tmp_path.as_uri(), "--fail-if-gaps")
    assert (shown.code, shown.row("t")[-1]) == (0, "gap 2026-11-13 to 2026-11-14")


def test_all_missing_days_are_named_off_a_terminal(ldusage: Any, simulator: Simulator, tmp_path: Path) -> None:
    lake = Loader(simulator, tmp_path)
    for day in ("2026-10-01", "2026-10-03", "2026-10-07", "2026-10-09"):
        lake(day, day, table="t", metric="ai_runs")
    shown = ldusage("status", tmp_path.as_uri())
    assert shown.row("t")[-1] == "gap 2026-10-02, 2026-10-04 to 2026-10-06, 2026-10-08"


def test_a_table_without_state_is_shown_and_behind(ldusage: Any, simulator: Simulator, tmp_path: Path) -> None:
    Loader(simulator, tmp_path)(table="t", metric="ai_runs")
    for path in (tmp_path / "_ldusage" / "state" / "t").glob("*.json"):
        path.unlink()
    assert ldusage("status", tmp_path.as_uri()).row("t")[2:4] == ["-", "-"]
    assert ldusage("status", tmp_path.as_uri(), "--fail-if-behind", "99").code == 1


def test_yesterday_is_by_utc(ldusage: Any, lake: ExampleLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "utc_now", lambda: datetime(2026, 11, 14, 0, 0, tzinfo=timezone.utc))
    assert ldusage("status", lake.destination).row("clientside_mau")[3] == "2"


@pytest.mark.parametrize(
    ("metric", "values", "text"),
    [
        ("streams", {"source": "client"}, "client"),
        ("evaluations", {"environment_key": "e", "project_key": "p", "feature_flag_key": "f"}, "p/e/f"),
        ("ai_runs", {"filter_project_key": "p"}, "filter_project_key=p"),
        ("events", {"event_type": "received", "filter_x": "y"}, "received filter_x=y"),
        ("of a later version", {"a": "b"}, "a=b"),
        ("ai_runs", {}, ""),
    ],
)
def test_a_slice_is_named_shortly(metric: str, values: dict[str, str], text: str) -> None:
    assert slice_text(metric, values) == text
