"""A task that dies or runs out of disk midway: every day stays whole, and a table holds day files and nothing else."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake import disk as local

DAYS = 12
KILLS = 15
# A task that never ends: rewrites the whole window with the generation 1, 2, 3, ... as every figure.
WRITER = """
import itertools, sys
from datetime import date, datetime, timedelta, timezone
from fsspec.implementations.local import LocalFileSystem
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.commit import commit
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.days import Window

root, days, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = open_store(LocalFileSystem(), root, f"file://{root}")
query = UsageQuery.build("events", event_type="received")
table = Table.of("events", query, {"id": "a", "host": "h"})
window = Window(date(2026, 11, 1), date(2026, 11, 1) + timedelta(days=days))
for generation in itertools.count(first):
    decoder = SeriesDecoder(query, table.schema)
    points = ",".join(
        '{"time": %d, %s}' % (window.start_ms + n * 86_400_000, ",".join(f'"{k}": {generation}' for k in range(300)))
        for n in range(days)
    )
    metadata = ",".join('{"n": %d}' % k for k in range(300))
    decoder.add(Scratch.of(f'{{"metadata": [{metadata}], "series": [{points}]}}'.encode()), ask=window, keep=window)
    commit(TableSlice(store, table, query.slice), dict(decoder.days()))
    print(generation, flush=True)
"""


def read_all(root: Path) -> dict[str, list[int]]:
    """Every day's figures; fails on a file that is not whole, or that is no day file.

    Each file is opened once: pyarrow's datasets open a path twice, and may take the footer of the file before and the
    pages of the one after.
    """
    found = {}
    for path in sorted(path for path in (root / "events").rglob("*") if path.is_file()):
        assert re.fullmatch(
            r"usage_date=2026-11-\d\d/received-[0-9a-f]{16}\.parquet", str(path.relative_to(root / "events"))
        )
        found[path.parent.name] = pq.read_table(pa.BufferReader(path.read_bytes())).column("value").to_pylist()
    return found


def is_whole(days: dict[str, list[int]]) -> bool:
    return all(len(values) == 300 and len(set(values)) == 1 for values in days.values())


def test_a_killed_task_leaves_whole_days_and_readers_see_no_half_ones(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    stop, troubles, reads = threading.Event(), [], 0

    def reader() -> None:
        nonlocal reads
        while not stop.wait(0.01):
            try:
                if not is_whole(read_all(root)):
                    troubles.append("a day is half one generation, half another")
                reads += 1
            except Exception as error:
                troubles.append(repr(error))

    thread = threading.Thread(target=reader)
    thread.start()
    chance, generation = random.Random(7), 1
    try:
        for _ in range(KILLS):
            command = [sys.executable, "-c", WRITER, str(root), str(DAYS), str(generation)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as task:
                assert task.stdout
                generation = int(task.stdout.readline()) + 1000  # it is writing
                time.sleep(chance.uniform(0, 0.05))
                os.kill(task.pid, signal.SIGKILL)
            days = read_all(root)
            assert len(days) == DAYS
            assert is_whole(days)
    finally:
        stop.set()
        thread.join()
    assert troubles == []
    assert reads > KILLS
    beside = {path.relative_to(root).parts[1] for path in (root / "_ldusage").rglob("*") if path.is_file()}
    assert beside - {"tmp"} == {"events.json", "totals"}
    assert {path.name for path in root.iterdir()} == {"events", "_ldusage"}


USAGE = {1: {("p", "node"): 5}, 2: {("p", "go"): 6}}
NEWER = {day: {label: value + 100 for label, value in figures.items()} for day, figures in USAGE.items()}


class Fault:
    """Makes something fail from the n-th call on."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: Any, name: str, at: int, error: BaseException) -> None:
        self.call, self.at, self.error, self.seen = getattr(owner, name), at, error, 0
        patch.setattr(owner, name, lambda *a, **k: self(*a, **k))

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.seen += 1
        if self.seen >= self.at:
            raise self.error
        return self.call(*arguments, **options)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "replace")])
