"""Which store a filesystem gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_ldusage.lake.azure import AzureStore
from airflow_provider_ldusage.lake.google import GoogleStore
from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.lake.objects import ObjectStore
from airflow_provider_ldusage.lake.s3 import S3Store

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

    from airflow_provider_ldusage.lake.store import Store


def open_store(fs: AbstractFileSystem, root: str, uri: str) -> Store:
    """Open the store below a root. Nothing is asked of it yet.

    :param fs: an fsspec filesystem (``ObjectStoragePath.fs``)
    :param root: the destination's path within it (``ObjectStoragePath.path``: ``bucket/prefix``, or an absolute path)
    :param uri: the destination for people: no connection id, no credentials
    """
    from fsspec.implementations.local import LocalFileSystem

    if isinstance(fs, LocalFileSystem):
        return LocalStore(root, uri)
    protocols = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
    for kind in (S3Store, GoogleStore, AzureStore):
        # Another implementation of the same protocol lacks what conditional writes need.
        if kind.protocols & protocols and hasattr(fs, kind.needs):
            return kind(fs, root, uri)
    return ObjectStore(fs, root, uri)
