"""What holds on every store: days stay whole, and objects are read whatever they hold."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.lake.stores import open_store

USAGE = {1: {("p", "node"): 5}, 2: {("p", "go"): 6}, 3: {("q", "go"): 7}}
NEWER = {day: {label: value + 100 for label, value in figures.items()} for day, figures in USAGE.items()}


def test_a_good_destination_passes_the_check_even_if_it_is_new(place: Any, tmp_path: Path) -> None:
    place.store.check()
    place.write("x", b"1")
    place.store.check()


def test_the_check_writes_nothing(place: Any) -> None:
    place.store.check()
    assert place.names() == set()


@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_a_store_that_fails_midway_leaves_whole_days(
    place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    runs.load(place.store, NEWER)
    new = place.day_files()
    for name in new:
        place.remove(name)
    runs.load(place.store, USAGE)
    old = place.day_files()

    owner, method = (place.store.fs, "pipe_file") if place.is_s3 else (Path, "replace")
    puts, put = itertools.count(1), getattr(owner, method)

    def fails(*arguments: Any) -> Any:
        if next(puts) == fail_at:
            raise OSError(28, "No space left on device")
        return put(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, method, fails)
        with pytest.raises(LakeError, match=r"Cannot write to .*No space left.*parquet"):
            runs.load(place.store, NEWER)
    between = place.day_files()
    assert between.keys() == old.keys()
    assert all(between[name] in (old[name], new[name]) for name in old)
    runs.load(place.store, NEWER)
    assert place.day_files() == new


def test_an_object_without_any_bytes_reads_as_no_bytes(place: Any) -> None:
    """Object stores answer 416 to a range of it."""
    place.write("empty", b"")
    assert place.store.read("empty") == b""
    assert place.store.read_end("empty", 100) == b""
    assert place.store.read("missing") is None
    assert place.store.read_end("missing", 100) is None


def test_the_end_of_an_object_is_read_whatever_its_size(place: Any) -> None:
    place.write("x", b"0123456789")
    assert [place.store.read_end("x", size) for size in (1, 9, 10, 11, 10_000)] == [
        b"9", b"123456789", b"0123456789", b"0123456789", b"0123456789",
    ]  # fmt: skip


@pytest.mark.parametrize("root", ["with space", "a=b/c=d", "ключ/é/😀", "%2f%20", "[x]*{y}", "~", "-", "$HOME"])
def test_a_destination_may_be_called_anything(tmp_path: Path, runs: Any, s3: Any, root: str) -> None:
    (tmp_path / "there").mkdir()
    for store in (
        LocalStore(str(tmp_path / "there" / root), "file:///lake"),
        open_store(s3.store.fs, f"{s3.store.root}/{root}", "s3://lake/x"),
    ):
        store.check()
        assert runs.load(store, USAGE).days("written") == [date(2026, 11, n) for n in (1, 2, 3)]
        assert len(runs.load(store, USAGE).days("unchanged")) == 3
    assert (tmp_path / "there" / root / runs.name / "usage_date=2026-11-01" / "all.parquet").is_file()


def test_many_commits_at_once_share_one_filesystem(place: Any, usage: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    each = [usage(filters={"sdkName": [f"sdk-{n}"]}) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda item: item.load(place.store, USAGE), each))
    assert [len(one.days("written")) for one in done] == [3] * 6
    assert len(place.day_files()) == 18


def test_sizes_are_of_all_objects_below_a_folder(place: Any) -> None:
    assert place.store.sizes() == {}
    for name, data in {"t/b x/é=1": b"12", "t/a": b"", "_ldusage/t.json": b"123", "tt/a": b"1"}.items():
        place.store.put(name, data)
    assert place.store.sizes() == {"_ldusage/t.json": 3, "t/a": 0, "t/b x/é=1": 2, "tt/a": 1}
    assert list(place.store.sizes()) == sorted(place.store.sizes())
    assert place.store.sizes("t") == {"t/a": 0, "t/b x/é=1": 2}
    assert place.store.sizes("_ldusage") == {"_ldusage/t.json": 3}
    assert place.store.sizes("nothing") == {}


def test_sizes_see_what_others_wrote_meanwhile(place: Any) -> None:
    place.write("t/a", b"1")
    assert place.store.sizes() == {"t/a": 1}
    place.write("t/b", b"2")
    place.remove("t/a")
    assert place.store.sizes() == {"t/b": 1}


def test_an_object_that_is_removed_is_gone_and_others_are_not(place: Any) -> None:
    place.write("_ldusage/x/a", b"1")
    place.write("_ldusage/x/b", b"2")
    place.store.remove("_ldusage/x/a")
    place.store.remove("_ldusage/x/a")
    assert place.store.sizes("_ldusage") == {"_ldusage/x/b": 1}


def test_a_store_that_removes_nothing_is_an_error_with_the_place(
    place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(*((place.store.fs, "rm_file") if place.is_s3 else (Path, "unlink")), refuse)
    with pytest.raises(StoreError) as failed:
        place.store.remove("_ldusage/x")
    assert "Cannot remove from the destination" in str(failed.value) and "_ldusage/x" in str(failed.value)
