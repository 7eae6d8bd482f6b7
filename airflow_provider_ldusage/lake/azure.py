"""Azure Blob Storage, by adlfs: conditions are by ETag. adlfs takes a negative start for an offset, so blobs are
read whole. There is no link to Azure's portal: its addresses hold a subscription, which no connection tells."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from airflow_provider_ldusage.lake.objects import IN_FLIGHT, ObjectStore
from airflow_provider_ldusage.lake.store import Dataset, Versioned

NOT_FOUND, PRECONDITION_FAILED = 404, 412


class AzureStore(ObjectStore):
    """A prefix of a container, see :class:`.store.Store`.

    :param fs: an ``adlfs.AzureBlobFileSystem``
    """

    protocols = frozenset({"abfs", "abfss", "az"})
    needs = "service_client"
    most_parallel = IN_FLIGHT

    @property
    def has_conditions(self) -> bool:
        return True

    def dataset(self, name: str) -> Dataset:
        """The store is a container of an account. Its blobs have the same names at the account's other endpoint, by
        which the convention calls them."""
        container, _, key = self.path(name).partition("/")
        client = self.fs.service_client
        host, account = getattr(client, "primary_hostname", ""), getattr(client, "account_name", "")
        if ".blob." in host:
            return Dataset(f"abfss://{container}@{host.replace('.blob.', '.dfs.', 1)}", key)
        return Dataset(f"abfss://{container}@{account}.dfs.core.windows.net", key) if account else super().dataset(name)

    def _read_versioned(self, path: str) -> Versioned:
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

        return self._await(request())

    def _swap(self, path: str, data: bytes, before: Versioned | None) -> bool:
        try:
            self._upload(path, data, **_condition(before))
        except FileExistsError:
            return False
        except Exception as error:
            if getattr(error, "status_code", None) != PRECONDITION_FAILED:
                raise
            return False
        return True


def _condition(before: Versioned | None) -> dict[str, Any]:
    """adlfs's arguments for an upload on condition."""
    if before is None:
        return {"overwrite": False}
    match = import_module("azure.core").MatchConditions.IfNotModified
    return {"etag": before.version, "match_condition": match}
