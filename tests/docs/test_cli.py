"""cli.md: the output of each command as it is, the keys of its JSON, and the queries on its views."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.cli import status
from airflow_provider_ldusage.cli.main import COMMANDS, main
from airflow_provider_ldusage.testing import Simulator
from tests.docs.pages import LAKE, NOW, PAGES, blocks, column, python_blocks
from tests.example_lake import ExampleLake, example_lake

pytestmark = pytest.mark.airflow
DESTINATION = f"file://{LAKE}"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleLake]:
    with Simulator(now=NOW) as simulator:
        yield example_lake(simulator, tmp_path_factory.mktemp("docs") / "lake")


@pytest.fixture
def run(lake: ExampleLake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Run a command of the page, where its lake is the example; return what it prints with the page's names."""
    monkeypatch.setattr(status, "utc_now", lambda: NOW)
    with Simulator() as account:
        account.fail(status=403, path="/usage/observability", times=99)
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(account.connection()))

        def printed(command: str) -> str:
            name, *arguments = shlex.split(command.replace(DESTINATION, lake.destination))
            assert name == "ldusage"
            assert main(arguments) == 0
            out = capsys.readouterr().out.replace(lake.destination, DESTINATION).replace(str(lake.folder), LAKE)
            return re.sub(r"\b127\.0\.0\.1(:\d+)?", "app.launchdarkly.com", out)

        yield printed


def console() -> list[Any]:
    """Commands with what they print, from all pages; a line ``...`` stands for some lines."""
    return [
        pytest.param(*block.values[0].removeprefix("$ ").split("\n", 1), id=block.id)
        for block in blocks("console")
        if block.values[0].startswith("$ ldusage ")
    ]


@pytest.mark.parametrize(("command", "shown"), console())
def test_each_command_prints_what_the_page_shows(run: Any, command: str, shown: str) -> None:
    pattern = re.escape(comparable(shown)).replace(re.escape("\n...\n"), "\n(?:.*\n)+")
    assert re.fullmatch(pattern, found := comparable(run(command))), found


def comparable(text: str) -> str:
    """Without the sizes of files, which depend on the version of pyarrow, and the blanks that follow from them."""
    return re.sub(r" {2,}", "  ", re.sub(r"\b\d+(\.\d)? k?B\b", "SIZE", text))


def test_each_command_is_shown() -> None:
    shown = {block.values[0].split()[1] for block in console()}
    assert shown == {block.values[0].split()[1] for block in console() if block.id.startswith("cli.md")}
    assert shown == COMMANDS.keys()
    assert column("cli.md", "command") == [f"ldusage {name} {each.USAGE}" for name, each in COMMANDS.items()]


@pytest.mark.parametrize(
    ("heading", "command", "within"),
    [
        ("of `tables`", f"tables {DESTINATION}", None),
        ("of each table", f"tables {DESTINATION}", "tables"),
        ("of each slice in `status`", f"status {DESTINATION}", "tables"),
        ("of `check`", "check", None),
        ("of `ddl`", f"ddl {DESTINATION} --engine duckdb", None),
        ("of `examples`", "examples", None),
        ("of each metric in `metrics`", "metrics", "metrics"),
    ],
)
def test_the_keys_of_the_json_are_as_told(run: Any, heading: str, command: str, within: str | None) -> None:
    data = json.loads(run(f"ldusage {command} --json"))
    for each in data[within] if within else [data]:
        assert list(each) == column("cli.md", heading)


def test_keys_within_keys_are_as_told(run: Any) -> None:
    for command, key in (("check", "endpoints"), (f"ddl {DESTINATION} --engine duckdb", "statements")):
        (told,) = re.findall(rf"^\| `{key}` \| (.*) \|$", PAGES["cli.md"], re.M)
        for each in json.loads(run(f"ldusage {command} --json"))[key]:
            assert all(f"`{name}`" in told for name in each)


def test_the_script_runs_in_duckdb_as_told(
    run: Any, lake: ExampleLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    monkeypatch.chdir(tmp_path)
    script = run(f"ldusage ddl {DESTINATION} --engine duckdb").replace(LAKE, str(lake.folder))
    (tmp_path / "lake.sql").write_text(script)
    (block,) = python_blocks("lake.sql")
    exec(block.values[0], {})
    assert "service_connections" in script and "2026-10-01" in capsys.readouterr().out


@pytest.mark.parametrize("query", [block for block in blocks("sql") if str(block.id).startswith("cli.md")])
def test_each_query_on_the_views_answers(run: Any, query: str, lake: ExampleLake) -> None:
    duckdb = pytest.importorskip("duckdb")
    script = run(f"ldusage ddl {DESTINATION} --engine duckdb").replace(LAKE, str(lake.folder))
    with duckdb.connect() as connection:
        connection.execute(script)
        assert connection.execute(query).fetchall()
