"""``python -m airflow_provider_ldusage``"""

from __future__ import annotations

import subprocess
import sys

from airflow_provider_ldusage import __version__


def test_it_is_ldusage() -> None:
    command = [sys.executable, "-m", "airflow_provider_ldusage"]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"ldusage {__version__}\n"
    assert subprocess.run([*command, "nonsense"], capture_output=True).returncode == 2
