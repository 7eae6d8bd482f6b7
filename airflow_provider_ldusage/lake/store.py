"""A destination as a few whole-object operations over fsspec: read, read the end, when modified, put.

Every file appears whole or not at all: an object store shows an object once its PUT is complete; on local disk
a file is written aside, synced and renamed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api.errors import LakeError
from airflow_provider_ldusage.lake.layout import TEMPORARY

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

STALE_SECONDS = 86_400  # a file on its way for a day belongs to a task that died


class Store:
    """Objects below one root.

    :param fs: an fsspec filesystem (``ObjectStoragePath.fs``)
    :param root: the destination's path within it (``ObjectStoragePath.path``: ``bucket/prefix``, or an absolute path)
    :param uri: the destination for people: no connection id, no credentials
    """

    def __init__(self, fs: AbstractFileSystem, root: str, uri: str) -> None:
        from fsspec.implementations.local import LocalFileSystem

        self.fs = fs
        self.root = root.rstrip("/")
        self.uri = uri.rstrip("/")
        self.is_local = isinstance(fs, LocalFileSystem)

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """The object's content, or None where there is no such object."""
        return self._read(name, None)

    def read_end(self, name: str, size: int) -> bytes | None:
        """The last ``size`` bytes (fewer if the object is smaller), or None where there is no such object."""
        return self._read(name, -size)

    def _read(self, name: str, start: int | None) -> bytes | None:
        try:
            data: bytes = self.fs.cat_file(self.path(name), start=start)
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._trouble("read", name, error) from error
        return data

    def modified(self, name: str) -> datetime | None:
        """When the object was stored, by the store's clock (UTC)."""
        path = self.path(name)
        try:
            self.fs.invalidate_cache(self.fs._parent(path))
            found: datetime = self.fs.modified(path)
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._trouble("look at", name, error) from error
        return found if found.tzinfo else found.replace(tzinfo=timezone.utc)

    def check(self) -> None:
        """Fail now rather than after the download, where the destination cannot be written to at all.

        :raises LakeError: naming the bucket, container or folder
        """
        if self.is_local:
            parent = next(path for path in (Path(self.root), *Path(self.root).parents) if path.exists())
            if not parent.is_dir() or not os.access(parent, os.W_OK):
                raise LakeError(f"Cannot write to {self.uri}: {parent} is no folder that this task may write to.")
            return
        bucket = self.root.lstrip("/").split("/")[0]
        try:
            exists = self.fs.exists(bucket)
        except Exception as error:
            raise self._trouble("look at", "", error) from error
        if not exists:
            raise LakeError(
                f"Cannot write to {self.uri}: there is no bucket or container {bucket!r} that the connection may see."
            )

    def put(self, name: str, data: bytes) -> None:
        """Store an object whole, in place of one that may be there."""
        try:
            if self.is_local:
                self._put_local(Path(self.path(name)), data)
            else:
                self.fs.pipe_file(self.path(name), data)
        except Exception as error:
            raise self._trouble("write", name, error) from error

    def _put_local(self, target: Path, data: bytes) -> None:
        aside = Path(self.path(TEMPORARY)) / f"{target.name}.{uuid.uuid4().hex}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def sweep(self) -> None:
        """Remove what tasks that died left on its way (local disk; object stores show no such thing)."""
        if not self.is_local:
            return
        with contextlib.suppress(OSError):
            for aside in Path(self.path(TEMPORARY)).iterdir():
                if aside.stat().st_mtime < time.time() - STALE_SECONDS:
                    aside.unlink(missing_ok=True)

    def _trouble(self, doing: str, name: str, error: Exception) -> LakeError:
        return LakeError(f"Cannot {doing} {self.uri}/{name}: {type(error).__name__}: {error}")
