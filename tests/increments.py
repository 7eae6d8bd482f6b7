"""Tasks that count up one number in one object, all at once; run as a module, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stores import open_store

ROOT = Path(__file__).parent.parent
NAME = "_ldusage/t.count.json"


def increment(store: Store, times: int) -> int:
    """Count up so many times; how many attempts were in vain."""
    vain = 0
    for _ in range(times):
        while True:
            before = store.read_versioned(NAME)
            number = json.loads(before.data) if before else 0
            if store.swap(NAME, json.dumps(number + 1).encode(), before):
                break
            vain += 1
    return vain


def in_threads(store: Store, tasks: int, times: int) -> int:
    """Attempts in vain, of all threads together."""
    barrier = Barrier(tasks)

    def task(_: int) -> int:
        barrier.wait(60)
        return increment(store, times)

    with ThreadPoolExecutor(tasks) as pool:
        return sum(pool.map(task, range(tasks)))


def in_processes(fs: Any, root: str, tasks: int, times: int) -> int:
    """Attempts in vain, of all processes together; they begin when all have their modules loaded."""
    command = [sys.executable, "-m", "tests.increments", fs.to_json(), root, str(times)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(tasks)
    ]
    try:
        for process in running:
            assert process.stdout and process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        return sum(int(process.communicate(timeout=120)[0]) for process in running)
    finally:
        for process in running:
            process.kill()
            process.communicate()


def main(filesystem: str, root: str, times: str) -> None:
    from fsspec import AbstractFileSystem

    store = open_store(AbstractFileSystem.from_json(filesystem), root, "the store")
    store.read_versioned(NAME)
    print("ready", flush=True)
    sys.stdin.readline()
    print(increment(store, int(times)))


if __name__ == "__main__":
    main(*sys.argv[1:])
