"""Bytes that are set aside: what was written is read, in memory or not, and trouble has words of our own."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.engine import fetch
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, TemporaryFileError
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader, midnight_ms


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 100), st.data())
def test_what_was_written_is_read(parts: list[bytes], in_memory: int, data: st.DataObject) -> None:
    whole = b"".join(parts)
    with Scratch(in_memory) as scratch:
        for number, part in enumerate(parts):
            assert scratch.append(part) == len(b"".join(parts[:number]))
            start = data.draw(st.integers(0, len(whole)))
            size = data.draw(st.integers(0, len(whole)))
            written = b"".join(parts[: number + 1])
            assert scratch.read(start, size) == written[start : start + size]
        assert scratch.size == len(whole)
        assert scratch.read() == whole


def test_an_array_is_its_memory() -> None:
    figures = array("q", [1, -1, 2**62])
    with Scratch() as scratch:
        scratch.append(figures)
        assert scratch.read() == figures.tobytes()


def open_files(folder: Path) -> list[int]:
    """Descriptors of this process's open files that lie in a folder, or did."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += [int(descriptor.name)] if descriptor.readlink().is_relative_to(folder) else []
    return found


def test_a_large_one_lies_in_a_file_that_nobody_can_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Scratch(10) as scratch:
        scratch.append(b"x" * 10)
        assert not open_files(tmp_path), "that is little: no file"
        scratch.append(b"y")
        (opened,) = open_files(tmp_path)
        assert os.fstat(opened).st_mode & 0o077 == 0
        assert os.fstat(opened).st_nlink == 0
        assert list(tmp_path.iterdir()) == []
    assert not open_files(tmp_path)


def test_what_does_not_fit_shows_when_it_is_written_not_when_it_is_read() -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Scratch(10) as scratch:
        scratch.append(b"x" * 100)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, limits[1]))
        try:
            scratch.append(b"y" * 50)
            with pytest.raises(TemporaryFileError, match="File too large"):
                scratch.append(b"z")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_without_a_temporary_folder_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with Scratch(10) as scratch, pytest.raises(TemporaryFileError, match=r"TMPDIR"):
        scratch.append(b"x" * 11)


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


def test_a_full_temporary_folder_fails_the_load_and_leaves_the_lake(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = {"metric": "ai_runs", "group_by": ["projectId"], "table": "t"}
    loader("2026-11-08", "2026-11-11", **what)
    before = loader.everything()
    assert before
    monkeypatch.setattr(fetch, "IN_MEMORY", 1000)
    monkeypatch.setattr(Scratch.__init__, "__defaults__", (1000,))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))  # of every file that this process writes
    try:
        with pytest.raises(TemporaryFileError, match=r"File too large.* TMPDIR"):
            loader("2026-01-01", "2026-11-11", **what)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert loader.everything() == before
    report = loader("2026-01-01", "2026-11-11", **what)
    assert len(report.commit.days("unchanged")) == 4
    assert len(report.commit.days("written")) == 311


NO_ANSWERS = {
    "no JSON": b"<html>",
    "cut off": b'{"metadata":[{"projectId":"a"}],"series":[{"time":1,',
    "no series": b'{"metadata":[]}',
    "another range": b'{"metadata":[{"projectId":"a"}],"series":[{"time":1,"0":1}]}',
    "twice the same point": b'{"metadata":[{"projectId":"a"},{"projectId":"a"}],"series":[{"time":%d,"0":1,"1":1}]}'
    % (midnight_ms("2026-11-09")),
    "empty": b"",
}


@pytest.mark.parametrize("name", [*NO_ANSWERS, "a good one"])
def test_nothing_is_left_open_whatever_was_answered(
    loader: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Also where the error is kept, with the frames that it went through."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(fetch, "IN_MEMORY", -1)
    monkeypatch.setattr(Scratch.__init__, "__defaults__", (-1,))  # everything goes to a file
    kept = None
    if name in NO_ANSWERS:
        loader.simulator.fail(status=200, body=NO_ANSWERS[name], path="/usage/ai-runs", times=20)
    try:
        loader(metric="ai_runs", group_by=["projectId"])
    except LaunchDarklyUsageError as error:
        kept = error
    assert (kept is None) == (name == "a good one")
    assert not open_files(folder)
