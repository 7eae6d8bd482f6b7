"""troubleshooting.md: every message that it explains is one of the package's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import airflow_provider_ldusage
from tests.docs.pages import PAGES, ROOT

PACKAGE = Path(airflow_provider_ldusage.__file__).parent
PAGE = PAGES["troubleshooting.md"]
TEXTS = {
    str(node.value)
    for path in sorted(PACKAGE.rglob("*.py"))
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}


def messages() -> list[str]:
    """What stands in backticks in the first column of the tables of messages."""
    tables = re.findall(r"^\| (?:message|symptom) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.M)
    cells = [line.strip("|").split(" | ")[0] for table in tables for line in table.splitlines()]
    return [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if span != "skipped"]


def is_said(words: list[str], pieces: int) -> bool:
    """Whether words are in one text of the package, or in a few that a message is put together of."""
    if any(" ".join(words) in text for text in TEXTS):
        return True
    return pieces > 1 and any(
        is_said(words[:place], 1) and is_said(words[place:], pieces - 1) for place in range(1, len(words))
    )


def test_the_page_has_messages_of_each_room() -> None:
    assert len(messages()) > 35


@pytest.mark.parametrize("message", messages())
def test_a_message_is_said_like_this(message: str) -> None:
    for part in message.split("..."):
        assert is_said(part.strip(" .:?()").replace(". ", " ").split(), 3), f"{part!r} is in no message"


def test_the_pictures_are_there_in_light_and_dark() -> None:
    shown = re.findall(r' (?:src|srcset)="([^"]+)"', PAGE)
    assert len(shown) == 6 and [name for name in shown if not (ROOT / "docs" / name).is_file()] == []
    assert {name.replace("-dark.", "-light.") for name in shown} == {name for name in shown if "-light." in name}
