"""One small object that several tasks read, change and write at once: a write replaces exactly what was read.

Stores differ in how they are told so, so there is a class for each kind:

    Swapping
    ├── OnDisk          under a lock
    └── Compared        without a condition: any other fsspec filesystem
        ├── OnS3        If-Match and If-None-Match
        ├── OnGoogle    ifGenerationMatch
        └── OnAzure     If-Match and If-None-Match

None of them lists anything. Where all goes well, a store with conditions gets one request for each read and each write.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Coroutine, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from airflow_provider_ldusage.lake import disk

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

NOT_FOUND, PRECONDITION_FAILED = 404, 412
# S3: the object is not as it should be, or the store does not know such a condition.
REFUSED = {400, PRECONDITION_FAILED, 501}
# The range lies outside of the object, or the store does not know such ranges.
UNKNOWN_RANGE = {400, 416, 501}
# S3: another conditional write of this object is under way.
CONFLICTS = {"ConditionalRequestConflict", "OperationAborted"}


class Versioned(NamedTuple):
    """An object as it was read.

    ``data``: its content
    ``version``: the store's name for this very content (S3 and Azure: ETag; Google: generation); empty where the store
    has none, and the content itself is compared
    """

    data: bytes
    version: str = ""


class Swapping(Protocol):
    """Reads and conditional writes of objects by their paths.

    ``knows_conditions``: whether a write of another task at the same moment is seen, as far as is known
    """

    @property
    def knows_conditions(self) -> bool: ...

    def read(self, path: str) -> Versioned:
        """:raises FileNotFoundError: there is no such object"""

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        """Store ``data`` if the object is still ``before`` (None: not there); whether it was stored."""


def swapping(fs: AbstractFileSystem, protocols: tuple[str, ...]) -> Swapping:
    """The way to write on condition to an object store.

    :param protocols: the filesystem's names for itself
    """
    for names, way in (({"s3", "s3a"}, OnS3), ({"gs", "gcs"}, OnGoogle), ({"abfs", "abfss", "az"}, OnAzure)):
        if not names.isdisjoint(protocols) and hasattr(fs, way.needs):
            return way(fs)
    return Compared(fs)


class OnDisk:
    """Under a lock, see :func:`.disk.swap`.

    :param asides: folder for files on their way, in the same file system
    """

    knows_conditions = True

    def __init__(self, asides: Path) -> None:
        self.asides = asides

    def read(self, path: str) -> Versioned:
        return Versioned(disk.read(Path(path), 0))

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        return disk.swap(Path(path), data, before and before.data, self.asides)


class Compared:
    """Read, compare, write. A write between the two requests is lost."""

    needs = "cat_file"
    knows_conditions = False

    def __init__(self, fs: AbstractFileSystem) -> None:
        self.fs = fs

    def read(self, path: str) -> Versioned:
        return Versioned(self.fs.cat_file(path))

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        if self._stored(path) != before:
            return False
        self.fs.pipe_file(path, data)
        return True

    def _stored(self, path: str) -> Versioned | None:
        try:
            return self.read(path)
        except FileNotFoundError:
            return None

    def _run(self, request: Coroutine[Any, Any, Versioned]) -> Versioned:
        """In the filesystem's own event loop, which all threads share."""
        from fsspec.asyn import sync

        found: Versioned = sync(self.fs.loop, lambda: request)
        return found


class OnS3(Compared):
    """Conditions by ETag, found out for each server.

    Ceph compares the ETag without its quotes and refuses the standard form always. Others refuse conditions
    altogether. Either shows by a refusal while the object is as it should be; then the next form is tried, and at last
    none. Servers that ignore conditions silently are told of by a first load's check.
    """

    needs = "call_s3"

    def __init__(self, fs: AbstractFileSystem) -> None:
        super().__init__(fs)
        self._unknown: set[str] = set()  # forms of conditions

    @property
    def knows_conditions(self) -> bool:  # type: ignore[override]
        return "If-None-Match" not in self._unknown

    def read(self, path: str) -> Versioned:
        async def request() -> Versioned:
            bucket, key, _ = self.fs.split_path(path)
            found = await self.fs._call_s3("get_object", Bucket=bucket, Key=key)
            async with found["Body"] as body:
                return Versioned(await body.read(), found["ETag"])

        return self._run(request())

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        refused: list[str] = []
        for form, condition in self._conditions(before):
            try:
                self.fs.pipe_file(path, data, **condition)
            except Exception as error:
                if _is_overtaken(error, before):
                    return False
                if _response(error)[0] not in REFUSED:
                    raise
                if self._stored(path) != before:
                    return False
                refused.append(form)
            else:
                self._unknown.update(refused)
                return True
        done = super().swap(path, data, before)
        if refused:
            log.info("This store refuses to write with %s: two tasks at once may overwrite each other.", refused[0])
            self._unknown.update(refused)
        return done

    def _conditions(self, before: Versioned | None) -> Iterator[tuple[str, dict[str, str]]]:
        if before is None:
            forms = [("If-None-Match", {"IfNoneMatch": "*"})]
        else:
            forms = [
                ("If-Match", {"IfMatch": before.version}),
                ("If-Match without quotes", {"IfMatch": before.version.strip('"')}),
            ]
        yield from (form for form in forms if form[0] not in self._unknown)


