"""``ldusage tables``: what is in a lake, compared with its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.example_lake import ExampleLake
from tests.loading import Loader


def files_of(lake: ExampleLake, table: str) -> list[Path]:
    return sorted((lake.folder / table).glob("*/*.parquet"))


def test_each_table_is_a_line_of_100_characters_at_most(ldusage: Any, lake: ExampleLake) -> None:
    shown = ldusage("tables", lake.destination)
    assert shown.code == 0 and shown.err == ""
    assert [line.split()[0] for line in shown.lines[1:]] == sorted(
        path.name for path in lake.folder.iterdir() if path.name != "_ldusage"
    )
    assert max(map(len, shown.lines)) <= 120
    assert shown.row("clientside_mau")[1:6] == ["month_to_date", "18", "18", "2026-10-25", "2026-11-11"]
    assert shown.row("service_connections_projected")[1] == "forecast"
    assert shown.row("ai_runs")[1] == "incremental, hourly"
    assert shown.row("projects")[1:3] == ["list", "3"]


def test_programs_get_what_the_files_have(ldusage: Any, lake: ExampleLake) -> None:
    found = {each["table"]: each for each in ldusage("tables", lake.destination, "--json").data["tables"]}
    for name, each in found.items():
        files = files_of(lake, name)
        days = sorted({path.parent.name.removeprefix("usage_date=") for path in files})
        described = json.loads((lake.folder / "_ldusage" / f"{name}.json").read_text())
        assert each["rows"] == ds.dataset(files).count_rows()
        assert (each["files"], each["bytes"]) == (len(files), sum(path.stat().st_size for path in files))
        assert (each["days"], each["first_day"], each["last_day"]) == (len(days), days[0], days[-1])
        for key in ("metric", "series", "aggregation_type", "granularity", "group_by", "filters", "slice_keys"):
            assert each[key] == described["identity"][key]
        assert each["unit"] == described["meaning"]["unit"]
        assert each["last_load"].startswith("2026-11-12T09:30:0")


def test_days_that_a_slice_lacks_are_gaps(ldusage: Any, lake: ExampleLake) -> None:
    streams = ldusage("tables", lake.destination, "streams", "--json").data["tables"][0]
    assert streams["gaps"] == [["2026-11-02", "2026-11-02"]], "of the server's; the client's ends before"
    assert (streams["slices"], streams["slice_keys"]) == (2, ["source"])
    assert ldusage("tables", lake.destination).row("streams")[6] == "1"


def test_named_tables_are_shown_whole(ldusage: Any, lake: ExampleLake) -> None:
    shown = ldusage("tables", lake.destination, "streams", "service_connections")
    first, second = shown.out.split("\n\n")
    assert first.splitlines()[0].split() == ["table", "service_connections"]
    assert "  project_id string" in first and "may be summed over  time, groups" in first
    assert "2 (by source)" in second and "2026-11-02" in second


def test_rows_need_not_be_counted(ldusage: Any, lake: ExampleLake, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_ldusage.lake.local import LocalStore

    monkeypatch.setattr(LocalStore, "read_end", lambda *_: pytest.fail("a file's end was read"))
    shown = ldusage("tables", lake.destination, "--no-rows", "--json")
    assert {each["rows"] for each in shown.data["tables"]} == {None}
    assert ldusage("tables", lake.destination, "--no-rows").row("projects")[2] == "-"


def test_an_unknown_table_is_wrong_usage(ldusage: Any, lake: ExampleLake) -> None:
    ended = ldusage("tables", lake.destination, "maus")
    assert ended.code == 2
    assert "has no table 'maus'" in ended.err and "clientside_mau," in ended.err


def test_what_cannot_be_read_is_said_and_left_out(
    ldusage: Any, simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load = Loader(simulator, tmp_path)
    load(table="good", metric="ai_runs")
    (tmp_path / "_ldusage" / "bad.json").write_text("{")
    (tmp_path / "good" / "notes.txt").write_text("not one of ours")
    shown = ldusage("tables", tmp_path.as_uri(), "--json")
    assert [each["table"] for each in shown.data["tables"]] == ["good"]
    assert shown.data["tables"][0]["files"] == 4
    assert "The table's description cannot be read" in caplog.text and "/bad.json)" in caplog.text


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[str]:
    yield tmp_path.as_uri()


def test_a_lake_without_tables_is_an_error(ldusage: Any, empty: str) -> None:
    ended = ldusage("tables", empty, "--json")
    assert (ended.code, ended.out) == (1, "")
    said = f"ldusage: There are no tables at {empty}. Nothing was loaded there yet, or the lake is elsewhere."
    assert ended.err.split() == said.split()
