"""The layers of the package: who may import whom. docs/architecture.md draws them.

Every import counts, also those within functions and those for type checkers: whoever reads a module has to know what
they name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "airflow_provider_ldusage"
ROOT = Path(__file__).parent.parent / PACKAGE

# From the ground up: a layer may import those above it in this list, and itself.
LAYERS: dict[str, set[str]] = {
    "pure": {
        "exceptions", "metrics", "days", "windows", "chunks", "query", "query_rules", "visible", "log_text",
        "near_misses", "collector",
    },
    "api": {"api"},
    "rows": {"rows"},
    "answers": {"answers"},
    "lake": {"lake"},
    "checks": {"checks"},
    "engine": {"engine", "freshness"},
    "insight": {"insight"},
    "ddl": {"ddl"},
    "airflow": {
        "hooks", "operators", "sensors", "ui", "compat", "assets", "lineage", "links", "get_provider_info",
    },
    "cli": {"cli", "__main__"},
}  # fmt: skip
LAYER_OF = {room: layer for layer, rooms in LAYERS.items() for room in rooms}
ORDER = list(LAYERS)


def module_name(path: Path) -> str:
    """``lake.store`` for ``lake/store.py``; a package is named after its folder, the whole one ``""``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """The full names of what a module imports anywhere in it: modules, and names within modules."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(name: str) -> str | None:
    """The module of ours that an imported name is, or is in."""
    if name != PACKAGE and not name.startswith(f"{PACKAGE}."):
        return None
    inner = name[len(PACKAGE) + 1 :]
    return inner if inner in MODULES else inner.rpartition(".")[0]


GRAPH = {name: {found for each in imports(path) if (found := own(each)) is not None} for name, path in MODULES.items()}


def layer(module: str) -> str | None:
    """None: the package itself, which every module may import, or the simulator."""
    return LAYER_OF.get(module.split(".")[0])


def test_every_module_has_a_layer() -> None:
    rooms = {name.split(".")[0] for name in MODULES} - {"", "testing"}
    assert rooms <= LAYER_OF.keys()


def reachable(module: str) -> set[str]:
    """Every module that is imported along with one."""
    found: set[str] = set()
    waiting = set(GRAPH[module])
    while waiting:
        found.add(each := waiting.pop())
        waiting |= GRAPH[each] - found
    return found


def test_imports_form_no_circle() -> None:
    assert {module for module in GRAPH if module in reachable(module)} == set()


def test_no_import_runs_up_the_layers() -> None:
    up = {
        (name, other)
        for name, others in GRAPH.items()
        for other in others
        if (mine := layer(name)) and (theirs := layer(other)) and ORDER.index(theirs) > ORDER.index(mine)
    }
    assert up == set()


def test_the_simulator_uses_pure_modules_and_nobody_uses_it() -> None:
    simulator = {name for name in MODULES if name.split(".")[0] == "testing"}
    used = {other for name in simulator for other in GRAPH[name]} - simulator - {""}
    assert {layer(other) for other in used} <= {"pure"}, used
    assert {name for name in GRAPH.keys() - simulator if GRAPH[name] & simulator} == set()


def test_only_the_airflow_layer_imports_airflow() -> None:
    found = {name for name, path in MODULES.items() if any(each.split(".")[0] == "airflow" for each in imports(path))}
    assert {layer(name) for name in found} == {"airflow"}, found


def test_the_package_itself_imports_nothing() -> None:
    assert list(imports(ROOT / "__init__.py")) in ([], ["__future__.annotations"])


def test_an_import_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import one\n"
        "def function():\n    from two import name\n"
        "class Class:\n    import three.four\n"
    )
    (tmp_path / "module.py").write_text(source)
    assert set(imports(tmp_path / "module.py")) == {"typing.TYPE_CHECKING", "one", "two.name", "three.four"}
    assert own(f"{PACKAGE}.lake.layout.table_file") == own(f"{PACKAGE}.lake.layout") == "lake.layout"
    assert own("airflow.sdk") is own("airflow_provider_ldusage_of_others") is None
