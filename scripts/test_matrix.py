"""``make test-matrix``: for each version of Airflow, what touches it, in an environment of its own.

The tests run in another pytest, whose output is shown as it comes. Each version is one test of this one, which says in
the end how long each took.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What touches Airflow, then what a schedule loads; in the end a scheduler of its own, which loads every metric.
TESTS = (
    "tests/operators", "tests/hooks", "tests/sensors", "tests/test_assets.py", "tests/test_compat.py",
    "tests/test_get_provider_info.py", "tests/test_links.py", "tests/ui",
    "tests/scenarios/test_example_dags.py", "tests/scenarios/test_task.py", "tests/docs/test_operators.py",
    "tests/docs/test_testing.py", "tests/test_windows.py", "tests/test_windows_properties.py",
    "tests/system/servers/test_daily_example.py", "tests/system/servers/test_deferral.py",
    "tests/system/servers/test_run_starts.py", "tests/system/servers/test_announcements.py",
)  # fmt: skip
VERSIONS = (
    "import importlib.metadata as m, platform; print(*map(m.version, "
    "('apache-airflow', 'requests', 'pyarrow')), platform.python_version())"
)


@pytest.mark.timeout(2400)
def test_an_airflow(airflow: str, record: list[str]) -> None:
    python = str(ROOT / f".venv-airflow-{airflow}" / "bin" / "python")
    found = subprocess.run([python, "-c", VERSIONS], check=True, capture_output=True, text=True).stdout.split()
    print(f"\n=== Airflow {found[0]}, Python {found[3]}", flush=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    began = time.monotonic()
    code = subprocess.run([python, "-m", "pytest", "-q", "-n", "2", *TESTS], cwd=ROOT, env=clean).returncode
    seconds = time.monotonic() - began
    result = "passed" if code == 0 else "failed"
    versions = f"{found[0]:10} {found[3]:9} {found[1]:10} {found[2]:9}"
    record.append(f"{versions} {result:8} {seconds // 60:.0f} min {seconds % 60:02.0f} s")
    assert code == 0, f"Airflow {airflow}: see above"
