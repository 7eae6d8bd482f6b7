"""Google Cloud Storage, by gcsfs: conditions are by generation, and uploads must not hold gcsfs's boundary."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote, urlsplit

from airflow_provider_ldusage.lake.objects import IN_FLIGHT, RangedStore
from airflow_provider_ldusage.lake.store import Versioned

BOUNDARY = b"--==0=="
"""What gcsfs puts between the parts of an upload, whatever the parts hold."""


class GoogleStore(RangedStore):
    """A prefix of a bucket, see :class:`.store.Store`.

    :param fs: a ``gcsfs.GCSFileSystem``
    """

    protocols = frozenset({"gs", "gcs"})
    needs = "call"
    most_parallel = IN_FLIGHT

    @property
    def has_conditions(self) -> bool:
        return True

    def console(self, name: str) -> str:
        host = urlsplit(self.fs.base).hostname or ""
        place = f"https://console.cloud.google.com/storage/browser/{quote(self.path(name))}"
        return place if host.endswith(".googleapis.com") else ""

    def _read_versioned(self, path: str) -> Versioned:
        bucket, key, _ = self.fs.split_path(path)
        headers, data = self.fs.call("GET", "b/{}/o/{}", bucket, key, alt="media")
        return Versioned(data, headers["x-goog-generation"])

    def _swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        """gcsfs supports the condition that there is no object, but none that there is one. So this makes the request,
        with a boundary of its own.

        See https://cloud.google.com/storage/docs/uploading-objects (multipart uploads).
        """
        bucket, key, _ = self.fs.split_path(path)
        boundary = uuid.uuid4().hex
        try:
            self.fs.call(
                "POST",
                self.fs.base.replace("/storage/v1/", "/upload/storage/v1/b/{}/o"),
                bucket,
                uploadType="multipart",
                ifGenerationMatch=before.version if before else "0",
                headers={"Content-Type": f'multipart/related; boundary="{boundary}"'},
                data=_multipart(boundary.encode(), key, data),
            )
        except FileExistsError:  # gcsfs's error for 412
            return False
        return True

    def _upload(self, path: str, data: bytes, **options: Any) -> None:
        """Google would cut an object off at gcsfs's boundary. Data that is no smaller than the chunk size makes gcsfs
        choose a resumable upload, which has none."""
        if BOUNDARY in data:
            options["chunksize"] = len(data)
        super()._upload(path, data, **options)


def _multipart(boundary: bytes, key: str, data: bytes) -> bytes:
    """The body of an upload: the object's name, then its content."""
    head = json.dumps({"name": key}).encode()
    parts = (b"application/json; charset=UTF-8", head), (b"application/octet-stream", data)
    body = b"".join(b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (boundary, kind, part) for kind, part in parts)
    return body + b"--%b--" % boundary
