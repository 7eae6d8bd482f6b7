"""Opens the store behind a destination, or fails with a clear error before the first request."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
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
# URL scheme -> the module of Airflow's provider that makes its filesystems
FILESYSTEMS = {
    "s3": "airflow.providers.amazon.aws.fs.s3",
    "gs": "airflow.providers.google.cloud.fs.gcs",
    "abfs": "airflow.providers.microsoft.azure.fs.adls",
}


def open_store(destination: Any) -> Store:
    """Open the store behind a destination such as ``s3://aws_default@lake/launchdarkly``.

    :param destination: see :meth:`.Place.of`
    :raises UsageArgumentError: the URL is invalid, or no filesystem is installed for its scheme
    :raises LakeError: the URL's connection is missing, or makes no filesystem
    """
    from airflow_provider_ldusage.lake import stores

    place = Place.of(destination, _is_installed)
    get_fs = _local if place.is_local else _getter(place)
    if place.conn_id:
        _check_connection(place.conn_id)
    elif not place.is_local:
        raise refused(
            destination, "names no connection",
            "For the identity of the machine itself, name a connection of the store's type without any credentials.",
        )  # fmt: skip
    return stores.open_store(_filesystem(place, get_fs), f"{place.bucket}/{place.path}", place.uri)


def _is_installed(scheme: str) -> bool:
    from airflow_provider_ldusage.compat import has_fs

    return has_fs(scheme)


def _local(_: str) -> AbstractFileSystem:
    from fsspec.implementations.local import LocalFileSystem

    return LocalFileSystem()


def _getter(place: Place) -> Callable[[str], AbstractFileSystem]:
    """What makes a filesystem of a connection's id.

    Airflow's own ``get_fs`` first imports the filesystems of every provider that is installed. Amazon's, Google's and
    Azure's take half a second of CPU. So this imports one provider's, where it is known.
    """
    try:
        getter: Callable[[str], AbstractFileSystem] = import_module(FILESYSTEMS[place.scheme]).get_fs
    except (KeyError, ImportError):
        if not _is_installed(place.scheme):
            raise _not_installed(place.uri, place.scheme) from None
        from airflow_provider_ldusage.compat import get_fs

        getter = partial(get_fs, place.scheme)
    return getter


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


def _filesystem(place: Place, get_fs: Callable[[str], AbstractFileSystem]) -> AbstractFileSystem:
    from airflow_provider_ldusage.lake.store_errors import cause_of, in_a_line

    if place.scheme == "gs":
        # Otherwise gcsfs asks a second API what kind of bucket it is, again and again if that cannot be reached.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    try:
        fs = get_fs(place.conn_id)
        if place.scheme == "gs":
            fs.credentials.maybe_refresh()  # a request would try again for half a minute where they are refused
        return fs
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
