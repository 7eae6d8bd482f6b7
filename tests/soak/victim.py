"""A process that runs loads as processes of their own, of which each dies by SIGKILL at its n-th write.

Reads pickled (step, ticket, url, root), base64, one a line, and answers with how each ended: ``killed``, ``done`` or
``failed``. It has no threads, so that forking is safe, and everything is imported before the first load.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pyarrow.parquet  # noqa: F401 - imported here, once, not in every load
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.api import session  # noqa: F401 - likewise
from tests.soak import loads
from tests.soak.events import Step
from tests.soak.stores import Place
from tests.soak.world import Caller, Ticket


class Victims:
    """The process, from outside: ``with Victims() as victims: victims.run(...)``."""

    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Victims:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(30)

    def _started(self) -> subprocess.Popen[str]:
        """Most soaks need none."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.victim"],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._process

    def run(self, step: Step, ticket: Ticket, url: str, root: str) -> loads.Done:
        """A load on local disk that is killed in earnest. What it reports is not known."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        told = base64.b64encode(pickle.dumps((step, ticket, url, root))).decode()
        print(told, file=process.stdin, flush=True)
        ended = process.stdout.readline().strip()
        if ended not in ("killed", "done", "failed"):
            raise RuntimeError(f"the process of {step} ended otherwise: {ended!r}")
        error = loads.LaunchDarklyUsageError("in a process of its own") if ended == "failed" else None
        return loads.Done(error=error, killed=ended == "killed")


def main() -> None:
    for line in sys.stdin:
        step, ticket, url, root = pickle.loads(base64.b64decode(line))
        child = os.fork()
        if child == 0:
            os._exit(_load(step, ticket, url, root))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        print({-signal.SIGKILL: "killed", 0: "done", 1: "failed"}.get(code, f"code {code}"), flush=True)


def _load(step: Step, ticket: Ticket, url: str, root: str) -> int:
    code = 2
    try:
        place = Place("disk", LocalFileSystem(), root, Path(root).as_uri())
        done = loads.run(step, ticket, Caller(step.moment), url, place, die=_die)
        code = 1 if done.error else 0
    finally:
        os._exit(code)


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


if __name__ == "__main__":
    main()
