"""A tag is released only if version, changelog and links fit it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "release_notes.py"
CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-12-01

### Added

- Something [new](docs/new.md).

## [1.1.0]

- Older.

[1.1.0]: https://example.org
"""
GOOD = {"tag": "v1.2.0", "version": "1.2.0", "notes": "-", "source": "https://github.com/a/b", "repository": "a/b"}


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("release_notes", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("version", "notes"),
    [
        ("1.2.0", "### Added\n\n- Something [new](docs/new.md)."),
        ("1.1.0", "- Older."),
        ("Unreleased", ""),
        ("1x2.0", ""),
        ("1.2", ""),
    ],
)
def test_a_section_is_that_versions_and_no_more(script: Any, version: str, notes: str) -> None:
    assert script.section(CHANGELOG, version) == notes


def test_a_tag_that_fits_is_released(script: Any) -> None:
    assert script.problems(**GOOD) == []
    assert script.problems(**{**GOOD, "repository": ""}) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tag": "1.2.0"}, "'v1.2.0'"),
        ({"tag": "v1.3.0"}, "'v1.2.0'"),
        ({"notes": ""}, "## [1.2.0]"),
        ({"repository": "fork/b"}, "https://github.com/fork/b"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(script: Any, wrong: dict[str, str], said: str) -> None:
    (problem,) = script.problems(**{**GOOD, **wrong})
    assert said in problem


def test_the_version_and_the_address_are_those_of_the_package(script: Any) -> None:
    import airflow_provider_ldusage

    assert script.version() == airflow_provider_ldusage.__version__
    assert script.source().startswith("https://github.com/")


def test_the_command_refuses_a_wrong_tag() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "v0.0.0"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "'v0.0.0'" in done.stderr
