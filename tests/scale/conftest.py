"""An Airflow with two Celery workers, and the DAGs that it runs: for ``make test-scale`` alone."""

from __future__ import annotations

import os

import pytest

if "LDUSAGE_SCALE" not in os.environ:
    collect_ignore_glob = ["test_*.py"]

REPORT = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the cluster did, also where all went well."""
    for line in terminalreporter.config.stash.get(REPORT, []):
        terminalreporter.write_line(line)
