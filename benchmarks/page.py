"""The page that keeps what was measured, a block for what is measured together."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.bench import ROOT

PAGE = ROOT / "docs" / "performance.md"
SHORT = PAGE.relative_to(ROOT)


def write(block: str, lines: Iterable[str]) -> None:
    PAGE.write_text(replaced(PAGE.read_text(), block, lines))


def replaced(page: str, block: str, lines: Iterable[str]) -> str:
    """A page with other lines between the marks of a block.

    :raises ValueError: the page does not have each mark once
    """
    begin, end = f"<!-- begin: make bench, {block} -->", f"<!-- end: make bench, {block} -->"
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return "\n".join([f"{before}{begin}", "", *lines, ""]).rstrip("\n") + f"\n\n{end}{after}"
