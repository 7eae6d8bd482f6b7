"""Which rows of a stored day an answer speaks of.

A day's file may be made of several answers or pages: one for each flag, or the pages of a list. What is not in them
need not be gone: a flag that is not listed any more was not asked about, and an item may slip from a page that is still
to come to one that was read. Such rows stay as they are stored.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rows whose ``column`` has one of ``values``: these the answer tells of; of others it says nothing."""

    column: str
    values: frozenset[str]
