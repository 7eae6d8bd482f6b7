"""A destination as a few whole-object operations over fsspec: read, read the end, put, and swap.

Every file appears whole or not at all: an object store shows an object once its PUT is complete; on local disk
see :mod:`.disk`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_ldusage.api.redaction import without_secrets
from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake import disk
from airflow_provider_ldusage.lake.conditional import OnDisk, refuses_checksum, refuses_range, swapping
from airflow_provider_ldusage.lake.conditional import Versioned as Versioned
from airflow_provider_ldusage.lake.layout import TEMPORARY

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

# Filesystems that read a negative start as "so much from the end"; adlfs would send it to Azure as an offset.
SUFFIX_RANGES = frozenset({"file", "local", "s3", "s3a", "gs", "gcs"})
REQUESTS = 8  # at a time, which take their time each
ON_DISK = 3  # files at a time: encoding needs the processor, and the system has locks of its own
PROBE = f"{TEMPORARY}/write-check"
GCS_BOUNDARY = b"--==0=="  # what gcsfs puts between the parts of an upload, whatever the parts hold
NO_CONDITIONS = (
    "of two tasks that load one table at once, one may overwrite what the other noted. Load a table with one task at a "
    "time."
)
_WINDOW = 8192


class Store:
    """Objects below one root.

    :param fs: an fsspec filesystem (``ObjectStoragePath.fs``)
    :param root: the destination's path within it (``ObjectStoragePath.path``: ``bucket/prefix``, or an absolute path)
    :param uri: the destination for people: no connection id, no credentials

    ``parallel``: how many operations at a time it takes well
    """

    def __init__(self, fs: AbstractFileSystem, root: str, uri: str) -> None:
        from fsspec.implementations.local import LocalFileSystem

        self.fs = fs
        self.root = root.rstrip("/")
        self.uri = uri.rstrip("/")
        self.is_local = isinstance(fs, LocalFileSystem)
        self.parallel = ON_DISK if self.is_local else REQUESTS
        protocols = (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
        self.has_suffix_ranges = not SUFFIX_RANGES.isdisjoint(protocols)
        self.is_gcs = "gs" in protocols
        self._swapping = OnDisk(self._asides) if self.is_local else swapping(fs, tuple(protocols))

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """The object's content, or None where there is no such object."""
        return self._read(name, 0)

    def read_end(self, name: str, size: int) -> bytes | None:
        """The last ``size`` bytes (fewer if the object is smaller), or None where there is no such object."""
        found = self._read(name, -size if self.has_suffix_ranges else 0)
        return found if found is None else found[-size:]  # some servers answer with the whole, whatever was asked for

    def _read(self, name: str, start: int) -> bytes | None:
        """Always with a start: without one, s3fs asks for the size first, and lists the folder of a missing object."""
        path = self.path(name)
        try:
            data: bytes = disk.read(Path(path), start) if self.is_local else self.fs.cat_file(path, start=start)
        except FileNotFoundError:
            return None
        except Exception as error:
            if start < 0 and refuses_range(error):
                whole = self._read(name, 0)
                if whole and self.has_suffix_ranges:
                    log.info("This store refuses to send just the end of an object: they are read whole from now on.")
                    self.has_suffix_ranges = False
                return whole
            if self._is_empty(path):
                return b""
            raise self._trouble("read", name, error) from cause_of(error)
        return data

    def _is_empty(self, path: str) -> bool:
        """Object stores refuse to read a range of an object without any bytes (416)."""
        if self.is_local:
            return False
        try:
            self.fs.invalidate_cache(path.rpartition("/")[0])
            found = self.fs.info(path)
        except Exception:
            return False
        return bool(found["type"] == "file" and found["size"] == 0)

    def check(self, name: str | None = None, files: Iterable[str] = ()) -> None:
        """Fail now rather than after the download, where the destination cannot be read or written to.

        :param name: an object that a finished load leaves behind, such as a table's description. Where it is found,
            nothing more is asked for. Where it is not, this is a first load, and an object store is written to once,
            under a name that is removed again if the connection may remove objects.
            A local disk is tried each time, below ``_ldusage/tmp/``: see :mod:`.mount`.
        :param files: what the load will store: a local disk is asked whether this task may
        :raises StoreError: naming the bucket, container or folder
        :raises LakeError: the folder's mount cannot hold a lake
        """
        if self.is_local:
            self._check_folder()
            if name is not None:
                self._check_mount(name, files)
        elif name is None:
            self._check_bucket()
            self.read(PROBE)
        elif self.read(name) is None:  # also where there is no such bucket
            self._check_bucket()
            probe = f"{PROBE}-{uuid.uuid4().hex}"  # other tables may be loaded for the first time at the same moment
            self.swap(probe, b"", None)
            if not self._swapping.knows_conditions:
                log.warning("The store of %s has no conditional writes: %s", self.uri, NO_CONDITIONS)
            else:
                with contextlib.suppress(StoreError):
                    if self.swap(probe, b"", None):
                        log.warning("The store of %s ignores conditions on a write: %s", self.uri, NO_CONDITIONS)
            with contextlib.suppress(Exception):
                self.fs.rm_file(self.path(probe))

    def _check_folder(self) -> None:
        root = Path(self.root)
        parent = next(path for path in (root, *root.parents) if os.path.lexists(path))
        if not parent.is_dir():
            raise StoreError(f"Cannot write to {self.uri}: {parent} is no folder that this task may write to.")
        if not os.access(parent, os.W_OK | os.X_OK):
            from airflow_provider_ldusage.lake import permission

            raise StoreError(
                f"Cannot write to {self.uri}: {parent} is no folder that this task may write to. "
                f"{permission.owned(parent)}"
            )
        if parent != root:
            log.warning(
                "The folder %s is not there yet and is made now. Workers without a disk in common each get a lake "
                "of their own like this: give a destination that all of them share.", root,
            )  # fmt: skip

    def _check_mount(self, name: str, files: Iterable[str]) -> None:
        from airflow_provider_ldusage.lake import mount

        is_first = not os.path.lexists(self.path(name))
        try:
            lacks = mount.lacks(Path(self.root), self._asides, Path(name).stem, [name, *files] if is_first else files)
        except LakeError as error:
            raise type(error)(f"Cannot write to {self.uri}: {error}") from error
        if lacks:
            log.log(
                logging.WARNING if is_first else logging.DEBUG,
                "The mount of %s lacks what a load can do without. %s", self.uri, " ".join(lacks),
            )  # fmt: skip

    def _check_bucket(self) -> None:
        bucket = self.root.lstrip("/").split("/")[0]
        try:
            if not self.fs.exists(bucket):  # s3fs says so whatever the trouble was; info() tells which
                self.fs.info(bucket)
        except FileNotFoundError:
            raise StoreError(
                f"Cannot write to {self.uri}: there is no bucket or container {bucket!r} that the connection may see."
            ) from None
        except Exception as error:
            if not is_forbidden(error):
                raise self._trouble("look at", "", error) from cause_of(error)
            log.debug("May not look at bucket %r itself; what lies below the destination is another matter.", bucket)

    def sync(self, names: Iterable[str]) -> None:
        """Make the names of objects outlast a power cut, that were stored with ``synced=False``."""
        if self.is_local:
            try:
                disk.sync([Path(self.path(name)) for name in names])
            except OSError as error:
                raise self._trouble("write", "", error) from cause_of(error)

    def put(self, name: str, data: bytes, *, synced: bool = True) -> None:
        """Store an object whole, in place of one that may be there.

        :param synced: without it, a power cut before :meth:`sync` may bring back what was there, whole
        """
        try:
            if self.is_local:
                disk.replace(Path(self.path(name)), data, self._asides)
                if synced:
                    self.sync([name])
            else:
                self.fs.pipe_file(self.path(name), data, **self._upload_options(data))
        except Exception as error:
            raise self._trouble("write", name, error) from cause_of(error)

    def create(self, name: str, data: bytes, *, synced: bool = True) -> bool:
        """Store an object unless there is one; whether it was stored. Of several tasks that try at once one prevails,
        on every store that knows conditions."""
        if self.is_local:
            try:
                created = disk.create(Path(self.path(name)), data, self._asides)
            except OSError as error:
                raise self._trouble("write", name, error) from cause_of(error)
            if synced:
                self.sync([name])
            return created
        try:
            self.fs.pipe_file(self.path(name), data, mode="create", **self._upload_options(data))
        except Exception as error:
            stored = self.read(name)
            if stored is None:  # not because there is one: the store may not know conditions
                said = in_a_line(repr(error))
                log.debug("Could not create %s/%s on condition that it is new: %s", self.uri, name, said)
                self.put(name, data)
            return stored in (None, data)
        return True

    def read_versioned(self, name: str) -> Versioned | None:
        """The object and its version, for :meth:`swap`; None where there is no such object."""
        try:
            return self._swapping.read(self.path(name))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._trouble("read", name, error) from cause_of(error)

    def swap(self, name: str, data: bytes, before: Versioned | None) -> bool:
        """Store an object if it is still as it was read.

        On False, read it again, change what you find, and try again. The change must bear being made twice: where the
        answer to a write is lost on its way, the client repeats it, finds its own write, and this says False.

        :param before: what :meth:`read_versioned` gave; None: there was no such object
        :return: False if another task was there first; nothing was written then. A store without conditions overwrites
            what is written in the same moment (docs/stores.md)
        """
        try:
            return self._swapping.swap(self.path(name), data, before)
        except Exception as error:
            raise self._trouble("write", name, error) from cause_of(error)

    def sweep(self) -> None:
        """Remove what tasks that died left on its way (local disk; object stores show no such thing)."""
        if self.is_local:
            disk.sweep(self._asides)

    @property
    def _asides(self) -> Path:
        return Path(self.path(TEMPORARY))

    def _upload_options(self, data: bytes) -> dict[str, int]:
        """Google would cut an object off where it holds gcsfs's boundary; the other kind of upload has none."""
        return {"chunksize": len(data)} if self.is_gcs and GCS_BOUNDARY in data else {}

    def _trouble(self, doing: str, name: str, error: Exception) -> StoreError:
        hint = _CHECKSUMS if refuses_checksum(error) else ""
        if is_forbidden(error):
            hint = self._remedy(name, error) if self.is_local else _MAY_NOT
        said = in_a_line(f"{type(error).__name__}: {error}")
        return StoreError(f"Cannot {doing} {self.uri}/{name}: {said}{hint and f' ({hint})'}")

    def _remedy(self, name: str, error: Exception) -> str:
        from airflow_provider_ldusage.lake import permission

        return permission.remedy(Path(getattr(error, "filename2", None) or self.path(name)))


_CHECKSUMS = (
    "Where the server does not know the checksums of newer AWS clients, put into the connection's extra: "
    '"config_kwargs": {"request_checksum_calculation": "when_required", '
    '"response_checksum_validation": "when_required"}.'
)
_MAY_NOT = "The connection's credentials are wrong, or lack the permission."


def is_forbidden(error: Exception) -> bool:
    """Whether a store says who are you, or you may not. Each library has words of its own for it."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)  # Azure's; gcsfs's
    google = isinstance(error, OSError) and str(error).startswith("Forbidden: ")
    return isinstance(error, PermissionError) or google or str(status) in ("401", "403")


def in_a_line(text: str, limit: int = 500) -> str:
    """A library's words in one line, without credentials. Azure's are long; the first of their lines say it."""
    clean = " ".join(without_secrets(text[:_WINDOW]).split())
    return clean if len(clean) <= limit else f"{clean[: limit - 3]}..."


def cause_of(error: Exception) -> Exception | None:
    """What a traceback may show as the cause: the error, unless it or what caused it tells a secret."""
    told: BaseException | None = error
    while told is not None:
        text = str(told)
        if len(text) > _WINDOW or without_secrets(text) != text:
            return None
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return error
