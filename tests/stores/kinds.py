"""What differs between the stores for a test: the server, the Airflow connection, and how a request reads."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.stores import servers
from tests.stores.proxy import Proxy, Seen

BUCKET = "lake"
READ_ONLY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}],
}


class Kind(ABC):
    """A store behind a :class:`Proxy`, with the bucket ``lake``."""

    scheme: str
    server: Callable[[Path], AbstractContextManager[str]]
    denied = (403, b'{"error": {"code": 403, "message": "not allowed"}}')

    @contextlib.contextmanager
    def started(self, folder: Path) -> Iterator[Proxy]:
        with type(self).server(folder) as url:
            self.upstream = url
            self.proxy = Proxy(url)
            try:
                self.prepare()
                yield self.proxy
            finally:
                self.proxy.close()

    @abstractmethod
    def prepare(self) -> None:
        """Make the users and the bucket."""

    @abstractmethod
    def connection(self, who: str = "owner") -> dict[str, Any]:
        """An Airflow connection of ``owner``, of a ``reader`` who may not write, or with a ``wrong`` secret."""

    @abstractmethod
    def filesystem(self) -> Any:
        """A filesystem beside the proxy, of somebody who looks at the lake."""

    @abstractmethod
    def polars_options(self) -> dict[str, str]: ...

    @abstractmethod
    def kind_of(self, seen: Seen) -> str:
        """GET, HEAD, PUT, LIST, DELETE or BUCKET."""

    def secrets(self) -> tuple[str, ...]:
        return ("very-secret",)


class S3(Kind):
    scheme = "s3"

    def connection(self, who: str = "owner") -> dict[str, Any]:
        login, password = self.keys(who)
        extra = {"endpoint_url": self.proxy.url, "region_name": "us-east-1"}
        return {"conn_type": "aws", "login": login, "password": password, "extra": extra}

    @abstractmethod
    def keys(self, who: str) -> tuple[str, str]: ...

    def filesystem(self) -> Any:
        import s3fs

        key, secret = self.keys("owner")
        return s3fs.S3FileSystem(key=key, secret=secret, endpoint_url=self.upstream, skip_instance_cache=True)

    def polars_options(self) -> dict[str, str]:
        key, secret = self.keys("owner")
        return {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_endpoint_url": self.upstream,
                "aws_region": "us-east-1", "aws_allow_http": "true"}  # fmt: skip

    def kind_of(self, seen: Seen) -> str:
        path, _, query = seen.target.partition("?")
        if "list-type" in query:
            return "LIST"
        if path.strip("/").count("/") == 0:
            return "DELETE" if "delete" in query else "BUCKET"
        return seen.method


class Moto(S3):
    server = staticmethod(servers.moto)

    def prepare(self) -> None:
        import boto3

        options = {"endpoint_url": self.upstream, "region_name": "us-east-1",
                   "aws_access_key_id": "first", "aws_secret_access_key": "first"}  # fmt: skip
        iam = boto3.client("iam", **options)
        allowed = {**READ_ONLY, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        self._keys: dict[str, tuple[str, str]] = {}
        iam.create_user(UserName="owner")
        key = iam.create_access_key(UserName="owner")["AccessKey"]
        iam.put_user_policy(UserName="owner", PolicyName="all", PolicyDocument=json.dumps(allowed))
        self._keys["owner"] = key["AccessKeyId"], key["SecretAccessKey"]
        iam.create_user(UserName="reader")
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        self._keys["reader"] = key["AccessKeyId"], key["SecretAccessKey"]
        options |= dict(zip(("aws_access_key_id", "aws_secret_access_key"), self._keys["owner"], strict=True))
        iam = boto3.client("iam", **options)
        iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(READ_ONLY))
        boto3.client("s3", **options).create_bucket(Bucket=BUCKET)

    def keys(self, who: str) -> tuple[str, str]:
        return self._keys[who] if who in self._keys else (self._keys["owner"][0], "very-secret-and-wrong")

    def secrets(self) -> tuple[str, ...]:
        return ("very-secret", self._keys["owner"][1], self._keys["reader"][1])


class Ceph(S3):
    server = staticmethod(servers.ceph)

    def prepare(self) -> None:
        fs = self.filesystem()
        fs.mkdir(BUCKET)
        allowed = {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/stranger"]},
                   "Action": ["s3:GetObject", "s3:ListBucket"],
                   "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}  # fmt: skip
        fs.call_s3("put_bucket_policy", Bucket=BUCKET, Policy=json.dumps({**READ_ONLY, "Statement": [allowed]}))

    def keys(self, who: str) -> tuple[str, str]:
        if who == "wrong":
            return "AKowner", "very-secret-and-wrong"
        user = {"reader": "stranger"}.get(who, who)
        return f"AK{user}", f"very-secret-{user}"


class Azure(Kind):
    scheme = "abfs"
    server = staticmethod(servers.azurite)

    def _connection_string(self, base: str, who: str = "owner") -> str:
        key = servers.ACCOUNT_KEY if who == "owner" else base64.b64encode(b"very-secret-and-wrong").decode()
        login = f"AccountKey={key}" if who != "reader" else f"SharedAccessSignature={self._read_only()}"
        place = f"BlobEndpoint={base}/{servers.ACCOUNT}"
        return f"DefaultEndpointsProtocol=http;AccountName={servers.ACCOUNT};{login};{place};"

    def _read_only(self) -> str:
        from datetime import datetime, timedelta, timezone

        from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

        return generate_account_sas(
            servers.ACCOUNT, servers.ACCOUNT_KEY, ResourceTypes(service=True, container=True, object=True),
            AccountSasPermissions(read=True, list=True), datetime.now(timezone.utc) + timedelta(hours=1),
        )  # fmt: skip

    def prepare(self) -> None:
        self.filesystem().mkdir(BUCKET)

    def connection(self, who: str = "owner") -> dict[str, Any]:
        return {"conn_type": "wasb", "extra": {"connection_string": self._connection_string(self.proxy.url, who)}}

    def filesystem(self) -> Any:
        import adlfs

        return adlfs.AzureBlobFileSystem(
            connection_string=self._connection_string(self.upstream), skip_instance_cache=True
        )

    def polars_options(self) -> dict[str, str]:
        return {"azure_storage_account_name": servers.ACCOUNT, "azure_storage_account_key": servers.ACCOUNT_KEY,
                "azure_storage_endpoint": f"{self.upstream}/{servers.ACCOUNT}", "azure_allow_http": "true"}  # fmt: skip

    def kind_of(self, seen: Seen) -> str:
        if "comp=list" in seen.target:
            return "LIST"
        return "BUCKET" if "restype=container" in seen.target else seen.method

    def secrets(self) -> tuple[str, ...]:
        wrong = base64.b64encode(b"very-secret-and-wrong").decode()
        return ("very-secret", servers.ACCOUNT_KEY, wrong, "sig=ey")


class Gcs(Kind):
    """fake-gcs-server knows no credentials, so the proxy asks for the tokens that its token endpoint gave out."""

    scheme = "gs"
    server = staticmethod(servers.fake_gcs)

    def prepare(self) -> None:
        from tests.stores.oauth import TokenServer

        os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"  # gcsfs reads it when it is first imported: here
        self.tokens = TokenServer(("owner", "reader"))
        self.proxy.guard = self.tokens.guard
        self.filesystem().mkdir(BUCKET)

    def connection(self, who: str = "owner") -> dict[str, Any]:
        keyfile = self.tokens.keyfile(who, f"{self.proxy.url}/token")
        extra = {"project": "p", "keyfile_dict": json.dumps(keyfile), "gcs.endpoint": self.proxy.url}
        return {"conn_type": "google_cloud_platform", "extra": extra}

    def filesystem(self) -> Any:
        import gcsfs.core

        return gcsfs.core.GCSFileSystem(project="p", token="anon", endpoint_url=self.upstream, skip_instance_cache=True)

    def polars_options(self) -> dict[str, str]:
        account = {"gcs_base_url": self.upstream, "disable_oauth": True, "client_email": "", "private_key": "",
                   "private_key_id": ""}  # fmt: skip
        return {"google_service_account_key": json.dumps(account), "google_allow_http": "true"}

    def kind_of(self, seen: Seen) -> str:
        path = seen.target.partition("?")[0]
        if path == "/token":
            return "TOKEN"
        if path.startswith("/upload/"):
            return "PUT"
        if seen.method == "GET" and re.fullmatch(r"/storage/v1/b/[^/]+(/o)?", path):
            return "LIST" if path.endswith("/o") else "BUCKET"
        return "HEAD" if seen.method == "GET" and "alt=media" not in seen.target else seen.method

    def secrets(self) -> tuple[str, ...]:
        return ("very-secret", "PRIVATE KEY", *self.tokens.issued)


KINDS: dict[str, type[Kind]] = {"moto": Moto, "ceph": Ceph, "gcs": Gcs, "azure": Azure}
