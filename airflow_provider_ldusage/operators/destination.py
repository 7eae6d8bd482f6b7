"""A destination URL made into a store, or a clear error before anything is asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_provider_ldusage.api.errors import LakeError, StoreError, UsageArgumentError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

    from airflow_provider_ldusage.lake.store import Store

# URL scheme -> the extra of this package that brings its filesystem
EXTRAS = {
    "s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "azure", "abfss": "azure", "adl": "azure",
}  # fmt: skip
LOCAL = ("file", "local")
EXAMPLE = 'for example "s3://aws_default@lake/launchdarkly" or "file:///data/launchdarkly"'


def open_store(destination: str) -> Store:
    """The store behind an ObjectStoragePath URL such as ``s3://aws_default@lake/launchdarkly``.

    :raises UsageArgumentError: for a URL that is none, or of a scheme that no filesystem is installed for
    :raises LakeError: where the URL's connection is missing, or makes no filesystem
    """
    from airflow.sdk.io import has_fs

    from airflow_provider_ldusage.lake.store import Store

    text = destination.strip() if isinstance(destination, str) else ""
    _check_credentials(text)
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UsageArgumentError(f"destination={destination!r} is no URL ({error}); {EXAMPLE}.") from None
    scheme = parts.scheme
    if not scheme or (scheme not in LOCAL and scheme not in EXTRAS and not has_fs(scheme)):
        raise UsageArgumentError(
            f"destination={destination!r} is no object storage URL; {EXAMPLE}. "
            f"Schemes: {', '.join((*LOCAL[:1], *EXTRAS))}."
        )
    if "?" in text or "#" in text or ".." in parts.path.split("/") or not text.isprintable():
        raise UsageArgumentError(
            f"destination={destination!r} must not hold '?', '#', '..' or unprintable characters; {EXAMPLE}."
        )
    if not has_fs(scheme):
        raise _not_installed(destination, scheme)
    conn_id, _, bucket = parts.netloc.rpartition("@")
    if scheme in LOCAL:
        absolute = "://" in text and parts.path.strip("/") and not parts.path.startswith("//")
        if bucket or not absolute:
            raise UsageArgumentError(
                f"destination={destination!r} must be an absolute path with three slashes; {EXAMPLE}."
            )
    elif not bucket:
        raise UsageArgumentError(f"destination={destination!r} names no bucket or container; {EXAMPLE}.")
    if conn_id:
        _check_connection(conn_id)
    elif scheme not in LOCAL:
        raise UsageArgumentError(
            f"destination={destination!r} names no connection; {EXAMPLE}. For the identity of the machine itself, name "
            "a connection of the store's type without any credentials."
        )
    fs, path = _filesystem(text, scheme)
    return Store(fs, path, f"{scheme}://{bucket}{parts.path}")


def _check_credentials(text: str) -> None:
    """First of all, since other messages repeat the URL. A secret may hold slashes, so all before the last ``@`` is
    looked at, not just what a URL's rules call user information."""
    rest = text.partition("://")[2] or text
    if ":" in rest.rpartition("@")[0]:
        raise UsageArgumentError(
            f"The destination has a ':' before an '@', as credentials have: they belong in a connection; {EXAMPLE}."
        )


def _check_connection(conn_id: str) -> None:
    """The filesystems of some providers go on without credentials where the connection is missing."""
    from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

    try:
        BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise LakeError(f"The destination's connection {conn_id!r} is not defined in this Airflow.") from error


def _filesystem(text: str, scheme: str) -> tuple[AbstractFileSystem, str]:
    """The filesystem of a URL, and the URL's path within it."""
    from airflow.providers.common.compat.sdk import ObjectStoragePath
    from airflow.sdk.io import get_fs

    from airflow_provider_ldusage.lake.store import in_a_line

    if EXTRAS.get(scheme) == "gcs":
        # Else gcsfs asks a second API what kind of bucket it is, again and again where that API cannot be reached.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    try:
        path = ObjectStoragePath(text)
        fs = path.fs
        if getattr(fs, "_pid", os.getpid()) != os.getpid():  # Airflow keeps those of the process that was forked
            fs = get_fs(path.protocol, path.conn_id)
        if EXTRAS.get(scheme) == "gcs":
            fs.credentials.maybe_refresh()  # a request would try again for half a minute where they are refused
        return fs, path.path
    except ImportError as error:  # Airflow's provider is installed, but not what its filesystem needs
        raise _not_installed(text, scheme) from error
    except Exception as error:
        first = error.__cause__ or error  # gcsfs says "Invalid Credentials" of whatever its token server said
        kind = StoreError if getattr(first, "retryable", False) else LakeError
        raise kind(f"The destination's connection makes no {scheme}:// filesystem: {in_a_line(str(first))}") from error


def _not_installed(destination: str, scheme: str) -> UsageArgumentError:
    extra = EXTRAS.get(scheme)
    remedy = f"Install 'airflow-provider-ldusage[{extra}]'." if extra else "Install what its provider needs."
    return UsageArgumentError(f"destination={destination!r}: no filesystem for {scheme}:// is installed. {remedy}")
