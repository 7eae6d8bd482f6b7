"""``pytest -p tests.fast``: the tests below the Airflow layer that take no more than moments.

Airflow cannot be imported while they run, so that none of them needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parent
ROOMS = {"answers", "api", "checks", "cli", "ddl", "engine", "insight", "lake", "rows"}  # and the modules beside these
PATIENT = {"answers/test_series_properties.py", "lake/test_crash.py", "lake/test_swap.py"}  # ten seconds each


class NoAirflow(MetaPathFinder):
    """Refuses to find Airflow."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".")[0] == "airflow":
            raise ImportError(f"{fullname} is imported where there is no Airflow")
        return None


assert "airflow" not in sys.modules, "Airflow is imported already"
sys.meta_path.insert(0, NoAirflow())


def needs_airflow(path: Path) -> bool:
    return path.suffix == ".py" and "pytest.mark.airflow" in path.read_text()


def on_a_server(item: pytest.Item) -> bool:
    """Whether a test needs a server of S3, which takes as long to start as hundreds of tests."""
    return isinstance(item, pytest.Function) and hasattr(item, "callspec") and "s3" in item.callspec.id.split("-")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    if not collection_path.is_relative_to(TESTS) or collection_path == TESTS:
        return None
    inside = collection_path.relative_to(TESTS).parts
    elsewhere = len(inside) > 1 or collection_path.is_dir()
    if (elsewhere and inside[0] not in ROOMS) or "/".join(inside) in PATIENT or needs_airflow(collection_path):
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = [item for item in items if item.get_closest_marker("slow") or on_a_server(item)]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]
