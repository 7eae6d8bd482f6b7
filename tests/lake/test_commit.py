"""What a commit leaves in the lake, on local disk and on S3: one object a day, exactly the rows that were reported."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.commit import Commit, commit
from airflow_provider_ldusage.lake.parquet import HASH_KEY, SERIES_KEY
from airflow_provider_ldusage.lake.table_slice import TableSlice

A, B = ("p1", "node"), ("p2", "python")
USAGE = {1: {A: 5, B: 7}, 2: {A: 6}, 3: {B: {0: 8}}}
D1, D2, D3 = (date(2026, 11, n) for n in (1, 2, 3))


def path(runs: Any, day: int) -> str:
    return f"{runs.name}/usage_date=2026-11-{day:02}/all.parquet"


def values(data: bytes) -> list[int]:
    return pq.read_table(pa.BufferReader(data)).column("value").to_pylist()


def named(done: Commit) -> dict[str, list[date]]:
    return {name: days for name, days in done.lists().items() if days}


def test_a_table_is_one_object_a_day_and_its_description_and_nothing_else(place: Any, runs: Any) -> None:
    done = runs.load(place.store, USAGE)
    assert named(done) == {"written": [D1, D2, D3]}
    assert place.names() == {path(runs, 1), path(runs, 2), path(runs, 3), f"_ldusage/{runs.name}.json"}


def test_what_was_written_is_counted(place: Any, runs: Any) -> None:
    done = runs.load(place.store, USAGE)
    assert (done.files, done.rows) == (3, 4)
    assert done.bytes == sum(map(len, place.day_files().values()))
    again = runs.load(place.store, {**USAGE, 2: {A: 6, B: 1}})
    assert (again.files, again.rows) == (1, 2)
    assert again.bytes == len(place.day_files()[path(runs, 2)])
    both = done.and_then(again)
    assert (both.files, both.rows, both.bytes) == (4, 6, done.bytes + again.bytes)


def test_slices_lie_side_by_side_in_one_table(place: Any, usage: Any) -> None:
    server, client = usage("streams", source="server"), usage("streams", source="client")
    server.load(place.store, {}, days=1)
    before = place.day_files()
    client.load(place.store, {}, days=1)
    after = place.day_files()
    assert len(after) == 2
    assert all(after[name] == data for name, data in before.items())


def test_committing_again_changes_no_byte_and_puts_nothing(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    before = place.objects()
    with place.requests() as seen:
        done = runs.load(place.store, USAGE)
    assert named(done) == {"unchanged": [D1, D2, D3]}
    assert place.objects() == before
    assert {request.split()[0] for request in seen} <= {"GET"}


def test_restated_days_are_exactly_the_changed_ones(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    before = place.day_files()
    done = runs.load(place.store, {**USAGE, 2: {A: 60}})
    assert named(done) == {"unchanged": [D1, D3], "restated": [D2]}
    after = place.day_files()
    assert {name for name in after if after[name] != before[name]} == {path(runs, 2)}
    assert values(after[path(runs, 2)]) == [60]


def test_a_day_without_usage_is_a_file_with_no_rows_and_the_whole_schema(place: Any, runs: Any) -> None:
    done = runs.load(place.store, {1: {A: 5}}, days=2)
    assert named(done) == {"written": [D1], "empty": [D2]}
    empty = pq.read_table(pa.BufferReader(place.day_files()[path(runs, 2)]))
    full = pq.read_table(pa.BufferReader(place.day_files()[path(runs, 1)]))
    assert empty.num_rows == 0
    assert empty.schema == full.schema
    assert named(runs.load(place.store, {1: {A: 5}}, days=2)) == {"unchanged": [D1], "empty": [D2]}


def test_an_empty_day_that_now_has_usage_is_restated(place: Any, runs: Any) -> None:
    runs.load(place.store, {}, days=1)
    assert named(runs.load(place.store, {1: {A: 5}}, days=1)) == {"restated": [D1]}
    assert values(place.day_files()[path(runs, 1)]) == [5]


@pytest.mark.parametrize(("on_empty", "outcome"), [("keep", "kept"), ("write", "restated")])
def test_a_day_that_vanished_is_kept_or_emptied_as_asked(place: Any, runs: Any, on_empty: str, outcome: str) -> None:
    runs.load(place.store, USAGE)
    before = place.day_files()
    done = runs.load(place.store, {1: USAGE[1], 3: USAGE[3]}, on_empty=on_empty)
    assert named(done) == {"unchanged": [D1, D3], outcome: [D2]}
    after = place.day_files()
    if on_empty == "keep":
        assert after == before
    else:
        assert values(after[path(runs, 2)]) == []


def test_on_empty_fail_names_the_days_and_writes_nothing_at_all(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    before = place.objects()
    with pytest.raises(LakeError, match="no usage for 2026-11-02 to 2026-11-03") as caught:
        runs.load(place.store, {1: {A: 99}}, on_empty="fail")
    assert place.store.uri in str(caught.value)
    assert place.objects() == before


def test_on_empty_fail_does_not_create_a_table(place: Any, runs: Any) -> None:
    place.write(path(runs, 1), b"something")
    with pytest.raises(LakeError, match="on_empty='fail'"):
        runs.load(place.store, {}, days=1, on_empty="fail")
    assert place.names() == {path(runs, 1)}


def foreign() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": [1]}), sink)
    return bytes(sink.getvalue())


def damaged(good: bytes) -> dict[str, bytes]:
    return {
        "cut off": good[:-100],
        "no bytes": b"",
        "one byte": b"P",
        "no parquet": b"hello, this is no parquet file at all",
        "magic alone": b"PAR1",
        "a footer longer than the file": good[:-8] + b"\xff\xff\xff\x7fPAR1",
        "a footer of noise": good[:-40] + b"\x99" * 32 + good[-8:],
        "zeros": bytes(len(good)),
        "foreign": foreign(),
        "encrypted": good[:-4] + b"PARE",
    }


KINDS = list(damaged(bytes(500)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_or_foreign_file_is_replaced_by_rows(place: Any, runs: Any, kind: str) -> None:
    runs.load(place.store, USAGE)
    good = place.day_files()
    place.write(path(runs, 1), damaged(good[path(runs, 1)])[kind])
    assert named(runs.load(place.store, USAGE)) == {"unchanged": [D2, D3], "restated": [D1]}
    assert place.day_files() == good


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_or_foreign_file_is_kept_if_there_are_no_rows(place: Any, runs: Any, kind: str) -> None:
    runs.load(place.store, USAGE)
    place.write(path(runs, 1), damaged(place.day_files()[path(runs, 1)])[kind])
    before = place.day_files()
    assert named(runs.load(place.store, {2: {A: 6}, 3: {B: 8}})) == {"unchanged": [D2, D3], "kept": [D1]}
    assert place.day_files() == before


def test_a_footer_longer_than_the_first_read_is_read_whole(
    place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.load(place.store, USAGE)
    monkeypatch.setattr("airflow_provider_ldusage.lake.stored.FOOTER_GUESS", 16)
    assert named(runs.load(place.store, USAGE)) == {"unchanged": [D1, D2, D3]}


def test_a_day_of_a_later_question_is_left_alone_and_told_apart(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    before = place.day_files()
    done = runs.load(place.store, {**USAGE, 2: {A: 1}}, superseded=[D2])
    assert named(done) == {"unchanged": [D1, D3], "superseded": [D2]}
    assert place.day_files() == before


def test_what_another_process_stored_meanwhile_is_seen(place: Any, runs: Any) -> None:
    """The filesystem remembers listings; nothing here may believe them."""
    runs.load(place.store, USAGE)
    good = place.day_files()
    getattr(place.store, "fs", place.other).find(place.store.root)  # fills its cache
    place.write(path(runs, 1), foreign())
    place.remove(path(runs, 2))
    assert named(runs.load(place.store, USAGE)) == {"restated": [D1], "written": [D2], "unchanged": [D3]}
    assert place.day_files() == good


def test_rows_of_other_columns_than_the_table_are_refused(place: Any, runs: Any, usage: Any) -> None:
    table = runs.table()
    rows = usage(group_by=("projectId",)).rows({1: {("p", None): 1}})
    with pytest.raises(LakeError, match="other columns"):
        commit(TableSlice(place.store, table, {}), rows)
    assert place.names() == set()


def test_day_files_say_what_their_figures_mean(place: Any, runs: Any, usage: Any) -> None:
    runs.load(place.store, USAGE)
    pairs = pq.read_metadata(pa.BufferReader(place.day_files()[path(runs, 1)])).metadata
    hashes = (HASH_KEY, SERIES_KEY)
    assert {key.decode(): value.decode() for key, value in pairs.items() if key.decode() not in hashes} == {
        "ldusage.metric": "ai_runs",
        "ldusage.series": "actual",
        "ldusage.rows_with_usage": "2",
        "ldusage.aggregation_type": "incremental",
        "ldusage.granularity": "daily",
        "ldusage.unit": runs.query.metric.unit,
        "ldusage.additive_over_time": "true",
        "ldusage.additive_over_groups": "true",
        "ldusage.documentation": runs.query.metric.documentation,
    }
    cumulative = usage(aggregation_type="month_to_date").table()
    assert cumulative.footer()["ldusage.additive_over_time"] == "false"
