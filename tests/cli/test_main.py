"""``ldusage``: its commands, exit codes and errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import __version__
from airflow_provider_ldusage.cli.main import COMMANDS


def test_it_names_its_version_and_its_commands(ldusage: Any) -> None:
    assert ldusage("--version").out == f"ldusage {__version__}\n"
    shown = ldusage("--help")
    assert shown.code == 0
    for name in COMMANDS:
        assert f"  {name} " in shown.out
        assert "--json" in ldusage(name, "--help").out


@pytest.mark.parametrize(
    "arguments",
    [[], ["tabels"], ["tables"], ["ddl", "file:///x"], ["ddl", "file:///x", "--engine", "hive"], ["metrics", "--x"]],
)
def test_wrong_usage_is_said_in_a_line(ldusage: Any, arguments: list[str]) -> None:
    ended = ldusage(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("ldusage") and "--help" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["tables", "--no-rows", "LAKE", "streams"],
        ["tables", "LAKE", "--no-rows", "streams"],
        ["status", "LAKE", "--fail-if-behind", "10", "streams"],
        ["status", "--fail-if-behind", "10", "LAKE", "streams", "--json"],
        ["ddl", "LAKE", "--engine", "duckdb", "streams"],
        ["ddl", "LAKE", "--engine=duckdb", "streams", "--schema", "usage", "evaluations"],
        ["metrics", "--json", "streams"],
    ],
)
def test_names_may_stand_before_and_after_options(ldusage: Any, lake: Any, arguments: list[str]) -> None:
    ended = ldusage(*(lake.destination if word == "LAKE" else word for word in arguments))
    assert (ended.code, ended.err) == (0, "")
    assert "streams" in ended.out and "clientside_mau" not in ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_and_usage_have_one_order(ldusage: Any, name: str) -> None:
    assert ldusage(name, "--help").out.splitlines()[0] == f"usage: ldusage {name} {COMMANDS[name].USAGE} [OPTION ...]"


def test_tables_need_not_be_named(ldusage: Any) -> None:
    assert ldusage("tables").err.startswith("ldusage tables: the following arguments are required: DESTINATION (see")


@pytest.mark.parametrize("command", ["tables", "status", "ddl"])
def test_errors_take_two_lines_at_most(ldusage: Any, command: str, tmp_path: Path) -> None:
    more = ["--engine", "duckdb"] if command == "ddl" else []
    for destination, code in (("/data/lake", 2), ("s3://", 2), (f"{tmp_path.as_uri()}/none", 1)):
        ended = ldusage(command, destination, *more)
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert ended.err.startswith("ldusage: ")
        assert len(ended.err.splitlines()) <= 2
        assert "Traceback" not in ended.err


def test_a_file_in_the_place_of_a_lake_is_an_error(ldusage: Any, tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    ended = ldusage("tables", f"{tmp_path.as_uri()}/lake")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("ldusage: Cannot list the destination: ") and f"({tmp_path.as_uri()}/lake" in ended.err


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "airflow_provider_ldusage", "metrics", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_commands_on_local_lakes_import_no_airflow(lake: Any) -> None:
    code = (
        "import sys\nfrom airflow_provider_ldusage.cli.main import main\n"
        "assert main(sys.argv[1:]) == 0\nassert 'airflow' not in sys.modules\n"
    )
    for arguments in (["metrics"], ["tables", lake.destination], ["status", lake.destination, "--json"], ["examples"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_json_is_all_that_is_printed(ldusage: Any, lake: Any) -> None:
    for arguments in (["metrics"], ["tables", lake.destination], ["ddl", lake.destination, "--engine", "spark"]):
        assert json.loads(ldusage(*arguments, "--json").out)
