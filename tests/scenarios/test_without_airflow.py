"""The library below the operators knows nothing of Airflow: it imports, and passes its tests, where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

AIRFLOWS = {"hooks", "operators", "sensors", "ui", "links.py"}
SOME = [
    "test_metrics.py", "test_query.py", "test_windows.py", "engine/test_plan.py", "engine/test_load.py",
    "answers/test_lists.py", "answers/test_series.py", "api/test_config.py",
    "lake/test_commit.py", "lake/test_layout.py", "rows",
]  # fmt: skip


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=repository, capture_output=True, text=True, check=False)


def test_every_pure_module_imports_without_airflow(repository: Path) -> None:
    package = repository / "airflow_provider_ldusage"
    files = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in AIRFLOWS]
    modules = [".".join(path.relative_to(repository).with_suffix("").parts).removesuffix(".__init__") for path in files]
    assert len(modules) > 45
    done = run(
        repository, "-c", f"import tests.fast, importlib\nfor name in {modules!r}: importlib.import_module(name)"
    )
    assert done.returncode == 0, done.stderr


def test_its_tests_pass_where_airflow_cannot_be_imported(repository: Path) -> None:
    """Some of those that ``make test-fast`` runs."""
    tests = [str(repository / "tests" / name) for name in SOME]
    assert [path for path in tests if not Path(path).exists()] == []
    done = run(repository, "-m", "pytest", "-q", "-p", "tests.fast", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def test_a_fast_test_that_imports_airflow_fails(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it() -> None:\n    import airflow.sdk\n")
    plugins = ("-p", "tests.fast", "-p", "no:cacheprovider")
    done = run(repository, "-m", "pytest", "-q", *plugins, f"--rootdir={tmp_path}", str(tmp_path))
    assert done.returncode == 1
    assert "is imported where there is no Airflow" in done.stdout
