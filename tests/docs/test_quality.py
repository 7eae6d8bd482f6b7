"""docs/quality.md and the operators describe each check and each level."""

from __future__ import annotations

import re

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.checks.levels import LEVELS
from tests.docs.pages import PAGES, ROOT, column


def test_the_page_has_a_row_for_each_check_and_level() -> None:
    assert column("quality.md", "check") == [*CHECKS]
    assert column("quality.md", "level") == [*LEVELS]


def test_the_page_says_of_each_check_when_a_finding_is_no_error() -> None:
    section = PAGES["quality.md"].partition("### When a finding is not an error")[2].partition("\n#")[0]
    assert re.findall(r"^- `(\w+)`: ", section, re.M) == [*CHECKS]


@pytest.mark.parametrize("file", ["docs/operators.md", "airflow_provider_ldusage/operators/usage.py"])
def test_the_argument_checks_names_each_check(file: str) -> None:
    text = (ROOT / file).read_text()
    (about,) = re.findall(r"^\| `checks` \|.*$|^    :param checks: (?:.|\n)*?(?=\n    :param)", text, re.M)
    assert [name for name in CHECKS if not re.search(rf"`{name}`", about)] == []


@pytest.mark.parametrize("file", ["README.md", "docs/architecture.md"])
def test_pages_that_name_the_checks_name_each(file: str) -> None:
    named = {name for name in CHECKS if re.search(rf"\b{name}\b", (ROOT / file).read_text())}
    assert named == set(CHECKS)
