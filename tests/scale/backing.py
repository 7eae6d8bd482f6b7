"""What an Airflow cluster stands on: PostgreSQL and Redis, each in a temporary folder, on loopback, with a password."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.memory import folder_in_memory

# Within a namespace of its own, since PostgreSQL refuses to run as root.
NOT_ROOT = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


def missing() -> str:
    """Why there can be no cluster on this machine; empty if there can."""
    if not shutil.which("redis-server"):
        return "redis-server is not installed. On Debian: apt-get install redis-server"
    if not _postgresql("initdb").is_file():
        return "PostgreSQL is not installed. On Debian: apt-get install postgresql"
    if _not_root() and subprocess.run([*NOT_ROOT, "true"], capture_output=True).returncode:
        return "PostgreSQL does not run as root, and this kernel does not let root be another user within a namespace"
    return ""


@contextmanager
def postgresql(port: int) -> Iterator[str]:
    """A server without any data that need last; its address for SQLAlchemy."""
    password = secrets.token_hex(16)
    with folder_in_memory() as folder:
        (folder / "password").write_text(password)
        made = subprocess.run(
            [*_not_root(), _postgresql("initdb"), "--pgdata", folder / "data", "--username", "airflow",
             "--auth", "scram-sha-256", "--pwfile", folder / "password", "--no-sync", "--locale", "C",
             "--encoding", "UTF8"],
            capture_output=True, text=True,
        )  # fmt: skip
        assert not made.returncode, made.stderr
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 200,
            "dynamic_shared_memory_type": "mmap",
        }  # fmt: skip
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with _serving([*_not_root(), str(_postgresql("postgres")), "-D", str(folder / "data"), *settings], folder):
            yield f"airflow:{password}@127.0.0.1:{port}/postgres"


@contextmanager
def redis(port: int) -> Iterator[str]:
    """A server that keeps nothing on disk; its address for Celery."""
    password = secrets.token_hex(16)
    with folder_in_memory() as folder:
        (folder / "redis.conf").write_text(
            f'bind 127.0.0.1\nport {port}\nsave ""\nappendonly no\nrequirepass {password}\ndir {folder}\n'
        )
        with _serving(["redis-server", str(folder / "redis.conf")], folder):
            yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextmanager
def _serving(command: Sequence[str], folder: Path) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while b"ready to accept connections" not in (said := (folder / "log").read_bytes()).lower():
            assert server.poll() is None and time.monotonic() < until, said.decode()
            time.sleep(0.1)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(15)
        finally:
            kill_session(server.pid)
            server.wait()


def kill_session(leader: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to every process of a session, whatever group it has put itself into.

    :param leader: process id of the first
    :param number: of the signal
    """
    for process in session(leader):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


def session(leader: int) -> set[int]:
    """The processes of a session that are still there."""
    found = set()
    for process in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        try:
            if os.getsid(process) == leader:
                found.add(process)
        except ProcessLookupError:
            pass
    return found


def _postgresql(name: str) -> Path:
    """A program of PostgreSQL's, which Debian has outside of the PATH."""
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    return max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), default=Path(name))


def _not_root() -> tuple[str, ...]:
    return () if os.geteuid() else NOT_ROOT
