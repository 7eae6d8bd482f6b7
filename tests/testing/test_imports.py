"""The simulator knows nothing of the code under test, and its folders import in one direction."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import airflow_provider_ldusage.testing

TESTING = "airflow_provider_ldusage.testing"
ROOT = Path(airflow_provider_ldusage.testing.__file__).parent
MODULES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))
BELOW = {
    "account": {"account"},
    "api": {"account", "api", "switches"},
    "server": {"account", "api", "server", "switches"},
}


def imported(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("module", MODULES)
def test_it_imports_the_standard_library_and_itself(module: str) -> None:
    allowed = {"pytest"} if module == "fixtures.py" else set()
    for name in imported(module):
        assert name.startswith(TESTING + ".") or name.partition(".")[0] in sys.stdlib_module_names | allowed


@pytest.mark.parametrize("module", [one for one in MODULES if "/" in one])
def test_folders_import_only_from_those_below(module: str) -> None:
    parts = {name.split(".")[2] for name in imported(module) if name.startswith(TESTING + ".")}
    assert parts <= BELOW[module.partition("/")[0]]


def test_switches_import_nothing_of_the_simulator() -> None:
    assert not [name for name in imported("switches.py") if name.startswith(TESTING)]
