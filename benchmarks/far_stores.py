"""A year into a store that is far away: for the first time, restated and unchanged, beside peers and bare requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import arrow, memory_s3, ours
from benchmarks.bench import ROOT, Bench, Check, number, table
from benchmarks.far_peers import BARE, METHODS, Task
from benchmarks.shapes import SHAPES, Shape
from benchmarks.stores import BUCKET, CREDENTIALS

ROUND_TRIPS = (0, 20, 50)
YEAR = SHAPES["daily"]
RESTATED = replace(YEAR, name="daily, restated", seed=5)
FIRST, AGAIN, SAME = "first", "restated", "unchanged"
LOADS = {FIRST: YEAR, AGAIN: RESTATED, SAME: RESTATED}
ALWAYS_WRITES = "as restated"
REQUESTS = ("PUT", "GET", "HEAD", "LIST", "DELETE", "POST")
HEADS = (
    "method", *(f"{load} s" for load in LOADS), *(f"{load}: ours is" for load in LOADS), "CPU s", "requests",
    "round trips", "most in flight",
)  # fmt: skip
NOTE = (
    "The last four columns are about the restated load. Round trips are those of requests, of `Expect`, and of opening "
    "connections."
)


@dataclass(frozen=True)
class Took:
    """What one load took; ``counts``: by the server, see :meth:`.waiting_http.Far.control`."""

    seconds: float
    cpu: float
    counts: dict[str, int]

    @property
    def requests(self) -> int:
        return sum(self.counts.get(kind, 0) for kind in REQUESTS)


def measure(bench: Bench) -> list[str]:
    os.environ |= CREDENTIALS
    lines = []
    with _Stand(bench).running() as stand:
        for ms in ROUND_TRIPS:
            found: dict[str, dict[str, Took]] = {}
            for turn in range(max(1, bench.repeat // 2)):
                for method in (name for name, each in METHODS.items() if each.in_turns or not turn):
                    found[method] = _quicker(found.get(method), stand.loads(method, ms, turn))
            _note(bench, ms, found)
            rows = [_row(method, took, found["ours"]) for method, took in found.items()]
            lines += table(f"A year into S3 at {ms} ms a round trip", HEADS, rows, NOTE)
    return lines


class _Stand:
    """Servers and answers, and how a method runs on them."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.answers = {shape.name: bench.answer(shape) for shape in LOADS.values()}
        self.objects = bench.folder / "objects.json"
        self.truth = _truth(bench, self.answers[RESTATED.name])
        self.ports: dict[str, int] = {}

    @contextmanager
    def running(self) -> Iterator[_Stand]:
        with memory_s3.running() as self.s3, ExitStack() as servers:
            self.s3.create(BUCKET)
            self.ports = {name: servers.enter_context(ours.answering(path)) for name, path in self.answers.items()}
            yield self

    def loads(self, method: str, ms: int, turn: int) -> dict[str, Took]:
        """All loads of a method one after the other, each in a fresh process, into a fresh place."""
        prefix = f"{BUCKET}/{list(METHODS).index(method)}-{ms}-{turn}"
        bare = method.startswith("s3fs")
        found = {}
        for load, shape in LOADS.items():
            if load != SAME or bare or method == "ours":
                found[load] = self._load(method, ms, self._task(prefix, shape, reads=load == SAME))
        self.s3.wait(0)
        if not bare and (written := self._written(method, prefix)) != self.truth:
            raise SystemExit(f"{method} has other rows in the store: {written}, not {self.truth}")
        return found

    def _task(self, prefix: str, shape: Shape, *, reads: bool) -> Task:
        answer, port = str(self.answers[shape.name]), self.ports[shape.name]
        return Task(self.s3.endpoint, prefix, asdict(shape), answer, port, str(self.objects), reads)

    def _load(self, method: str, ms: int, task: Task) -> Took:
        self.s3.wait(ms)
        self.s3.counts()
        command = [sys.executable, "-m", "benchmarks.far_peers", method, json.dumps(asdict(task))]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{method} failed at {ms} ms:\n{done.stderr[-2000:]}")
        return Took(**json.loads(done.stdout.splitlines()[-1]), counts=self.s3.counts())

    def _written(self, method: str, prefix: str) -> Check:
        """What is in the store, as it is read: for Delta Lake, the files of its last version."""
        from s3fs import S3FileSystem

        fs = S3FileSystem(endpoint_url=self.s3.endpoint, skip_instance_cache=True)
        found = fs.find(prefix, detail=True)
        sizes = {path: found[path]["size"] for path in found if "/usage_date=" in path and path.endswith(".parquet")}
        if method == "ours":
            self.objects.write_text(json.dumps({path.removeprefix(f"{prefix}/"): sizes[path] for path in sizes}))
        paths = list(sizes)
        if method == "deltalake":
            from deltalake import DeltaTable

            options = Task(self.s3.endpoint, prefix, {}, "", 0, "").rust_options
            uris = DeltaTable(f"s3://{prefix}", storage_options=options).file_uris()
            paths = [uri.removeprefix("s3://") for uri in uris]
        self.bench.clear()
        self.bench.out.mkdir()
        for place, path in enumerate(paths):
            (self.bench.out / f"{place}.parquet").write_bytes(fs.cat_file(path))
        return self.bench.checked()


def _truth(bench: Bench, answer: Path) -> Check:
    bench.clear()
    arrow.floor(answer, bench.out)
    return bench.checked()


def _quicker(one: dict[str, Took] | None, other: dict[str, Took]) -> dict[str, Took]:
    return {load: min((one or other)[load], took, key=lambda each: each.seconds) for load, took in other.items()}


def _row(method: str, took: dict[str, Took], mine: dict[str, Took]) -> list[Any]:
    known = [took.get(load) for load in LOADS]
    ratios = [f"{number(_of(took, load).seconds / mine[load].seconds)} x as fast" for load in LOADS]
    last = took[AGAIN]
    return [
        method, *(f"{each.seconds:.2f}" if each else ALWAYS_WRITES for each in known), *ratios, f"{last.cpu:.2f}",
        f"{last.requests:,}", f"{last.counts['round trips']:,}", last.counts["most in flight"],
    ]  # fmt: skip


def _of(took: dict[str, Took], load: str) -> Took:
    """Peers write an unchanged year as they write a restated one."""
    return took.get(load) or took[AGAIN]


def _note(bench: Bench, ms: int, found: dict[str, dict[str, Took]]) -> None:
    mine = found["ours"]
    for load in LOADS:
        for method, took in found.items():
            bench.figures[f"{load}, {ms} ms: x {method}"] = _of(took, load).seconds / mine[load].seconds
        bench.figures[f"{load}, {ms} ms: x as long as {BARE}"] = mine[load].seconds / found[BARE][load].seconds
        bench.figures[f"{load}, {ms} ms: requests"] = mine[load].requests
