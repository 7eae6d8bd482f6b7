"""A destination URL made into a store, or a clear error before anything is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_provider_ldusage.api.errors import LakeError, UsageArgumentError

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store

# URL scheme -> the extra of this package that brings its filesystem
EXTRAS = {
    "s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "azure", "abfss": "azure", "adl": "azure",
}  # fmt: skip
LOCAL = ("file", "local")


def open_store(destination: str) -> Store:
    """The store behind an ObjectStoragePath URL such as ``s3://aws_default@lake/launchdarkly``.

    :raises UsageArgumentError: for a URL that is none, or of a scheme that no filesystem is installed for
    :raises LakeError: where the URL's connection is missing
    """
    from airflow.providers.common.compat.sdk import ObjectStoragePath
    from airflow.sdk.io import has_fs

    from airflow_provider_ldusage.lake.store import Store

    text = destination.strip() if isinstance(destination, str) else ""
    parts = urlsplit(text)
    scheme = parts.scheme
    example = 'for example "s3://aws_default@lake/launchdarkly" or "file:///data/launchdarkly"'
    if not scheme or (scheme not in LOCAL and scheme not in EXTRAS and not has_fs(scheme)):
        raise UsageArgumentError(
            f"destination={destination!r} is no object storage URL; {example}. "
            f"Schemes: {', '.join((*LOCAL[:1], *EXTRAS))}."
        )
    if parts.query or parts.fragment or ".." in parts.path.split("/"):
        raise UsageArgumentError(f"destination={destination!r} must not hold '?', '#' or '..'; {example}.")
    if not has_fs(scheme):
        raise UsageArgumentError(
            f"destination={destination!r}: no filesystem for {scheme}:// is installed. "
            f"Install 'airflow-provider-ldusage[{EXTRAS[scheme]}]'."
        )
    userinfo, _, bucket = parts.netloc.rpartition("@")
    if ":" in userinfo:
        raise UsageArgumentError(f"destination of scheme {scheme}: credentials belong in a connection; {example}.")
    if scheme in LOCAL and (bucket or parts.path.strip("/") == ""):
        raise UsageArgumentError(f"destination={destination!r} must be an absolute path with three slashes; {example}.")
    if scheme not in LOCAL and not bucket:
        raise UsageArgumentError(f"destination={destination!r} names no bucket or container; {example}.")
    if userinfo:
        _check_connection(userinfo)
    path = ObjectStoragePath(text)
    return Store(path.fs, path.path, f"{scheme}://{bucket}{parts.path}")


def _check_connection(conn_id: str) -> None:
    """The filesystems of some providers go on without credentials where the connection is missing."""
    from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

    try:
        BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise LakeError(f"The destination's connection {conn_id!r} is not defined in this Airflow.") from error
