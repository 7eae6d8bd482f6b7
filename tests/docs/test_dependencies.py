"""dependencies.md: what is installed, and what Airflow brings of it."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re

import pytest

from tests.docs.pages import (
    PAGES,
    ROOT,
    column,
    rows,
)


def test_the_dependencies_are_those_of_the_package() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    name = re.compile(r"[A-Za-z0-9-]+")
    runtime = [name.match(text)[0] for text in project["project"]["dependencies"]]
    tables = re.findall(r"\| package .*?\n\n", PAGES["dependencies.md"], re.S)
    documented = [re.findall(r"^\| `(\S+)` \|", table, re.M) for table in tables]
    assert sorted(documented[0]) == sorted(runtime)
    assert sorted(documented[1]) == sorted(name.match(text)[0] for text in project["dependency-groups"]["dev"])
    assert column("dependencies.md", "extra") == list(project["project"]["optional-dependencies"])
    assert project["project"]["readme"] == "README.md"


@pytest.mark.airflow
def test_what_airflow_brings_is_as_told() -> None:
    brought: set[str] = set()
    waiting = ["apache-airflow"]
    while waiting:
        package = waiting.pop()
        if package in brought:
            continue
        brought.add(package)
        try:
            wanted = importlib.metadata.requires(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += [re.match(r"[\w.-]+", text)[0].lower() for text in wanted if "extra ==" not in text]  # type: ignore[index]
    for package, told, _ in rows("dependencies.md", "package")[:8]:
        assert told == ("yes" if package in brought else "no"), package