class OnGoogle(Compared):
    """Conditions by generation."""

    needs = "call"
    knows_conditions = True

    def read(self, path: str) -> Versioned:
        bucket, key, _ = self.fs.split_path(path)
        headers, data = self.fs.call("GET", "b/{}/o/{}", bucket, key, alt="media")
        return Versioned(data, headers["x-goog-generation"])

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        """gcsfs knows the condition that there is no object, but none that there is one."""
        bucket, key, _ = self.fs.split_path(path)
        mark = uuid.uuid4().hex.encode()
        head = json.dumps({"name": key}).encode()
        parts = (b"application/json; charset=UTF-8", head), (b"application/octet-stream", data)
        body = b"".join(b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (mark, kind, part) for kind, part in parts)
        try:
            self.fs.call(
                "POST",
                self.fs.base.replace("/storage/v1/", "/upload/storage/v1/b/{}/o"),
                bucket,
                uploadType="multipart",
                ifGenerationMatch=before.version if before else "0",
                headers={"Content-Type": f'multipart/related; boundary="{mark.decode()}"'},
                data=body + b"--%b--" % mark,
            )
        except FileExistsError:  # gcsfs's word for 412
            return False
        return True


class OnAzure(Compared):
    """Conditions by ETag."""

    needs = "service_client"
    knows_conditions = True

    def read(self, path: str) -> Versioned:
        async def request() -> Versioned:
            container, blob, _ = self.fs.split_path(path)
            async with self.fs.service_client.get_blob_client(container=container, blob=blob) as client:
                try:
                    stream = await client.download_blob()
                except Exception as error:
                    if getattr(error, "status_code", None) != NOT_FOUND:
                        raise
                    raise FileNotFoundError(path) from error
                return Versioned(await stream.readall(), stream.properties.etag)

        return self._run(request())

    def swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        condition: dict[str, Any] = {"overwrite": False}
        if before is not None:
            match = import_module("azure.core").MatchConditions.IfNotModified
            condition = {"etag": before.version, "match_condition": match}
        try:
            self.fs.pipe_file(path, data, **condition)
        except FileExistsError:
            return False
        except Exception as error:
            if getattr(error, "status_code", None) != PRECONDITION_FAILED:
                raise
            return False
        return True


def refuses_range(error: Exception) -> bool:
    """Whether a store does not send the end of an object that is there.

    AWS sends the whole object where less is there than was asked for; rclone's server and others answer 416. And where
    there is more, it sends the whole object's checksum along, which AWS's client then finds to be wrong.
    """
    status = _response(error)[0] or getattr(error, "code", None)  # gcsfs's
    return status in UNKNOWN_RANGE or _is_checksum(error)


def refuses_checksum(error: Exception) -> bool:
    """Whether an S3 server may not know the checksums that newer AWS clients send and want."""
    status, code = _response(error)
    return status == 411 or code in ("MissingContentLength", "XAmzContentSHA256Mismatch") or _is_checksum(error)


def _is_checksum(error: Exception) -> bool:
    return type(error).__name__ == "FlexibleChecksumError"


def _response(error: Exception) -> tuple[int, str]:
    """Status and code of S3's answer, which s3fs hides behind an error of the system; nothing for other stores'."""
    response = getattr(error.__cause__ or error, "response", None)
    if not isinstance(response, Mapping):
        return 0, ""
    status: int = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status, str(response.get("Error", {}).get("Code"))


def _is_overtaken(error: Exception, before: Versioned | None) -> bool:
    """Whether the object is gone, or being written by another task."""
    return (isinstance(error, FileNotFoundError) and before is not None) or _response(error)[1] in CONFLICTS
