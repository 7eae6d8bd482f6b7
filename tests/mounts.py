"""Real file systems for tests, each mounted below a folder and taken away again. They need root and Linux."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    """Skips where this machine does not mount such a file system."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("needs root, to mount a file system")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount {' '.join(arguments)}: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def tmpfs(at: Path, options: str = "size=8m") -> Iterator[Path]:
    with mounted(at / "tmpfs", "-t", "tmpfs", "-o", options, "tmpfs") as folder:
        yield folder


def _image(kind: str, size: int, options: str, *make: str) -> Callable[[Path], contextlib.AbstractContextManager[Path]]:
    """A file system in a file, on a loop device."""

    @contextlib.contextmanager
    def mount(at: Path) -> Iterator[Path]:
        image = at / "image"
        if not shutil.which(make[0]):
            pytest.skip(f"needs {make[0]}")
        with image.open("wb") as file:
            file.truncate(size)
        subprocess.run([*make, str(image)], check=True, capture_output=True)
        with mounted(at / kind, "-t", kind, "-o", options, str(image)) as folder:
            yield folder

    return mount


@contextlib.contextmanager
def overlay(at: Path) -> Iterator[Path]:
    """A folder of a container: what is there lies in a layer below, changes in one above."""
    with tmpfs(at) as layers:
        for name in ("lower", "upper", "work"):
            (layers / name).mkdir()
        layered = ",".join(f"{name}dir={layers / name}" for name in ("lower", "upper", "work"))
        with mounted(at / "overlay", "-t", "overlay", "-o", layered, "overlay") as folder:
            yield folder


WRITABLE = {
    "tmpfs": tmpfs,
    "ext4": _image("ext4", 16 << 20, "loop", "mkfs.ext4", "-q", "-F"),
    "vfat": _image("vfat", 16 << 20, "loop", "mkfs.vfat"),
    "overlay": overlay,
}
