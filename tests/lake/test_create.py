"""A day that is not stored yet is created, not replaced: who asked LaunchDarkly first must not win by being slow."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import compare

OLDER = {1: {("p", "node"): 5}}
NEWER = {1: {("p", "node"): 7}}


def test_an_object_that_is_there_is_left_as_it_is(place: Any) -> None:
    assert place.store.create("t/a", b"one") is True
    assert place.store.create("t/a", b"two") is False
    assert place.store.read("t/a") == b"one"


def test_a_day_that_another_task_creates_meanwhile_is_left_and_told_so_that_the_two_can_be_put_in_order(
    place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = compare.look

    def look_then_be_overtaken(*arguments: Any) -> Any:
        found = look(*arguments)
        monkeypatch.setattr(compare, "look", look)
        runs.load(place.store, NEWER, days=1)
        return found

    monkeypatch.setattr(compare, "look", look_then_be_overtaken)
    slow = runs.load(place.store, OLDER, days=1)
    assert list(slow.raced) == sorted(runs.rows(NEWER))
    assert not slow.outcomes
    assert runs.load(place.store, NEWER, days=1).days("unchanged") == sorted(runs.rows(NEWER))


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_hard_links_gets_its_files_by_renaming(
    disk: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(code, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    assert disk.store.create("t/a", b"one") is True
    assert disk.store.read("t/a") == b"one"
    assert not [name for name in disk.names() if "/tmp/" in name]


def test_a_disk_that_fails_after_the_file_has_its_name_is_no_success(
    disk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(StoreError, match="No space left"):
        disk.store.create("t/a", b"one")
    assert disk.store.read("t/a") is None
