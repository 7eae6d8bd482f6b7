"""Texts for people, in logs and errors: counts, and lists cut to a length."""

from __future__ import annotations

from collections.abc import Sequence

MAX_RANGES = 5
"""Ranges of days that a line names; it counts the others."""
MAX_WARNING = 300
"""Characters of a warning."""
MAX_TABLE_NAME = 60
MAX_PROBLEM = 150
"""Characters of what is wrong, where it may be long: what to do about it should begin in the first two lines."""
MAX_SHOWN = 80
"""Characters of a value that a message quotes."""


def counted(count: int, what: str) -> str:
    """``1 day``, ``1,234 days``"""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def cut(text: str, limit: int) -> str:
    """A text of at most so many characters: a long one without its end."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def cut_about(said: str, limit: int, about: str) -> tuple[str, str]:
    """A text cut to a length, and what it is about, with the whole text behind it where it was cut."""
    return cut(said, limit), about if len(said) <= limit else f"{about}: {said}"


def shown(value: object, limit: int = MAX_SHOWN) -> str:
    """A value for a message, as Python writes it; a long one without its middle."""
    return shortened(repr(value), limit)


def shortened(text: str, limit: int, end: int | None = None) -> str:
    """A text of at most so many characters: a long one without its middle.

    :param end: how many of them are of its end; None: a third
    """
    if len(text) <= limit:
        return text
    end = limit // 3 if end is None else end
    return f"{text[: limit - end - 3]}...{text[len(text) - end :]}"


def fitted(head: str, texts: Sequence[str] = (), count: int = 0, *, spare: int = 0) -> str:
    """A warning of at most :data:`MAX_WARNING` characters: as many of the texts as fit, and how many more there are.

    :param count: how many texts there are in all
    :param spare: characters to leave free
    """
    line, limit = head, MAX_WARNING - len("Check ") - spare
    for number, text in enumerate(texts):
        more = f"; and {count - number - 1:,} more" if count > number + 1 else ""
        if number and len(line) + len(f"; {text}{more}") > limit:
            return f"{line}; and {count - number:,} more"
        room = limit - len(line) - len(more)
        line += f"; {text}" if number else text if len(text) <= room else f"{text[: max(room - 3, 0)]}..."
    more = f"; and {count - len(texts):,} more" if texts and count > len(texts) else ""
    return line + more if len(line + more) <= limit else f"{line[: limit - 3]}..."


def table_named(name: str) -> str:
    """A table's name for a warning: a long one without its middle."""
    return shortened(name, MAX_TABLE_NAME, end=17)
