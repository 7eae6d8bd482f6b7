"""Destination URLs: good ones become a store with a clean URI; each wrong one is refused with what is right."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError, UsageArgumentError

pytest.importorskip("airflow")
pytestmark = pytest.mark.airflow

EXAMPLE = "s3://aws_default@lake/launchdarkly"


def open_store(destination: Any) -> Any:
    from airflow_provider_ldusage.operators.destination import open_store

    return open_store(destination)


@pytest.fixture(scope="module")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("s3fs")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path_factory.mktemp("moto") / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        until = time.monotonic() + 120
        while time.monotonic() < until and server.poll() is None:
            try:
                ask(urllib.request.Request(f"{endpoint}/lake", method="PUT"), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield endpoint
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def s3_connection(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    extra = {"endpoint_url": s3_endpoint, "region_name": "us-east-1"}
    value = {"conn_type": "aws", "login": "testing", "password": "very-secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_LAKE_CONN", json.dumps(value))
    return "lake_conn"


def test_a_local_folder_is_a_good_destination(tmp_path: Path) -> None:
    store = open_store(f" file://{tmp_path}/a b/é=x/ ")
    assert store.uri == f"file://{tmp_path}/a b/é=x"
    store.check()
    store.put("t/x", b"1")
    assert (tmp_path / "a b" / "é=x" / "t" / "x").read_bytes() == b"1"


def test_a_bucket_with_a_connection_is_a_good_destination(s3_connection: str) -> None:
    store = open_store(f"s3://{s3_connection}@lake/launchdarkly/prod")
    store.check()
    store.put("t/x", b"1")
    assert store.read("t/x") == b"1"
    assert store.uri == "s3://lake/launchdarkly/prod"
    assert store.root == "lake/launchdarkly/prod"


def test_a_base_that_ends_in_a_slash_leads_to_the_same_lake(s3_connection: str) -> None:
    stores = [open_store(f"{scheme}://{s3_connection}@lake/{rest}")
              for scheme, rest in [("s3", "joined"), ("s3", "/joined"), ("S3A", "./joined//")]]  # fmt: skip
    stores[0].put("t/x", b"1")
    assert [(store.read("t/x"), store.root, store.uri) for store in stores] == [
        (b"1", "lake/joined", "s3://lake/joined")
    ] * 3


def test_a_path_and_its_url_and_airflow_s_own_path_are_one_destination(tmp_path: Path, s3_connection: str) -> None:
    from airflow_provider_ldusage.compat import ObjectStoragePath

    folder = tmp_path / "a b" / "ü"
    for destination in (folder, folder.as_uri(), f"file://localhost{folder}", ObjectStoragePath(f"file://{folder}"),
                        ObjectStoragePath(str(folder))):  # fmt: skip
        store = open_store(destination)
        assert (store.root, store.uri) == (str(folder), f"file://{folder}")
    bucket = ObjectStoragePath("s3://lake/", conn_id=s3_connection)
    for destination in (bucket / "x" / "y", ObjectStoragePath(f"s3://{s3_connection}@lake//x/y/")):
        assert (open_store(destination).root, open_store(destination).uri) == ("lake/x/y", "s3://lake/x/y")


def test_a_path_of_universal_pathlib_is_a_destination_too(tmp_path: Path, s3_connection: str) -> None:
    from upath import UPath

    folder = tmp_path / "a b" / "%20"
    assert open_store(UPath(folder)).root == str(folder)
    assert open_store(UPath(f"file://{tmp_path}/a b")).uri == f"file://{tmp_path}/a b"
    store = open_store(UPath(f"s3://{s3_connection}@lake//u/x") / "y")
    assert (store.root, store.uri) == ("lake/u/x/y", "s3://lake/u/x/y")
    for path, reason in [
        (UPath("s3://lake/x"), "names no connection"),
        (UPath(f"file://{tmp_path}/a%20b"), "FilePath takes percent signs as they are"),
        (UPath("data/lake"), "absolute path"),
        (UPath("memory://x"), "is no object storage URL"),
    ]:
        with pytest.raises(UsageArgumentError, match=reason):
            open_store(path)


def test_storage_options_of_a_path_are_refused_rendered_or_not(s3_connection: str) -> None:
    from upath import UPath

    from airflow_provider_ldusage.compat import ObjectStoragePath
    from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

    url = f"s3://{s3_connection}@lake/x"
    for destination in (
        ObjectStoragePath(url, anon=True), ObjectStoragePath("s3://lake/x", conn_id=s3_connection, anon=True),
        UPath(url, anon=True, secret="hush"), UPath("s3://lake/x", conn_id=s3_connection, anon=True),
        UPath("file:///data/lake", anon=True),
    ):  # fmt: skip
        task = LaunchDarklyUsageOperator(task_id="load", metric="ai_runs", destination=destination)
        task.render_template_fields({})
        for path in (destination, task.destination):
            with pytest.raises(
                UsageArgumentError, match=r"storage_options \(.*anon.*in an Airflow connection"
            ) as caught:
                open_store(path)
            assert "hush" not in str(caught.value)


def test_objects_stay_what_they_are_when_airflow_renders_them(tmp_path: Path) -> None:
    from airflow_provider_ldusage.compat import ObjectStoragePath
    from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

    folder = tmp_path / "a b"
    for destination in (folder, folder.as_uri(), ObjectStoragePath(f"file://{folder}")):
        task = LaunchDarklyUsageOperator(task_id="load", metric="ai_runs", destination=destination)
        task.render_template_fields({})
        assert open_store(task.destination).root == str(folder)


def test_a_bucket_without_a_prefix_is_a_good_destination(s3_connection: str) -> None:
    store = open_store(f"s3://{s3_connection}@lake")
    store.put("t/x", b"2")
    assert (store.uri, store.root, store.read("t/x")) == ("s3://lake", "lake", b"2")


def test_a_missing_bucket_is_named_by_the_check(s3_connection: str) -> None:
    store = open_store(f"s3://{s3_connection}@nowhere/launchdarkly")
    with pytest.raises(
        LakeError, match=r"^There is no bucket or container 'nowhere' .*\(s3://nowhere/launchdarkly\)$"
    ) as caught:
        store.check()
    assert s3_connection not in str(caught.value)


@pytest.mark.parametrize(
    "destination",
    ["", " ", None, 5, "lake", "/data/lake", "data/lake", "C:\\data", "nope://bucket/x", "memory://x", "http://x/y",
     "https://bucket.s3.amazonaws.com/x", "s3:", "//bucket/x", "{{ var.value.lake }}"],
)  # fmt: skip
def test_what_is_no_object_storage_url_is_refused_with_the_schemes(destination: Any) -> None:
    with pytest.raises(UsageArgumentError, match="for example") as caught:
        open_store(destination)
    assert EXAMPLE in str(caught.value)
    assert "Schemes: file, s3," in str(caught.value) or "names no bucket" in str(caught.value)


@pytest.mark.parametrize(
    "destination",
    ["file:data/lake", "file://data/lake", "file://", "file://."],
)
def test_a_local_path_that_is_not_absolute_is_refused(destination: str) -> None:
    with pytest.raises(UsageArgumentError, match="absolute path with three slashes"):
        open_store(destination)


@pytest.mark.parametrize("destination", ["s3://", "s3:///x", "s3://lake_conn@/x", "s3:bucket/x"])
def test_a_url_without_a_bucket_is_refused(destination: str, s3_connection: str) -> None:
    with pytest.raises(UsageArgumentError, match="names no bucket or container"):
        open_store(destination)


@pytest.mark.parametrize(
    "destination",
    ["s3://lake/a?versionId=1", "s3://lake/a?", "s3://lake/a#b", "s3://lake/#", "s3://lake/../x", "file:///data/..",
     "file:///data/a\nb", "s3://la\tke/x", "s3://lake/\x00"],
)  # fmt: skip
def test_what_a_path_must_not_hold_is_refused(destination: str) -> None:
    with pytest.raises(
        UsageArgumentError, match=r"must not hold ('\?' or '#'|'\.\.', backslashes or )?.* Give for example"
    ):
        open_store(destination)


def test_a_url_that_python_cannot_parse_is_refused_like_the_others() -> None:
    with pytest.raises(UsageArgumentError, match="is no URL"):
        open_store("s3://[lake/x")


@pytest.mark.parametrize(
    "destination",
    ["s3://AKIAX:hush@lake/x", "s3://AKIAX:hu/sh@lake/x", "s3://AKIAX:hush@lake/x?y", "nope://AKIAX:hush@lake",
     "AKIAX:hush@lake", "s3://AKIAX:hush@lake/../x", "s3://:hush@lake", "s3://[AKIAX:hush@lake/x"],
)  # fmt: skip
def test_credentials_in_a_url_are_refused_and_not_repeated(destination: str) -> None:
    with pytest.raises(UsageArgumentError, match="belong in a connection") as caught:
        open_store(destination)
    assert "hu" not in str(caught.value).replace("launchdarkly", "")


def test_a_connection_that_is_not_defined_is_named() -> None:
    with pytest.raises(LakeError, match="connection 'nobody' is not defined"):
        open_store("s3://nobody@lake/x")
    with pytest.raises(LakeError, match="connection 'nobody' is not defined"):
        open_store("file://nobody@/data/x")


@pytest.mark.parametrize(("scheme", "extra"), [("gs", "gcs"), ("abfs", "azure"), ("s3", "s3")])
def test_a_scheme_without_its_provider_says_which_extra_to_install(
    scheme: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow_provider_ldusage.operators.destination import FILESYSTEMS

    monkeypatch.setitem(sys.modules, FILESYSTEMS[scheme], None)
    monkeypatch.setattr("airflow_provider_ldusage.compat.has_fs", lambda scheme: False)
    with pytest.raises(UsageArgumentError, match=rf"No filesystem for {scheme}:// .*ldusage\[{extra}\]"):
        open_store(f"{scheme}://lake/x")


def test_a_provider_without_its_filesystem_says_which_extra_to_install(
    s3_connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow's amazon provider knows s3:// also where s3fs is missing."""
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UsageArgumentError, match=r"ldusage\[s3\]"):
        open_store(f"s3://{s3_connection}@lake/x")


def test_a_connection_that_makes_no_filesystem_is_an_error_of_the_lake(
    s3_connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"service_config": {"s3": {"signer": "unheard-of"}}}
    monkeypatch.setenv("AIRFLOW_CONN_ODD", json.dumps({"conn_type": "aws", "password": "hush", "extra": extra}))
    with pytest.raises(LakeError, match="makes no s3:// filesystem: Signer not available") as caught:
        open_store("s3://odd@lake/x")
    assert "hush" not in str(caught.value)
