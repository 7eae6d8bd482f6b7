"""What a table is stands beside it, and a load that would mix something else into it is refused before it writes."""

from __future__ import annotations

import json
import re
import threading
from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import Column

ACCOUNT = {"id": "acc-1", "host": "app.launchdarkly.com"}
USAGE = {1: {("p", "node"): 5}}


def described(place: Any, name: str) -> Any:
    return json.loads(place.objects()[table_file(name)])


def test_the_description_says_what_the_table_is(place: Any, usage: Any) -> None:
    runs = usage(filters={"sdkType": ["server"], "sdkName": ["node", "go"]})
    runs.load(place.store, USAGE)
    found = described(place, runs.name)
    assert re.fullmatch("[0-9a-f]{32}", found.pop("id"))
    assert found == {
        "format": 1,
        "table": runs.name,
        "identity": {
            "metric": "ai_runs",
            "series": "actual",
            "aggregation_type": "incremental",
            "granularity": "daily",
            "group_by": ["projectId", "sdkName"],
            "filters": {"sdkName": ["go", "node"]},
            "slice_keys": ["filter_sdk_type"],
        },
        "account": ACCOUNT,
        "schema": [
            {"name": "time", "type": "timestamp[ms, UTC]"},
            {"name": "value", "type": "int64"},
            {"name": "project_id", "type": "string"},
            {"name": "sdk_name", "type": "string"},
            {"name": "filter_sdk_type", "type": "string"},
            {"name": "extra", "type": "string"},
        ],
        "compression": "zstd",
        "meaning": {
            "unit": runs.query.metric.unit,
            "additive_over_time": True,
            "additive_over_groups": True,
            "documentation": runs.query.metric.documentation,
        },
    }


OTHERS = {
    "metric": (("observability_logs", {}), 'metric is "ai_runs" there and "observability_logs" here'),
    "aggregation": (
        ("ai_runs", {"aggregation_type": "month_to_date"}),
        'aggregation_type is "incremental" there and "month_to_date" here',
    ),
    "granularity": (("ai_runs", {"granularity": "hourly"}), 'granularity is "daily" there and "hourly" here'),
    "grouping": (
        ("ai_runs", {"group_by": ["projectId"]}),
        'group_by is ["projectId", "sdkName"] there and ["projectId"] here',
    ),
    "filters": (
        ("ai_runs", {"filters": {"sdkName": ["go", "node"]}}),
        'filters is {} there and {"sdkName": ["go", "node"]} here',
    ),
    "slice keys": (
        ("ai_runs", {"filters": {"sdkName": ["go"]}}),
        'slice_keys is [] there and ["filter_sdk_name"] here',
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_another_variant_is_refused_and_nothing_written(place: Any, runs: Any, usage: Any, kind: str) -> None:
    runs.load(place.store, USAGE)
    before = place.objects()
    (metric, arguments), message = OTHERS[kind]
    other = usage(metric, **arguments)
    other.name = runs.name
    with pytest.raises(LakeError) as caught:
        other.load(place.store, {})
    assert message in str(caught.value)
    assert "table=" in str(caught.value)
    assert place.objects() == before


@pytest.mark.parametrize(
    "account", [{**ACCOUNT, "id": "acc-2"}, {**ACCOUNT, "host": "app.eu.launchdarkly.com"}], ids=["id", "host"]
)
def test_another_account_is_refused(place: Any, runs: Any, account: dict[str, str]) -> None:
    runs.load(place.store, USAGE)
    before = place.objects()
    with pytest.raises(LakeError, match="account is") as caught:
        runs.load(place.store, USAGE, account=account)
    assert all(value in str(caught.value) for value in {*ACCOUNT.values(), *account.values()})
    assert place.objects() == before


def test_a_forecast_is_never_mixed_into_actuals(place: Any, runs: Any) -> None:
    runs.load(place.store, USAGE)
    with pytest.raises(LakeError, match='series is "actual" there and "projected" here'):
        Table.of(runs.name, runs.query, ACCOUNT, projected=True).opened(place.store)


def test_another_slice_of_the_same_keys_is_welcome(place: Any, usage: Any) -> None:
    for sdk in ("go", "node"):
        done = usage(filters={"sdkName": [sdk]}).load(place.store, {}, days=1)
        assert done.days("empty") == [date(2026, 11, 1)]


def test_a_table_keeps_its_columns_and_the_rest_goes_to_extra(place: Any, runs: Any) -> None:
    """A newer catalogue knows the column sdk_name; the table was created when it did not."""
    older = tuple(column for column in runs.query.schema if column.name != "sdk_name")
    table = runs.table()
    Table(table.name, table.identity, table.account, older, table.meaning).create(place.store)
    before = place.objects()[table_file(runs.name)]
    runs.load(place.store, USAGE, days=2)
    import pyarrow as pa
    import pyarrow.parquet as pq

    for data in place.day_files().values():
        assert pq.read_schema(pa.BufferReader(data)).names == ["time", "value", "project_id", "extra"]
    rows = [row for data in place.day_files().values() for row in pq.read_table(pa.BufferReader(data)).to_pylist()]
    assert [(row["project_id"], row["value"], row["extra"]) for row in rows] == [("p", 5, '{"sdkName":"node"}')]
    assert place.objects()[table_file(runs.name)] == before


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b"5", b'"x"', b"{}", b"\xff\xfe", b'{"format": 1}',
        b'{"format": 1, "identity": [], "account": {}, "schema": 5}',
        b'{"format": 1, "identity": {}, "account": {}, "schema": [{"name": "x", "type": "int128"}]}',
        b'{"format": 1, "identity": ["x"], "account": {}, "schema": []}',
        b'{"format": 1, "identity": {}, "account": null, "schema": []}',
    ],
)  # fmt: skip
def test_a_damaged_description_is_refused_with_a_remedy(place: Any, runs: Any, content: bytes) -> None:
    place.write(table_file(runs.name), content)
    with pytest.raises(LakeError, match="cannot be read") as caught:
        runs.load(place.store, USAGE)
    assert f"{place.store.uri}/_ldusage/{runs.name}.json" in str(caught.value)
    assert "Restore it" in str(caught.value)
    assert place.objects() == {table_file(runs.name): content}


