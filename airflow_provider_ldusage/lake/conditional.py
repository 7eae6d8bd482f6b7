"""One small object that several tasks read, change and write at once: each write replaces exactly what was read.

How a store is told so differs, so there is a class for each kind. None of them lists anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from airflow_provider_ldusage.lake import disk

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


class Versioned(NamedTuple):
    """An object as it was read.

    ``data``: its content
    ``version``: the store's name for this very content (S3 and Azure: ETag; Google: generation); empty where the store
    has none, and the content itself is compared
    """

    data: bytes
    version: str = ""


class Swapping(Protocol):
    """Reads and conditional writes of objects by their paths."""

    def read(self, path: str) -> Versioned:
        """:raises FileNotFoundError: there is no such object"""

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        """Store ``data`` if the object is still ``before`` (None: not there); whether it was stored."""


class OnDisk:
    """Under a lock, see :func:`.disk.swap`.

    :param asides: folder for files on their way, in the same file system
    """

    def __init__(self, asides: Path) -> None:
        self.asides = asides

    def read(self, path: str) -> Versioned:
        return Versioned(disk.read(Path(path), 0))

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        return disk.swap(Path(path), data, before and before.data, self.asides)


class Compared:
    """Stores without conditions: read, compare, write. A write in between is lost."""

    def __init__(self, fs: AbstractFileSystem) -> None:
        self.fs = fs

    def read(self, path: str) -> Versioned:
        return Versioned(self.fs.cat_file(path))

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        try:
            stored = self.read(path).data
        except FileNotFoundError:
            stored = None
        if stored != (before and before.data):
            return False
        self.fs.pipe_file(path, data)
        return True
