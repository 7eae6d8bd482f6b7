"""What a command prints: plain tables for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from airflow_provider_ldusage.days import instant_text
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.log_text import shortened

NARROWEST = 12
"""Characters that a cut column keeps."""
MAX_ERROR_LINE = 118


@dataclass(frozen=True)
class Result:
    """The outcome of a command.

    :param data: for ``--json``; dates and instants may stand in it as they are
    :param text: for people
    :param code: exit code
    """

    data: Any
    text: str
    code: int = 0


def json_text(data: Any) -> str:
    """Return JSON; days as ``2026-11-12``, instants as ``2026-11-12T03:00:00.000Z``."""

    def plain(value: Any) -> Any:
        return instant_text(value) if isinstance(value, datetime) else value.isoformat()

    return json.dumps(data, indent=2, ensure_ascii=False, default=plain)


def table_text(headings: Sequence[str], rows: Iterable[Sequence[Any]], width: int | None = None) -> str:
    """Return an aligned table. Numbers stand right.

    :param width: characters of a line; texts are cut in their middle to fit. None: the terminal's, or no limit if the
        output goes elsewhere
    """
    found = list(rows)
    lines = [[cell_text(cell) for cell in row] for row in found]
    right = [
        any(isinstance(row[at], int) for row in found) and all(isinstance(row[at], int | None) for row in found)
        for at in range(len(headings))
    ]
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    texts = [at for at in range(len(headings)) if any(isinstance(row[at], str) for row in found)]
    widths = _fitting(widths, texts, width or _terminal())
    laid = (
        "  ".join(
            cut.rjust(size) if side else cut.ljust(size)
            for cell, size, side in zip(line, widths, right, strict=True)
            for cut in [shortened(cell, size, end=(size - 3) // 2)]
        ).rstrip()
        for line in [list(headings), *lines]
    )
    return "\n".join(laid)


def pairs_text(pairs: Mapping[str, Any]) -> str:
    """Return names and values, one pair a line. Several lines of a value stand below each other."""
    size = max(map(len, pairs)) + 2
    lines = []
    for name, value in pairs.items():
        first, *others = cell_text(value).splitlines() or [""]
        lines += [f"{name:{size}}{first}".rstrip(), *(" " * size + other for other in others)]
    return "\n".join(lines)


def cell_text(value: Any) -> str:
    """Return a value for people: ``1,234``, ``2026-11-12 03:00``, ``-`` for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)


def size_text(size: int) -> str:
    """Return a number of bytes for people: ``812 B``, ``1.2 MB``."""
    if size < 1000:
        return f"{size} B"
    amount, units = size / 1000, ["kB", "MB", "GB", "TB"]
    while amount >= 999.95 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:,.1f} {units[0]}"


def error_text(error: LaunchDarklyUsageError) -> str:
    """Return an error in one line, or in two: what is wrong, and what to do."""
    text, problem = (" ".join(part.split()) for part in (str(error), error.problem))
    is_one_line = len(text) <= MAX_ERROR_LINE or not error.remedy
    return text if is_one_line else f"{problem}\n{text[len(problem) + 1 :]}"


def _terminal() -> int | None:
    return shutil.get_terminal_size().columns if sys.__stdout__ is not None and sys.__stdout__.isatty() else None


def _fitting(widths: Sequence[int], texts: Sequence[int], limit: int | None) -> list[int]:
    """Narrow the widest columns of texts until a line fits, or they are narrow."""
    found = list(widths)
    while limit is not None and sum(found) + 2 * (len(found) - 1) > limit:
        widest = max(texts, key=lambda at: found[at], default=None)
        if widest is None or found[widest] <= NARROWEST:
            break
        found[widest] -= 1
    return found