def test_a_full_disk_at_any_step_of_a_rewrite_leaves_whole_days(
    disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, at: int
) -> None:
    runs.load(disk.store, USAGE, days=2)
    old = disk.day_files()
    failed = False
    with monkeypatch.context() as patch:
        fault = Fault(patch, owner, name, at, OSError(28, "No space left on device"))
        try:
            runs.load(disk.store, NEWER, days=2)
        except LakeError as error:
            assert "No space left on device" in str(error)
            assert disk.store.uri in str(error)
            failed = True
    assert failed == (fault.seen >= at)
    between = disk.day_files()
    assert between.keys() == old.keys()
    assert not [name for name in disk.names() if "/tmp/" in name]
    runs.load(disk.store, NEWER, days=2)
    assert runs.load(disk.store, NEWER, days=2).days("unchanged") == sorted(runs.rows(NEWER))
    assert all(disk.day_files()[name] != old[name] for name in old)


@pytest.fixture(params=["without a name", "with one"])
def on_its_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a new file is written before it is in its place: not every system knows files without a name."""
    if request.param == "with one":
        monkeypatch.setattr(local, "UNNAMED", None)
    elif local.UNNAMED is None:
        pytest.skip("this system knows no files without a name")
    return str(request.param)


@pytest.mark.parametrize("at", range(1, 10))
def test_a_full_disk_at_any_step_of_the_first_load_is_healed_by_the_next(
    disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, on_its_way: str, at: int
) -> None:
    with monkeypatch.context() as patch:
        fault = Fault(patch, os, "fsync", at, OSError(28, "No space left on device"))
        with pytest.raises(LakeError, match="No space left"):
            runs.load(disk.store, USAGE, days=2)
    assert fault.seen >= at
    assert not [name for name in disk.names() if "/tmp/" in name]
    done = runs.load(disk.store, USAGE, days=2)
    assert sorted(done.days("written") + done.days("unchanged")) == sorted(runs.rows(USAGE))
    assert len(disk.day_files()) == 2


def test_an_interrupt_between_write_and_rename_changes_nothing(
    disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.load(disk.store, USAGE, days=2)
    before = disk.objects()
    with monkeypatch.context() as patch:
        Fault(patch, Path, "replace", 1, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            runs.load(disk.store, {**USAGE, 1: NEWER[1]}, days=2)
    assert disk.objects() == before


def test_a_day_is_on_disk_before_it_has_its_name_and_its_folders_after(
    disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, on_its_way: str
) -> None:
    steps: list[str] = []
    fsync, replace, link = os.fsync, Path.replace, os.link

    def name_of(handle: int) -> str:
        return str(Path(f"/proc/self/fd/{handle}").readlink()).removeprefix(f"{disk.store.root}/")

    def linked(source: Any, target: Any, **how: Any) -> None:
        steps.append(f"link {Path(target).name}")
        link(source, target, **how)

    monkeypatch.setattr(os, "fsync", lambda handle: steps.append(f"sync {name_of(handle)}") or fsync(handle))
    monkeypatch.setattr(Path, "replace", lambda self, to: steps.append("replace") or replace(self, to))
    monkeypatch.setattr(os, "link", linked)
    folder = f"{runs.name}/usage_date=2026-11-01"
    for figures, named in ((USAGE, "link all.parquet"), (NEWER, "replace")):
        runs.load(disk.store, {1: figures[1]}, days=1)
        of_day = steps[-4 - (named == "replace" and on_its_way != "with one") :]
        aside = "_ldusage/tmp/all.parquet." if on_its_way == "with one" else f"{folder}/#"
        linked_aside = [step for step in of_day if step.startswith("link all.parquet.")]
        assert bool(linked_aside) == (named == "replace" and on_its_way != "with one")
        of_day = [step for step in of_day if step not in linked_aside]
        assert of_day[0].startswith(f"sync {aside}")
        assert of_day[1:] == [named, f"sync {folder}", f"sync {runs.name}"]


def test_a_run_makes_names_last_that_one_before_it_has_only_given(
    disk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run dies after its files have their names: that they are there does not mean that they will stay."""
    with monkeypatch.context() as patch:
        patch.setattr(local, "sync", lambda files: None)
        runs.load(disk.store, USAGE, days=2)
    synced: list[str] = []
    sync = local.sync
    monkeypatch.setattr(local, "sync", lambda files: synced.extend(file.parent.name for file in files) or sync(files))
    assert len(runs.load(disk.store, USAGE, days=2).days("unchanged")) == 2
    assert sorted(synced) == ["usage_date=2026-11-01", "usage_date=2026-11-02"]
