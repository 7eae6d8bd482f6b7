"""A lake on local disk, and commands as a shell runs them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_provider_ldusage.cli import status
from airflow_provider_ldusage.cli.main import main
from airflow_provider_ldusage.testing import Simulator
from tests.example_lake import ExampleLake, example_lake
from tests.lake.conftest import moto, new_s3  # noqa: F401
from tests.loading import NOW


@dataclass(frozen=True)
class Run:
    """What a command has printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    def row(self, name: str) -> list[str]:
        """The cells of the line that begins with a name; blanks within a cell are single."""
        found = next(line for line in self.lines if line.split()[:1] == [name])
        return [cell.strip() for cell in found.split("  ") if cell]


@pytest.fixture
def ldusage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setattr(status, "utc_now", lambda: NOW)

    def run(*arguments: str) -> Run:
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Run(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleLake]:
    with Simulator(now=NOW) as simulator:
        yield example_lake(simulator, tmp_path_factory.mktemp("example") / "lake")
