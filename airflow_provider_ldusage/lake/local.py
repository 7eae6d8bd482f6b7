"""A destination on local disk, or on a mount that looks like one. :mod:`.disk` has the operations on single files."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake import disk, disk_errors, mount
from airflow_provider_ldusage.lake.layout import TEMPORARY
from airflow_provider_ldusage.lake.store import Dataset, Item, Result, Versioned
from airflow_provider_ldusage.lake.store_errors import cause_of, failed, store_error

log = logging.getLogger(__name__)

MAX_PARALLEL = 3
"""Files at a time: encoding needs the processor, and the system has locks of its own."""


class LocalStore:
    """Files below a folder, see :class:`.store.Store`.

    :param root: the folder's absolute path; it need not exist
    :param uri: the destination for people
    """

    def __init__(self, root: str, uri: str) -> None:
        self.root = root.rstrip("/")
        self.uri = uri.rstrip("/")
        self.parallel = MAX_PARALLEL
        self._asides = Path(self.path(TEMPORARY))

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def dataset(self, name: str) -> Dataset:
        return Dataset("file", self.path(name))

    def console(self, name: str) -> str:
        return ""

    def read(self, name: str) -> bytes | None:
        return self._read(name, 0)

    def read_end(self, name: str, size: int) -> bytes | None:
        return self._read(name, -size)

    def map_reads(self, read: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """One after the other: a thread costs more than it saves."""
        return [read(item) for item in items]

    def sizes(self, prefix: str = "") -> dict[str, int]:
        try:
            found = disk.sizes(Path(self.path(prefix)))
        except OSError as error:
            raise self._error("list", prefix, error) from cause_of(error)
        return {path.removeprefix(f"{self.root}/"): size for path, size in sorted(found.items())}

    def put(self, name: str, data: bytes) -> None:
        with self._reporting("write to", name):
            disk.replace(Path(self.path(name)), data, self._asides)

    def create(self, name: str, data: bytes) -> bool:
        with self._reporting("write to", name):
            return disk.create(Path(self.path(name)), data, self._asides)

    def remove(self, name: str) -> None:
        with self._reporting("remove from", name):
            Path(self.path(name)).unlink(missing_ok=True)

    def persist(self, names: Iterable[str]) -> None:
        """Sync the folders of files, each once. The files themselves are synced before they get their names."""
        with self._reporting("write to", ""):
            disk.sync([Path(self.path(name)) for name in names])

    def read_versioned(self, name: str) -> Versioned | None:
        data = self._read(name, 0)
        return None if data is None else Versioned(data)

    def swap(self, name: str, data: bytes, before: Versioned | None) -> bool:
        """Compare and replace the file under a lock, see :func:`.disk.swap`."""
        with self._reporting("write to", name):
            return disk.swap(Path(self.path(name)), data, before and before.data, self._asides)

    def check(self, name: str | None = None, writes: Iterable[str] = ()) -> bytes | None:
        self._check_folder()
        if name is None:
            return None
        self._check_mount(name, writes)
        return self._read(name, 0)

    def sweep(self) -> None:
        disk.sweep(self._asides)

    def _read(self, name: str, start: int) -> bytes | None:
        try:
            return disk.read(Path(self.path(name)), start)
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._error("read", name, error) from cause_of(error)

    def _check_folder(self) -> None:
        root = Path(self.root)
        if why := disk_errors.unusable(root):
            raise StoreError(*why, about=self.uri)
        if not root.exists():
            log.warning(
                "The folder %s is not there yet and is made now. Workers without a disk in common each get a lake "
                "of their own like this: give a destination that all of them share.", root,
            )  # fmt: skip

    def _check_mount(self, name: str, writes: Iterable[str]) -> None:
        is_first = not os.path.lexists(self.path(name))
        try:
            lacks = mount.lacks(Path(self.root), self._asides, Path(name).stem, [name, *writes] if is_first else writes)
        except LakeError as error:
            problem = f"Cannot write to the destination: {error.problem}"
            raise type(error)(problem, error.remedy, about=self.uri) from error.__cause__
        if lacks:
            log.log(
                logging.WARNING if is_first else logging.DEBUG,
                "The mount of %s lacks what a load can do without. %s", self.uri, " ".join(lacks),
            )  # fmt: skip

    @contextmanager
    def _reporting(self, doing: str, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise self._error(doing, name, error) from cause_of(error)

    def _error(self, doing: str, name: str, error: Exception) -> StoreError:
        where = f"{self.uri}/{name}"
        if not isinstance(error, OSError) or not error.errno:
            return store_error(doing, where, error)
        said, remedy = disk_errors.described(error, Path(self.path(name)), Path(self.root))
        return failed(doing, where, said, remedy)
