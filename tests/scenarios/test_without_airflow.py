"""The library below the operators knows nothing of Airflow: it imports, and passes its tests, where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

AIRFLOWS = {"hooks", "operators", "sensors"}

FORBID = """
import sys

class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] == 'airflow':
            raise ImportError(f'{name} is imported where there is no Airflow')

sys.meta_path.insert(0, Forbid())
"""


def test_every_pure_module_imports_without_airflow(repository: Path) -> None:
    package = repository / "airflow_provider_ldusage"
    files = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in AIRFLOWS]
    modules = [".".join(path.relative_to(repository).with_suffix("").parts).removesuffix(".__init__") for path in files]
    assert len(modules) > 45
    code = FORBID + f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repository)


def test_its_tests_pass_where_airflow_cannot_be_imported(repository: Path) -> None:
    names = ["metrics", "query", "windows", "series", "lists", "rows", "plan", "load"]
    tests = [*(f"test_{name}.py" for name in names), "lake/test_layout.py", "lake/test_commit.py", "api/test_config.py"]
    chosen = [str(repository / "tests" / name) for name in tests]
    assert [path for path in chosen if not Path(path).exists()] == []
    code = FORBID + f"import pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', *{chosen!r}]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
