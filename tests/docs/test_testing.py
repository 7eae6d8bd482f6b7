"""testing.md: the simulator, its pytest fixtures, and the doors of the Makefile."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches, fixtures
from airflow_provider_ldusage.testing.simulator import DEFAULT_TOKEN
from tests.docs.pages import (
    PAGES,
    ROOT,
    column,
    python_blocks,
    rows,
    spans,
)


def test_the_switches_and_fixtures_exist_and_have_these_defaults() -> None:
    types = inspect.get_annotations(Switches, eval_str=True)
    for name, values, _ in rows("testing.md", "switch"):
        default = getattr(Switches(), name)
        readings = [str(reading) for reading in get_args(types[name]) if isinstance(reading, str)]
        assert values == (", ".join(readings) or repr(default)), name
    assert set(column("testing.md", "fixture")) == {name for name in vars(fixtures) if name.startswith("launchdarkly_")}
    names = {name for cell in column("testing.md", "name") for name in cell.split(", ")}
    assert names <= {name for name in vars(Simulator) if not name.startswith("_")}


def test_the_doors_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    assert {cell.removeprefix("make ") for cell in column("testing.md", "door")} <= targets
    assert {span.split()[1] for span in spans() if re.match(r"make [a-z]", span)} <= targets


def test_the_simulators_connection_is_as_printed() -> None:
    connection = {"conn_type": "launchdarkly", "host": "http://127.0.0.1:8765", "password": DEFAULT_TOKEN}
    for command in (
        "export AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT=",
        "airflow connections add launchdarkly_default --conn-json ",
    ):
        assert f"{command}'{json.dumps(connection)}'\n" in PAGES["testing.md"]


@pytest.mark.parametrize("block", python_blocks("with Simulator"))
def test_the_simulators_example_runs(block: str) -> None:
    names: dict[str, Any] = {}
    exec(block, names)
    expected = Switches(settle_days=0, retention_days=30, not_in_plan=frozenset({"vega-ai"}))
    assert names["launchdarkly"].switches == expected


@pytest.mark.airflow
def test_the_pytest_example_passes(tmp_path: Path) -> None:
    (dag,) = (block.values[0] for block in python_blocks(r'with DAG\("launchdarkly_usage"'))
    (conftest,) = (block.values[0] for block in python_blocks("pytest_plugins"))
    (tests,) = (block.values[0] for block in python_blocks("def test_"))
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "launchdarkly_usage.py").write_text(dag)
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_dag.py").write_text(tests)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True, text=True, cwd=tmp_path, env={**clean, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"{tests.count('def test_')} passed" in done.stdout
