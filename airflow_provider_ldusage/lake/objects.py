"""Object stores over fsspec, as far as they are alike. What is special about one of them is in a module of its own."""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import LakeError, StoreError, StorePermissionError
from airflow_provider_ldusage.lake.layout import TEMPORARY
from airflow_provider_ldusage.lake.store import Dataset, Item, Result, Versioned
from airflow_provider_ldusage.lake.store_errors import cause_of, in_a_line, is_forbidden, may_pass, store_error
from airflow_provider_ldusage.log_text import shown

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

MAX_PARALLEL = 8
"""Requests at a time to a server of any kind."""
IN_FLIGHT = 32
"""Requests at a time to a store that many clients share, each of which mostly waits."""
PROBE = f"{TEMPORARY}/write-check"
NO_CONDITIONS = (
    "of two tasks that load one table at once, one may overwrite what the other noted. Load a table with one task at a "
    "time."
)
# HTTP statuses of a range outside of the object, or of a store that does not support such ranges.
RANGE_REFUSED = {400, 416, 501}


class ObjectStore:
    """Objects below a prefix of any fsspec filesystem, see :class:`.store.Store`.

    Without conditional writes: :meth:`swap` compares first, and a write between its two requests is lost.

    :param fs: the filesystem
    :param root: ``bucket/prefix``
    :param uri: the destination for people
    """

    most_parallel = MAX_PARALLEL

    def __init__(self, fs: AbstractFileSystem, root: str, uri: str) -> None:
        self.fs = fs
        self.root = root.rstrip("/")
        self.uri = uri.rstrip("/")
        self.parallel = self.most_parallel

    @property
    def has_conditions(self) -> bool:
        """Whether :meth:`swap` notices a write of another task at the same moment, as far as is known."""
        return False

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def dataset(self, name: str) -> Dataset:
        scheme = self.uri.partition("://")[0]
        bucket, _, key = self.path(name).partition("/")
        return Dataset(f"{scheme}://{bucket}", key)

    def console(self, name: str) -> str:
        return ""

    def read(self, name: str) -> bytes | None:
        """Read from a start: without one, s3fs asks for the size first, and lists the folder of a missing object."""
        try:
            data: bytes = self.fs.cat_file(self.path(name), start=0)
        except FileNotFoundError:
            return None
        except Exception as error:
            return self._unreadable(name, error)
        return data

    def read_end(self, name: str, size: int) -> bytes | None:
        """Read the whole object: some filesystems take a negative start for an offset."""
        data = self.read(name)
        return data and data[-size:]

    def map_reads(self, read: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="ldusage-read") as pool:
            return list(pool.map(read, items))

    def sizes(self, prefix: str = "") -> dict[str, int]:
        path = self.path(prefix).rstrip("/")
        try:
            self.fs.invalidate_cache()
            found = self.fs.find(path, detail=True)
        except FileNotFoundError:
            found = {}
        except Exception as error:
            raise self._error("list", prefix, error) from cause_of(error)
        if not found:
            self._check_bucket()
        root = f"{self.root.strip('/')}/"
        names = {path.lstrip("/").removeprefix(root): int(entry["size"] or 0) for path, entry in found.items()}
        return {name: names[name] for name in sorted(names)}

    def put(self, name: str, data: bytes) -> None:
        try:
            self._upload(self.path(name), data)
        except Exception as error:
            raise self._error("write to", name, error) from cause_of(error)

    def create(self, name: str, data: bytes) -> bool:
        try:
            self._upload(self.path(name), data, mode="create")
        except Exception as error:
            stored = self.read(name)
            if stored is None:  # it was not refused because the object exists: the store may have no conditions
                reason = in_a_line(repr(error))
                log.debug("Could not create %s/%s on condition that it is new: %s", self.uri, name, reason)
                self.put(name, data)
            return stored in (None, data)
        return True

    def remove(self, name: str) -> None:
        try:
            self.fs.rm_file(self.path(name))
        except FileNotFoundError:
            return
        except Exception as error:
            raise self._error("remove from", name, error) from cause_of(error)

    def persist(self, names: Iterable[str]) -> None:
        """Objects last as soon as they are stored."""

    def read_versioned(self, name: str) -> Versioned | None:
        try:
            return self._read_versioned(self.path(name))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._error("read", name, error) from cause_of(error)

    def swap(self, name: str, data: bytes, before: Versioned | None) -> bool:
        try:
            return self._swap(self.path(name), data, before)
        except Exception as error:
            raise self._error("write to", name, error) from cause_of(error)

    def check(self, name: str | None = None, writes: Iterable[str] = ()) -> bytes | None:
        if name is None:
            self._check_bucket()
            self.read(PROBE)
            return None
        found = self.read(name)
        if found is None:  # also if the bucket does not exist
            self._check_bucket()
            self._check_write()
        return found

    def sweep(self) -> None:
        """Object stores show no unfinished object."""

    def _read_versioned(self, path: str) -> Versioned:
        """:raises FileNotFoundError: the object does not exist"""
        return Versioned(self.fs.cat_file(path))

    def _swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        if self._stored(path) != before:
            return False
        self._upload(path, data)
        return True

    def _stored(self, path: str) -> Versioned | None:
        try:
            return self._read_versioned(path)
        except FileNotFoundError:
            return None

    def _upload(self, path: str, data: bytes, **options: Any) -> None:
        self.fs.pipe_file(path, data, **options)

    def _await(self, request: Coroutine[Any, Any, Versioned]) -> Versioned:
        """Run a request in the filesystem's own event loop, which all threads share."""
        from fsspec.asyn import sync

        found: Versioned = sync(self.fs.loop, lambda: request)
        return found

    def _unreadable(self, name: str, error: Exception) -> bytes:
        """Return no bytes if that is all the object has.

        :raises StoreError: otherwise, for the error
        """
        if self._is_empty(self.path(name)):
            return b""
        raise self._error("read", name, error) from cause_of(error)

    def _is_empty(self, path: str) -> bool:
        """Object stores refuse to read a range of an object without any bytes (416)."""
        try:
            self.fs.invalidate_cache(path.rpartition("/")[0])
            found = self.fs.info(path)
        except Exception:
            return False
        return bool(found["type"] == "file" and found["size"] == 0)

    def _check_write(self) -> None:
        probe = f"{PROBE}-{uuid.uuid4().hex}"  # other tables may be loaded for the first time at the same moment
        self.swap(probe, b"", None)
        if not self.has_conditions:
            log.warning("The store of %s has no conditional writes: %s", self.uri, NO_CONDITIONS)
        else:
            with contextlib.suppress(StoreError):
                if self.swap(probe, b"", None):
                    log.warning("The store of %s ignores conditions on a write: %s", self.uri, NO_CONDITIONS)
        with contextlib.suppress(Exception):
            self.fs.rm_file(self.path(probe))

    def _check_bucket(self) -> None:
        bucket = self.root.lstrip("/").split("/")[0]
        try:
            if not self.fs.exists(bucket):  # s3fs says so whatever went wrong; info() raises the reason
                self.fs.info(bucket)
        except FileNotFoundError:
            raise LakeError(
                f"There is no bucket or container {shown(bucket)} that the destination's connection may see.",
                "Create it, or correct the destination: its name follows the '@'.",
                about=self.uri,
            ) from None
        except Exception as error:
            if not is_forbidden(error):
                raise self._error("look at", "", error) from cause_of(error)
            log.debug("May not look at bucket %r itself; objects below the destination may still be allowed.", bucket)

    def _error(self, doing: str, name: str, error: Exception) -> StoreError:
        kind = StorePermissionError if is_forbidden(error) and not may_pass(error) else StoreError
        return store_error(doing, f"{self.uri}/{name}", error, self._hint(error), kind=kind)

    def _hint(self, error: Exception) -> str | None:
        """What to do about an error of this kind of store; None if nothing special."""
        return None


class RangedStore(ObjectStore):
    """A store that sends the end of an object alone. If its server refuses, objects are read whole from then on."""

    def __init__(self, fs: AbstractFileSystem, root: str, uri: str) -> None:
        super().__init__(fs, root, uri)
        self._reads_whole = False

    def read_end(self, name: str, size: int) -> bytes | None:
        if self._reads_whole:
            return super().read_end(name, size)
        try:
            data: bytes = self.fs.cat_file(self.path(name), start=-size)
        except FileNotFoundError:
            return None
        except Exception as error:
            if not self._refuses_range(error):
                return self._unreadable(name, error)
            end = super().read_end(name, size)
            if end and not self._reads_whole:
                log.info("This store refuses to send just the end of an object: they are read whole from now on.")
                self._reads_whole = True
            return end
        return data[-size:]  # some servers send the whole object, whatever range was asked for

    def _refuses_range(self, error: Exception) -> bool:
        """Whether the store does not send the end of an object that exists."""
        return getattr(error, "code", None) in RANGE_REFUSED
