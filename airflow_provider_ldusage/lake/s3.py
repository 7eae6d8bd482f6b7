"""Amazon S3 and servers like it, by s3fs.

Conditions are by ETag, and each server is tried for them. Ceph compares the ETag without its quotes and always refuses
the standard form. Others refuse conditions altogether. Either shows as a refusal while the object is as it should be;
then the next form is tried, and none at last. Servers that silently ignore conditions are reported by a first load's
check.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow_provider_ldusage.lake.objects import IN_FLIGHT, RANGE_REFUSED, RangedStore
from airflow_provider_ldusage.lake.s3_client import OneTrip, connections_of, own_filesystem
from airflow_provider_ldusage.lake.store import Versioned

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

# HTTP statuses if the object is not as it should be, or the store does not support such a condition.
CONDITION_REFUSED = {400, 412, 501}
# Codes if another conditional write of this object is under way.
CONFLICTS = {"ConditionalRequestConflict", "OperationAborted"}
# The same for a server that does not support the checksums that newer AWS clients send and expect.
CHECKSUM_REFUSED = {"MissingContentLength", "XAmzContentSHA256Mismatch"}
# Parts of AWS with a console of their own, by how their regions begin.
CONSOLES = {"us-gov-": "console.amazonaws-us-gov.com", "cn-": "console.amazonaws.cn"}
CHECKSUMS = (
    "Where the server does not know the checksums of newer AWS clients, put into the connection's extra: "
    '"config_kwargs": {"request_checksum_calculation": "when_required", '
    '"response_checksum_validation": "when_required"}.'
)


class S3Store(RangedStore):
    """A prefix of an S3 bucket, see :class:`.store.Store`.

    :param fs: an ``s3fs.S3FileSystem``, whose settings its own has
    """

    protocols = frozenset({"s3", "s3a"})
    needs = "call_s3"
    most_parallel = IN_FLIGHT

    def __init__(self, fs: AbstractFileSystem, root: str, uri: str) -> None:
        super().__init__(own_filesystem(fs, self.most_parallel), root, uri)
        self.parallel = connections_of(self.fs, self.most_parallel)
        self._one_trip = OneTrip()
        self._refused: set[str] = set()  # forms of conditions that the server does not support

    @property
    def has_conditions(self) -> bool:
        return "If-None-Match" not in self._refused

    def console(self, name: str) -> str:
        """The console finds a bucket's region by itself. Only AWS has one, so the client's endpoint decides."""
        if (client := getattr(self.fs, "_s3", None)) is None:
            return ""
        host, region = urlsplit(client.meta.endpoint_url).hostname or "", client.meta.region_name or ""
        if not host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            return ""
        console = next((CONSOLES[begin] for begin in CONSOLES if region.startswith(begin)), "s3.console.aws.amazon.com")
        bucket, _, key = self.path(name).partition("/")
        return f"https://{console}/s3/buckets/{quote(bucket, safe='')}?prefix={quote(key)}/"

    def _read_versioned(self, path: str) -> Versioned:
        async def request() -> Versioned:
            bucket, key, _ = self.fs.split_path(path)
            found = await self.fs._call_s3("get_object", Bucket=bucket, Key=key)
            async with found["Body"] as body:
                return Versioned(await body.read(), found["ETag"])

        return self._await(request())

    def _upload(self, path: str, data: bytes, **options: Any) -> None:
        self._one_trip.prepare(self.fs)
        super()._upload(path, data, **options)

    def _swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        refused: list[str] = []
        for form, condition in self._conditions(before):
            try:
                self._upload(path, data, **condition)
            except Exception as error:
                if _is_overtaken(error, before):
                    return False
                if _response(error)[0] not in CONDITION_REFUSED:
                    raise
                if self._stored(path) != before:
                    return False
                refused.append(form)
            else:
                self._refused.update(refused)
                return True
        done = super()._swap(path, data, before)
        if refused:
            log.info("This store refuses to write with %s: two tasks at once may overwrite each other.", refused[0])
            self._refused.update(refused)
        return done

    def _conditions(self, before: Versioned | None) -> Iterator[tuple[str, dict[str, str]]]:
        """The forms of the condition that may be supported, each with s3fs's argument for it."""
        if before is None:
            forms = [("If-None-Match", {"IfNoneMatch": "*"})]
        else:
            forms = [
                ("If-Match", {"IfMatch": before.version}),
                ("If-Match without quotes", {"IfMatch": before.version.strip('"')}),
            ]
        yield from (form for form in forms if form[0] not in self._refused)

    def _refuses_range(self, error: Exception) -> bool:
        """AWS sends the whole object if it has fewer bytes than the range; rclone's server and others answer 416. If it
        has more, rclone sends the whole object's checksum along, which AWS's client then finds to be wrong."""
        return _response(error)[0] in RANGE_REFUSED or _is_checksum(error)

    def _hint(self, error: Exception) -> str | None:
        status, code = _response(error)
        return CHECKSUMS if status == 411 or code in CHECKSUM_REFUSED or _is_checksum(error) else None


def _is_checksum(error: Exception) -> bool:
    return type(error).__name__ == "FlexibleChecksumError"


def _response(error: Exception) -> tuple[int, str]:
    """Return status and code of S3's response, which s3fs hides behind an OSError; ``(0, "")`` if there is none."""
    response = getattr(error.__cause__ or error, "response", None)
    if not isinstance(response, Mapping):
        return 0, ""
    status: int = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status, str(response.get("Error", {}).get("Code"))


def _is_overtaken(error: Exception, before: Versioned | None) -> bool:
    """Whether the object is gone, or being written by another task."""
    return (isinstance(error, FileNotFoundError) and before is not None) or _response(error)[1] in CONFLICTS
