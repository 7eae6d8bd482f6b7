"""What a load costs an object store: counted at the server. No LIST and no DELETE, ever."""

from __future__ import annotations

from collections import Counter
from typing import Any

from airflow_provider_ldusage.lake.azure import AzureStore

DAYS = 30
USAGE = {day: {("p", "node"): day} for day in range(1, DAYS + 1)}
CHANGED = {**USAGE, 7: {("p", "node"): 700}, 8: {("p", "node"): 800}}


def kinds(seen: list[str]) -> Counter[str]:
    """``LIST`` is S3's GET of a bucket with a query."""
    found: Counter[str] = Counter()
    for line in seen:
        method, url, _status = line.split()
        found["LIST" if method == "GET" and "?" in url and "list-type" in url else method] += 1
    return found


def test_the_first_write_of_a_month_is_a_look_and_a_put_a_day(s3: Any, runs: Any) -> None:
    with s3.requests() as seen:
        runs.load(s3.store, USAGE, days=DAYS)
    # the description: looked for when opened and when created, put, and read to see which one stands
    assert kinds(seen) == {"GET": DAYS + 3, "PUT": DAYS + 1}


def test_an_unchanged_month_is_a_footer_a_day_and_no_put(s3: Any, runs: Any) -> None:
    runs.load(s3.store, USAGE, days=DAYS)
    with s3.requests() as seen:
        runs.load(s3.store, USAGE, days=DAYS)
    assert kinds(seen) == {"GET": DAYS + 1}


def test_a_restated_day_is_one_put_more_and_nothing_else(s3: Any, runs: Any) -> None:
    runs.load(s3.store, USAGE, days=DAYS)
    with s3.requests() as seen:
        done = runs.load(s3.store, CHANGED, days=DAYS)
    assert len(done.days("restated")) == 2
    assert kinds(seen) == {"GET": DAYS + 1, "PUT": 2}


def test_an_emptied_destination_is_written_without_a_listing(s3: Any, runs: Any) -> None:
    with s3.requests() as seen:
        runs.load(s3.store, {}, days=DAYS)
    assert kinds(seen) == {"GET": DAYS + 3, "PUT": DAYS + 1}


def test_only_ranges_of_day_files_are_read(s3: Any, runs: Any, monkeypatch: Any) -> None:
    runs.load(s3.store, USAGE, days=3)
    asked: list[Any] = []
    read = s3.store.fs.cat_file
    monkeypatch.setattr(s3.store.fs, "cat_file", lambda path, **k: asked.append((path, k)) or read(path, **k))
    runs.load(s3.store, USAGE, days=3)
    of_days = [options for path, options in asked if path.endswith(".parquet")]
    assert of_days == [{"start": -32 * 1024}] * 3


def test_a_filesystem_without_suffix_ranges_is_read_whole(disk: Any, runs: Any, monkeypatch: Any) -> None:
    """Azure's takes a negative start for an offset."""
    runs.load(disk.store, USAGE, days=3)
    before = disk.day_files()
    asked: list[int] = []
    read = disk.other.cat_file
    monkeypatch.setattr(disk.other, "cat_file", lambda path, **k: asked.append(k["start"]) or read(path, **k))
    store = AzureStore(disk.other, disk.store.root, disk.store.uri)
    assert len(runs.load(store, USAGE, days=3).days("unchanged")) == 3
    name = min(before)
    assert store.read_end(name, 10) == before[name][-10:]
    assert store.read_end(name, 10**9) == before[name]
    assert set(asked) == {0}


def test_a_whole_lake_is_listed_by_one_request(s3: Any, runs: Any) -> None:
    runs.load(s3.store, USAGE)
    with s3.requests() as seen:
        s3.store.sizes()
    assert [line.split()[0] for line in seen] == ["GET"] and "list-type=2" in seen[0]
