"""The object of a view: of two reports, the later one's."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.insight.views import stored_view
from airflow_provider_ldusage.insight.views.stored_view import NewerVersionError, parse_view, read_view, store_view
from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.lake.stores import open_store
from tests.loading import NOW

NAME = "_ldusage/report/bill.json"
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(stored_view, "utc_now", lambda: NOW)
    return open_store(LocalFileSystem(), str(tmp_path), tmp_path.as_uri())


def test_it_is_json_of_plain_values(store: LocalStore) -> None:
    content = {"day": date(2026, 11, 1), "at": NOW, "by": {date(2026, 11, 2): float("inf")}, "text": ["</x>Ä", None]}
    assert store_view(store, "bill", content, NOW)
    assert json.loads(store.read(NAME) or b"") == {
        "version": 1, "written_at": "2026-11-12T09:30:00.000Z", "day": "2026-11-01", "at": "2026-11-12T09:30:00.000Z",
        "by": {"2026-11-02": None}, "text": ["</x>Ä", None],
    }  # fmt: skip


def test_the_same_is_not_stored_again(store: LocalStore) -> None:
    assert [store_view(store, "bill", {"a": 1}, NOW) for _ in range(2)] == [True, False]


def test_a_report_that_began_earlier_changes_nothing(store: LocalStore) -> None:
    store_view(store, "bill", {"a": 1}, NOW)
    assert not store_view(store, "bill", {"a": 2}, NOW - HOUR)
    assert (read_view(store, "bill") or {})["a"] == 1
    assert store_view(store, "bill", {"a": 3}, NOW + HOUR)


def test_a_report_from_the_future_had_a_wrong_clock(store: LocalStore) -> None:
    store_view(store, "bill", {"a": 1}, NOW + HOUR)
    assert store_view(store, "bill", {"a": 2}, NOW)


def test_what_a_later_version_has_written_stays(store: LocalStore, caplog: pytest.LogCaptureFixture) -> None:
    store.put(NAME, b'{"version": 2, "written_at": "in other words"}')
    assert not store_view(store, "bill", {"a": 1}, NOW)
    assert read_view(store, "bill") is None
    assert "is left as it is" in caplog.text
    with pytest.raises(NewerVersionError):
        parse_view(store.read(NAME) or b"")


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "written_at": 5}', b"\xff"])
def test_a_damaged_object_is_written_anew(store: LocalStore, damaged: bytes) -> None:
    store.put(NAME, damaged)
    assert read_view(store, "bill") is None
    assert store_view(store, "bill", {"a": 1}, NOW)


def test_a_view_that_is_not_there_is_none(store: LocalStore) -> None:
    assert read_view(store, "health") is None


def test_whoever_comes_in_between_is_looked_at_again(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    swap = LocalStore.swap

    def overtaken(self: LocalStore, name: str, data: bytes, before: Any) -> bool:
        monkeypatch.setattr(LocalStore, "swap", swap)
        store_view(store, "bill", {"a": "theirs"}, NOW)
        return swap(self, name, data, before)

    monkeypatch.setattr(LocalStore, "swap", overtaken)
    assert not store_view(store, "bill", {"a": "ours"}, NOW - HOUR)
    assert (read_view(store, "bill") or {})["a"] == "theirs"


def test_it_gives_up_in_the_end(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalStore, "swap", lambda *_: False)
    with pytest.raises(StoreError, match="keep writing"):
        store_view(store, "bill", {}, NOW)
