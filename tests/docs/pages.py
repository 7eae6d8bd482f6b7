"""Reading a page: its blocks of code, its tables, and the names in it."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.get_provider_info import get_provider_info

ROOT = Path(__file__).parents[2]
PAGES = {page.name: page.read_text() for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
LAKE = "/data/launchdarkly"  # where the examples say that the lake is


def example_tables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each table of the example DAGs, and the arguments of one load of it, as the file lists them. It is not imported,
    since it needs Airflow."""
    lists = ("BY_APPLICATION", "A_REQUEST_A_DAY", "TABLES", "SIDES", "MAPPED")
    found: dict[str, Any] = {}
    for node in ast.parse((ROOT / "dags_examples" / "ldusage.py").read_text()).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and target.id in lists:
            assert node.value
            found[target.id] = eval(compile(ast.Expression(node.value), "ldusage.py", "eval"), dict(found))
    for tables in found["TABLES"].values():
        yield from ((table, {"metric": table, **arguments}) for table, arguments in tables.items())
    for mapped in found["MAPPED"].values():
        yield from ((table, {"metric": table, **each}) for table, values in mapped.items() for each in values)
    yield "evaluations", {"metric": "evaluations", "project_key": "default", "environment_key": "production"}


def blocks(language: str) -> list[Any]:
    fenced = re.compile(rf"```{language}\n(.*?)```", re.S)
    found = [(name, block) for name, text in PAGES.items() for block in fenced.findall(text)]
    return [pytest.param(block, id=f"{name}-{number}") for number, (name, block) in enumerate(found)]


def python_blocks(pattern: str, but: str = "$^") -> list[Any]:
    texts = [(block, block.values[0]) for block in blocks("python")]
    return [block for block, text in texts if re.search(pattern, text) and not re.search(but, text)]


def prose(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.S)


def anchors(text: str) -> set[str]:
    """What links to the headings of a page may say after ``#``."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def spans() -> set[str]:
    """Everything in single backticks."""
    return {span for text in PAGES.values() for span in re.findall(r"`([^`\n]+)`", prose(text))}


def rows(page: str, first: str) -> list[list[str]]:
    """The body of the table whose first column has this heading, cell by cell, without backticks."""
    table = re.search(rf"^\| `?{re.escape(first)}`? \|.*\n\|[-:| ]+\|\n((?:\|.*\n)+)", PAGES[page], re.M)
    assert table, f"{page} has no table of {first}"
    lines = [line.strip("|").split(" | ") for line in table[1].splitlines()]
    return [[cell.strip().replace("`", "") for cell in line] for line in lines]


def column(page: str, first: str, number: int = 0) -> list[str]:
    return [row[number] for row in rows(page, first)]


def json_example(page: str, key: str) -> dict[str, Any]:
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGES[page], re.S)]
    return next(example for example in found if key in example)


def keys(value: Any, name: str = "") -> set[str]:
    if isinstance(value, dict) and name not in ("filters", "schema"):
        return {f"{name}.{key}" for key in value} | set().union(*(keys(v, f"{name}.{k}") for k, v in value.items()))
    return set()


def ours(kind: str) -> dict[str, Any]:
    """Classes of ours in the modules that the provider announces as its operators, sensors or hooks."""
    modules = [name for entry in get_provider_info().get(kind, ()) for name in entry["python-modules"]]
    found = {name: each for module in modules for name, each in vars(importlib.import_module(module)).items()}
    return {name: each for name, each in found.items() if re.match("LaunchDarkly", name) and not name.endswith("Error")}


def operators() -> dict[str, Any]:
    return ours("operators")


def arguments() -> set[str]:
    """What the operators and sensors take, Airflow's own arguments among it."""
    classes = {base for each in {**operators(), **ours("sensors")}.values() for base in each.__mro__[:-1]}
    return {name for each in classes for name in inspect.signature(each.__init__).parameters}
