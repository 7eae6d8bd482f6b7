"""A cache whose entries expire, so that many people who look at a page cost one read."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from airflow_provider_ldusage.ui.problems import Problem

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

SECONDS = 60.0
"""For how long it is kept."""
SECONDS_FAILED = 10.0
"""For how long a problem is: a store that does not answer must not be asked by everybody who waits."""


class Found(NamedTuple, Generic[Value]):
    """What was read, or why it could not be.

    :param until: by the clock, when it is to be read again
    """

    value: Value | Problem
    until: float

    def result(self) -> Value:
        """:raises Problem: it could not be read"""
        if isinstance(self.value, Problem):
            raise self.value.with_traceback(None)  # which would grow each time
        return self.value


class ExpiringCache(Generic[Key, Value]):
    """Values by their keys, each for a while.

    Any thread may ask; of several that ask for the same value, one reads it and the others wait.

    :param read: reads a value
    :param clock: seconds
    """

    def __init__(self, read: Callable[[Key], Value], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._found: dict[Key, Found[Value]] = {}
        self._locks: dict[Key, Lock] = {}
        self._lock = Lock()

    def fresh(self, key: Key) -> Found[Value] | None:
        """What is kept of a key, without waiting; None if it is to be read."""
        found = self._found.get(key)
        return found if found and self._clock() < found.until else None

    def get(self, key: Key) -> Value:
        """Return a value that is not too old, and read it if need be.

        :raises Problem: it cannot be read, or could not be a moment ago
        """
        if found := self.fresh(key):
            return found.result()
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            return (self.fresh(key) or self._keep(key)).result()

    def _keep(self, key: Key) -> Found[Value]:
        try:
            found = Found(self._read(key), self._clock() + SECONDS)
        except Problem as problem:
            found = Found[Value](problem, self._clock() + SECONDS_FAILED)
        with self._lock:
            now = self._clock()
            self._found = {other: each for other, each in self._found.items() if now < each.until} | {key: found}
        return found
