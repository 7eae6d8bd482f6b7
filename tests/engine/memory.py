"""A store in memory, whose operations can be cut off or interrupted by another task, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from airflow_provider_ldusage.lake.store import Item, Result, Versioned


class Killed(BaseException):
    """The process is gone, and with it whatever it would have done."""


class MemoryStore:
    """Objects by name, see :class:`.lake.store.Store`.

    :ivar before: called before each operation, with its number, what it does and the object's name
    """

    root, uri, parallel = "lake", "memory://lake", 1

    def __init__(self, objects: dict[str, bytes], before: Callable[[str, str], None]) -> None:
        self._objects, self._before = objects, before

    def path(self, name: str) -> str:
        return name

    def read(self, name: str) -> bytes | None:
        self._before("read", name)
        return self._objects.get(name)

    def read_end(self, name: str, size: int) -> bytes | None:
        data = self.read(name)
        return data and data[-size:]

    def map_reads(self, read: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        return [read(item) for item in items]

    def put(self, name: str, data: bytes) -> None:
        self._before("write", name)
        self._objects[name] = data

    def create(self, name: str, data: bytes) -> bool:
        self._before("write", name)
        return self._objects.setdefault(name, data) is data

    def remove(self, name: str) -> None:
        self._before("remove", name)
        self._objects.pop(name, None)

    def persist(self, names: Iterable[str]) -> None: ...

    def read_versioned(self, name: str) -> Versioned | None:
        data = self.read(name)
        return None if data is None else Versioned(data)

    def swap(self, name: str, data: bytes, before: Versioned | None) -> bool:
        self._before("write", name)
        if self._objects.get(name) != (before and before.data):
            return False
        self._objects[name] = data
        return True

    def check(self, name: str | None = None, writes: Any = ()) -> bytes | None:
        return self._objects.get(name or "")

    def sizes(self, prefix: str = "") -> dict[str, int]:
        self._before("list", prefix)
        return {name: len(data) for name, data in sorted(self._objects.items()) if name.startswith(f"{prefix}/")}

    def sweep(self) -> None: ...