@pytest.mark.parametrize("content", [b'{"format": 2}', b'{"format": "3", "identity": 5}'])
def test_a_format_from_the_future_is_refused_with_a_remedy(place: Any, runs: Any, content: bytes) -> None:
    place.write(table_file(runs.name), content)
    with pytest.raises(LakeError, match="Upgrade the provider"):
        runs.load(place.store, USAGE)
    assert place.objects() == {table_file(runs.name): content}


def test_a_table_created_meanwhile_is_checked_before_writing(place: Any, runs: Any, usage: Any) -> None:
    """Both opened a table that was not there; the download took minutes."""
    opened = runs.table().opened(place.store)
    other = usage(granularity="hourly")
    other.name = runs.name
    other.load(place.store, USAGE)
    with pytest.raises(LakeError, match="holds something else"):
        opened.create(place.store)
    assert described(place, runs.name)["identity"]["granularity"] == "hourly"


def test_a_table_created_meanwhile_with_other_columns_is_refused(place: Any, runs: Any) -> None:
    opened = runs.table().opened(place.store)
    Table(opened.name, opened.identity, opened.account, (*opened.schema, Column("new", "string")), {}).create(
        place.store
    )
    with pytest.raises(LakeError, match="Run this one again"):
        opened.create(place.store)


def test_of_two_different_tables_created_at_once_one_prevails(place: Any, usage: Any) -> None:
    for attempt in range(5):
        both = [usage(), usage(granularity="hourly")]
        for item in both:
            item.name = f"contested_{attempt}"
        outcomes: list[str] = []
        together = threading.Barrier(2)

        def create(item: Any, together: threading.Barrier = together, outcomes: list[str] = outcomes) -> None:
            table = item.table().opened(place.store)
            together.wait()
            try:
                table.create(place.store)
                outcomes.append(item.query.granularity)
            except LakeError:
                pass

        threads = [threading.Thread(target=create, args=(item,)) for item in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == [described(place, f"contested_{attempt}")["identity"]["granularity"]]


def test_the_slower_of_two_tasks_does_not_replace_the_others_table(
    place: Any, runs: Any, usage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    faster = usage(granularity="hourly")
    faster.name = runs.name
    create = place.store.create

    def create_late(name: str, data: bytes) -> None:
        monkeypatch.undo()
        faster.table().create(place.store)
        create(name, data)

    monkeypatch.setattr(place.store, "create", create_late)
    with pytest.raises(LakeError, match="holds something else"):
        runs.load(place.store, USAGE)
    assert described(place, runs.name)["identity"]["granularity"] == "hourly"
    assert place.day_files() == {}


def test_two_equal_tasks_that_create_a_table_at_once_both_go_on(place: Any, runs: Any) -> None:
    tables = [runs.table().opened(place.store) for _ in range(2)]
    for table in tables:
        table.create(place.store)
    assert described(place, runs.name)["identity"] == json.loads(tables[0].to_json())["identity"]


def test_a_store_that_knows_no_conditions_still_gets_its_table(
    place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.is_s3:
        put = place.store.fs.pipe_file

        def unconditional(path: str, data: bytes, mode: str = "overwrite") -> Any:
            if mode == "create":
                raise OSError(22, "NotImplemented: If-None-Match")
            return put(path, data)

        monkeypatch.setattr(place.store.fs, "pipe_file", unconditional)
    else:  # FAT, and some network mounts, know no hard links
        monkeypatch.setattr("os.link", lambda *_, **__: (_ for _ in ()).throw(PermissionError(1, "no links")))
    assert runs.load(place.store, USAGE, days=1).days("written") == [date(2026, 11, 1)]
    assert described(place, runs.name)["format"] == 1
    assert not [name for name in place.names() if "/tmp/" in name]
