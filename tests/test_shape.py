"""The shape of the package and of its tests: small modules, short functions, and a test module for each module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "airflow_provider_ldusage"
TESTS = ROOT / "tests"
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_TEST_NAME = 70

LONG_MODULES = {"metrics.py"}  # the catalogue is data

# Modules without a test module of their own, each with the reason.
TESTED_ELSEWHERE: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}


def functions(path: Path) -> Iterator[tuple[str, Function]]:
    """Every function of a module with the names of what it lies in; methods and inner functions too."""

    def below(node: ast.AST, within: str) -> Iterator[tuple[str, Function]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function | ast.ClassDef):
                name = f"{within}.{child.name}".strip(".")
                if isinstance(child, Function):
                    yield name, child
                yield from below(child, name)
            else:
                yield from below(child, within)

    return below(ast.parse(path.read_text()), "")


def lines(node: ast.AST) -> int:
    return (getattr(node, "end_lineno", 0) or 0) - getattr(node, "lineno", 0) + 1


def only_assigns(function: Function) -> bool:
    """Whether a constructor does nothing but keep its arguments, as Airflow wants it of an operator's."""
    if function.name != "__init__":
        return False
    first, *others = function.body
    body = others if ast.get_docstring(function) is not None else [first, *others]
    return all(isinstance(each, ast.Assign | ast.AnnAssign) or _calls_super(each) for each in body)


def _calls_super(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("super().__init__(")


def test_modules_are_small() -> None:
    long = {name for name, path in sources(PACKAGE).items() if len(path.read_text().splitlines()) > MAX_MODULE_LINES}
    assert long == LONG_MODULES


def test_test_modules_are_small() -> None:
    long = {name for name, path in sources(TESTS).items() if len(path.read_text().splitlines()) > MAX_MODULE_LINES}
    assert long == set()


def test_functions_are_short() -> None:
    long = {
        f"{name}: {function}"
        for name, path in sources(PACKAGE).items()
        for function, node in functions(path)
        if lines(node) > MAX_FUNCTION_LINES and not only_assigns(node)
    }
    assert long == set()


def test_each_module_has_its_test_module() -> None:
    """``lake/store.py`` is tested by ``tests/lake/test_store.py``, or by several that begin so."""
    untested = set()
    for name, path in sources(PACKAGE).items():
        folder = TESTS / path.relative_to(PACKAGE).parent
        here = {test.stem for test in folder.glob("test_*.py")}
        if path.name != "__init__.py" and not any(f"{test}_".startswith(f"test_{path.stem}_") for test in here):
            untested.add(name)
    assert untested == TESTED_ELSEWHERE.keys()


def test_names_of_tests_are_short() -> None:
    long = {
        f"{name}: {function}"
        for name, path in sources(TESTS).items()
        for function, _ in functions(path)
        if function.split(".")[-1].startswith("test_") and len(function.split(".")[-1]) > MAX_TEST_NAME
    }
    assert long == set()


def test_a_name_says_once_which_test_it_is() -> None:
    """A second test of the same name in a module would hide the first."""
    for name, path in sources(TESTS).items():
        found = [function for function, _ in functions(path) if function.startswith("test_")]
        assert len(found) == len(set(found)), name
