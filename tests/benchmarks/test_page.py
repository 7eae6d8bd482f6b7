"""What ``--write`` changes on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from benchmarks.__main__ import BLOCKS, parts
from benchmarks.page import PAGE, replaced


def test_a_block_is_written_and_the_rest_is_left() -> None:
    page = "Before.\n\n<!-- begin: make bench, load -->\n\nold\n\n<!-- end: make bench, load -->\n\nAfter.\n"
    new = replaced(page, "load", ["new", ""])
    assert new == page.replace("old", "new")
    assert replaced(new, "load", ["new", ""]) == new


def test_the_page_has_every_block() -> None:
    for block in BLOCKS:
        assert "### Targets" in replaced(PAGE.read_text(), block, ["### Targets"])


def test_every_part_is_in_one_block() -> None:
    assert sorted(parts([], [])) == sorted(name for names in BLOCKS.values() for name in names)


def test_commands_on_the_page_name_parts_and_blocks_that_there_are(repository: Path) -> None:
    page = (repository / "docs" / "performance.md").read_text()
    for block in BLOCKS:
        assert f"--only {block}" in page
