"""Opens the store behind a destination, or fails with a clear error before the first request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import LakeError, StoreError, UsageArgumentError
from airflow_provider_ldusage.lake.place import Place, refused
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut_about, shown
from airflow_provider_ldusage.near_misses import connection_meant

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

    from airflow_provider_ldusage.lake.store import Store

# URL scheme -> the extra of this package that brings its filesystem
EXTRAS = {"s3": "s3", "gs": "gcs", "abfs": "azure"}


def open_store(destination: Any) -> Store:
    """Open the store behind a destination such as ``s3://aws_default@lake/launchdarkly``.

    :param destination: see :meth:`.Place.of`
    :raises UsageArgumentError: the URL is invalid, or no filesystem is installed for its scheme
    :raises LakeError: the URL's connection is missing, or makes no filesystem
    """
    from airflow_provider_ldusage.compat import has_fs
    from airflow_provider_ldusage.lake import stores

    place = Place.of(destination, has_fs)
    if not has_fs(place.scheme):
        raise _not_installed(place.uri, place.scheme)
    if place.conn_id:
        _check_connection(place.conn_id)
    elif not place.is_local:
        raise refused(
            destination, "names no connection",
            "For the identity of the machine itself, name a connection of the store's type without any credentials.",
        )  # fmt: skip
    fs, path = _filesystem(place)
    return stores.open_store(fs, path, place.uri)


def _check_connection(conn_id: str) -> None:
    """Some providers' filesystems go on without credentials if the connection is missing."""
    from airflow_provider_ldusage.compat import AirflowNotFoundException, BaseHook

    try:
        BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise LakeError(
            f"The destination's connection {shown(conn_id)} is not defined in this Airflow.",
            f"{connection_meant(conn_id)}Add it, or correct the name before the '@'.",
        ) from error


def _filesystem(place: Place) -> tuple[AbstractFileSystem, str]:
    """Return the filesystem of a place, and the place's path within it."""
    from airflow_provider_ldusage.compat import ObjectStoragePath, get_fs
    from airflow_provider_ldusage.lake.store_errors import cause_of, in_a_line

    if place.scheme == "gs":
        # Otherwise gcsfs asks a second API what kind of bucket it is, again and again if that cannot be reached.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    try:
        url = f"{place.scheme}://{place.bucket}/"
        path = ObjectStoragePath(url if place.is_local else f"{url}{place.path}", conn_id=place.conn_id or None)
        fs = path.fs
        if getattr(fs, "_pid", os.getpid()) != os.getpid():  # Airflow keeps those of the process that was forked
            fs = get_fs(path.protocol, path.conn_id)
        if place.scheme == "gs":
            fs.credentials.maybe_refresh()  # a request would try again for half a minute where they are refused
        return fs, f"/{place.path}" if place.is_local else path.path
    except ImportError as error:  # Airflow's provider is installed, but not what its filesystem needs
        raise _not_installed(place.uri, place.scheme) from error
    except Exception as error:
        first = error.__cause__ or error  # gcsfs says "Invalid Credentials" of whatever its token server said
        kind = StoreError if getattr(first, "retryable", False) else LakeError
        said, about = cut_about(in_a_line(str(first)), MAX_SHOWN, place.uri)
        raise kind(
            f"The destination's connection makes no {place.scheme}:// filesystem: {said.removesuffix('.')}.",
            f"Correct the connection {shown(place.conn_id)}." if kind is LakeError else None,
            about=about,
        ) from cause_of(error)


def _not_installed(uri: str, scheme: str) -> UsageArgumentError:
    extra = EXTRAS.get(scheme)
    remedy = f"Install 'airflow-provider-ldusage[{extra}]'." if extra else "Install what its provider needs."
    return UsageArgumentError(f"No filesystem for {scheme}:// is installed.", remedy, about=f"destination={uri!r}")
