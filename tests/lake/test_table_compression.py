"""A table keeps the compression that it was created with."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.commit import commit
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS
from airflow_provider_ldusage.lake.table_slice import TableSlice

USAGE = {1: {("p", "node"): 5}}


def described(place: Any, name: str) -> Any:
    return json.loads(place.objects()[table_file(name)])


def codecs(place: Any) -> set[str]:
    """What the day files with rows are compressed with."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = [pq.read_metadata(pa.BufferReader(data)) for data in place.day_files().values()]
    return {
        file.row_group(group).column(column).compression.lower()
        for file in files
        for group in range(file.num_row_groups)
        for column in range(file.num_columns)
    }


@pytest.mark.parametrize("asked", [None, *COMPRESSIONS])
def test_a_table_keeps_the_compression_it_was_created_with(place: Any, runs: Any, asked: str | None) -> None:
    runs.load(place.store, USAGE, compression=asked)
    runs.load(place.store, {2: {("p", "go"): 6}})
    assert described(place, runs.name)["compression"] == (asked or "zstd")
    assert codecs(place) == {asked or "zstd"}
    before = place.objects()
    assert set(runs.load(place.store, USAGE, compression=asked, days=1).lists()["unchanged"]) == {date(2026, 11, 1)}
    assert place.objects() == before


@pytest.mark.parametrize(("has", "asked"), [("zstd", "snappy"), ("snappy", "zstd"), (None, "snappy")])
def test_another_compression_is_refused_with_the_remedy(place: Any, runs: Any, has: str | None, asked: str) -> None:
    runs.load(place.store, USAGE, compression=has)
    before = place.objects()
    with pytest.raises(LakeError, match=f"compressed with {has or 'zstd'}.*{asked}.*Leave compression out.*table="):
        runs.load(place.store, USAGE, compression=asked)
    assert place.objects() == before


def test_a_description_that_says_nothing_of_the_compression_means_zstd(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    older = described(place, runs.name)
    del older["compression"]
    place.write(table_file(runs.name), json.dumps(older).encode())
    for asked in (None, "zstd"):
        assert runs.load(place.store, USAGE, compression=asked, days=1).days("unchanged")
    with pytest.raises(LakeError, match="compressed with zstd"):
        runs.load(place.store, USAGE, compression="snappy")
    assert "compression" not in described(place, runs.name)


def test_a_compression_from_the_future_is_refused(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    newer = {**described(place, runs.name), "compression": "lz4"}
    place.write(table_file(runs.name), json.dumps(newer).encode())
    with pytest.raises(LakeError, match=r"'lz4'.*newer provider"):
        runs.load(place.store, USAGE)


def test_the_compression_of_a_table_created_meanwhile_is_taken_over(place: Any, runs: Any) -> None:
    tables = {asked: runs.table(compression=asked).opened(place.store) for asked in (None, *COMPRESSIONS)}
    runs.load(place.store, USAGE, compression="snappy")
    for asked in (None, "snappy"):
        rows = runs.rows({2: {("p", "go"): 6}})
        commit(TableSlice(place.store, tables[asked], {}), rows)
        assert codecs(place) == {"snappy"}
    with pytest.raises(LakeError, match="compressed with snappy"):
        commit(TableSlice(place.store, tables["zstd"], {}), rows)
