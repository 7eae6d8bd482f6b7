"""The S3 client of a lake: a pool of connections for all requests in flight, and one round trip for each upload.

Airflow and fsspec share filesystems within a process, so a store has one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

POOL = "max_pool_connections"
"""What botocore's configuration calls the number of connections; ten, unless it is given."""
HANDLER = "ldusage-at-once"


def own_filesystem(fs: AbstractFileSystem, connections: int) -> AbstractFileSystem:
    """Return another filesystem with the same settings and its own client.

    :param fs: an ``s3fs.S3FileSystem``; it is left as it is
    :param connections: how many it may have, unless its settings say so
    :return: ``fs`` itself if its client has a signer of its own, which another would lack
    """
    settings = getattr(fs, "config_kwargs", None)
    if not isinstance(settings, Mapping) or not isinstance(settings.get("signature_version", ""), str):
        return fs
    options = {**fs.storage_options, "config_kwargs": {POOL: connections, **settings}, "skip_instance_cache": True}
    own: AbstractFileSystem = type(fs)(*fs.storage_args, **options)
    return own


def connections_of(fs: AbstractFileSystem, most: int) -> int:
    """Return how many requests the filesystem can have in flight.

    :param most: an upper bound
    """
    found = (getattr(fs, "config_kwargs", None) or {}).get(POOL)
    return min(found, most) if isinstance(found, int) and found > 0 else most


class OneTrip:
    """Uploads without ``Expect: 100-continue``, by which botocore has a server agree before it sends any byte. Day
    files are small: to send one costs less than to ask."""

    def __init__(self) -> None:
        self._client: Any = None

    def prepare(self, fs: AbstractFileSystem) -> None:
        """Change the filesystem's client, which s3fs makes for its first request, and again after it was closed.

        Nothing is done before the first request, which a load's is to read: some versions of s3fs lose the session's
        credentials if the client is made without one.
        """
        client = getattr(fs, "_s3", None)
        if client is not self._client and client is not None:
            client.meta.events.register_last("before-call.s3", _without_expect, unique_id=HANDLER)
            self._client = client


def _without_expect(params: dict[str, Any], **_: Any) -> None:
    """A botocore event handler, see
    https://docs.aws.amazon.com/boto3/latest/guide/events.html"""
    params["headers"].pop("Expect", None)
