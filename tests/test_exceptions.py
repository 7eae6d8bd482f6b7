"""The errors of the package: each says what is wrong, then what to do about it, and last what it is about."""

from __future__ import annotations

import ast
import copy
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import airflow_provider_ldusage
from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError

PACKAGE = Path(airflow_provider_ldusage.__file__).parent
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if "testing" not in path.parts]
CLASSES = {
    name: found
    for name, found in vars(exceptions).items()
    if isinstance(found, type) and issubclass(found, LaunchDarklyUsageError)
}
TEXTS = st.text(min_size=1, max_size=100)


@given(TEXTS, TEXTS, TEXTS)
def test_the_remedy_follows_the_problem_and_the_request_is_last(problem: str, remedy: str, about: str) -> None:
    error = LaunchDarklyUsageError(problem, remedy, about=about)
    assert str(error) == f"{problem} {remedy} ({about})"
    assert str(LaunchDarklyUsageError(problem, remedy)) == f"{problem} {remedy}"
    assert str(LaunchDarklyUsageError(problem)) == problem


@pytest.mark.parametrize("name", CLASSES)
def test_an_error_outlives_a_copy_and_another_process(name: str) -> None:
    error = CLASSES[name]("Wrong.", about="GET https://x")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error) and str(other) == str(error) and vars(other) == vars(error)


def test_what_an_answer_of_launchdarkly_said_is_kept() -> None:
    error = exceptions.RateLimitedError("a", "b", about="c", status=429, code="d", waited=1.5, retry_in=2.5)
    assert str(error) == "a b (c)"
    assert (error.status, error.code, error.waited, error.retry_in) == (429, "d", 1.5, 2.5)


def constructions(path: Path) -> Iterator[ast.Call]:
    """The calls of a module that make an error of this package by its name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("exceptions.") in CLASSES:
            yield node


def has_remedy(call: ast.Call) -> bool:
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    usual = CLASSES[ast.unparse(call.func).removeprefix("exceptions.")].usual_remedy
    return bool(usual) or starred or len(call.args) > 1


def test_every_error_is_made_with_a_remedy() -> None:
    found = {path: list(constructions(path)) for path in SOURCES}
    assert sum(map(len, found.values())) > 80
    without = {f"{path.name}:{call.lineno}" for path, calls in found.items() for call in calls if not has_remedy(call)}
    assert without == set()


def test_problems_and_remedies_end_as_sentences_do() -> None:
    """Those that are a text; what is put together is tested where it is raised."""
    for path in SOURCES:
        for call in constructions(path):
            texts = [str(part.value) for part in call.args if isinstance(part, ast.Constant)]
            assert [text for text in texts if not text.endswith(".")] == [], f"{path.name}:{call.lineno}"
