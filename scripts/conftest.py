"""What :mod:`scripts.test_matrix` needs of pytest: the versions to test, and the table in the end."""

from __future__ import annotations

import pytest

_TABLE = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--airflow", default="", help="versions of Airflow, each with a .venv-airflow-<version>")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "airflow" in metafunc.fixturenames:
        metafunc.parametrize("airflow", metafunc.config.getoption("airflow").split())


@pytest.fixture
def record(pytestconfig: pytest.Config) -> list[str]:
    """Lines of the table."""
    return pytestconfig.stash[_TABLE]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[_TABLE]:
        terminalreporter.section("versions of Airflow")
        terminalreporter.line(f"{'Airflow':10} {'Python':9} {'requests':10} {'pyarrow':9} result   time")
        for line in lines:
            terminalreporter.line(line)
