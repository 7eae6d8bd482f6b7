"""Python's garbage collector during a load.

The collector walks young objects often and all objects now and then. In an Airflow task these are half a million, which
takes as long as a small load. A load makes few objects that refer to each other in circles, so walking all of them can
wait.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

RARE = 1_000
"""Collections of the second generation between two of all objects, where Python's default is 10. A load of a year makes
about five, so all objects are walked only where something in the process makes millions. That bounds the memory of
other threads, too, during a load that waits for an hour."""


class _Loads:
    """The loads that are under way in this process, and what they are to restore."""

    def __init__(self) -> None:
        # Reentrant, as a collection may close a generator that is within a load, in the thread that begins or ends one.
        self._lock = RLock()
        self._under_way = 0
        self._before: int | None = None  # the threshold that was raised; None if it was high enough

    def begin(self) -> None:
        with self._lock:
            if not self._under_way:
                first, second, third = gc.get_threshold()
                self._before = third if third < RARE else None
                if third < RARE:
                    gc.set_threshold(first, second, RARE)
            self._under_way += 1

    def end(self) -> None:
        with self._lock:
            self._under_way -= 1
            first, second, third = gc.get_threshold()
            if self._under_way or self._before is None or third != RARE:  # another: changed by somebody meanwhile
                return
            gc.set_threshold(first, second, self._before)


_LOADS = _Loads()


@contextmanager
def rare_full_collections() -> Iterator[None]:
    """Let the collector rarely walk all objects of the process until the end of the block.

    Young objects are collected as before, and nothing is if the process has turned collection off. Blocks may be
    nested, and may overlap in several threads: the last one to end restores what the first one found, unless that was
    changed in the meantime. A function can be decorated with it.
    """
    _LOADS.begin()
    try:
        yield
    finally:
        _LOADS.end()
