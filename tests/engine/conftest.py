"""A lake for the tasks of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of a lake that nothing was loaded into yet."""
    return tmp_path / "lake"
