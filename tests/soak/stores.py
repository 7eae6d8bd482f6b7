"""The stores that a soak runs on: local disk always, memory for speed, and S3 where moto is installed."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from tests.moto_server import make_puts_atomic

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """Where a lake is."""

    name: str
    fs: AbstractFileSystem
    root: str
    uri: str


def names() -> tuple[str, ...]:
    moto = importlib.util.find_spec("moto") and importlib.util.find_spec("s3fs")
    return ("disk", "memory", "s3") if moto else ("disk", "memory")


@contextmanager
def place(name: str, folder: Path) -> Iterator[Place]:
    """A store that is empty; ``folder`` is where local disk's lies."""
    if name == "disk":
        lake = folder / f"lake-{next(_NUMBERS)}"
        yield Place(name, LocalFileSystem(), str(lake), lake.as_uri())
    elif name == "memory":
        root = f"/soak-{next(_NUMBERS)}"
        fs = MemoryFileSystem()
        fs.mkdir(root)
        try:
            yield Place(name, fs, root, f"memory:/{root}")
        finally:
            if fs.exists(root):
                fs.rm(root, recursive=True)
    else:
        yield from _s3()


def _s3() -> Iterator[Place]:
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    make_puts_atomic()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
        fs = S3FileSystem(
            key="soak", secret="soak", skip_instance_cache=True, use_listings_cache=False,
            client_kwargs={"endpoint_url": f"http://{host}:{port}"},
        )  # fmt: skip
        fs.mkdir("soak")
        yield Place("s3", fs, "soak/lake", "s3://soak/lake")
    finally:
        server.stop()
