"""The bytes of a day file depend on its rows alone, and the hash in its footer is equal just where the rows are."""

from __future__ import annotations

from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.lake.parquet import COMPRESSIONS, HASH_KEY, Footer, encoder, footer_of, no_rows
from airflow_provider_ldusage.rows.arrow import arrow_schema

names = st.one_of(st.none(), st.sampled_from(["a", "A", "", "node", "é", "e\u0301", "😀", "Unknown", "a,b", "null"]))
labels = st.tuples(names, names)
hours = st.dictionaries(st.integers(0, 23), st.integers(0, 2**63 - 1), min_size=1, max_size=4)
days = st.dictionaries(labels, hours, max_size=6)
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@pytest.fixture
def hourly(usage: Any) -> Any:
    return usage(granularity="hourly")


def encoded(hourly: Any, figures: Any, day: int = 5) -> tuple[bytes, str]:
    rows = {found.day: rows for found, rows in hourly.rows(figures).items()}.get(day, no_rows(hourly.query.schema))
    return encoder(rows, hourly.table().footer())(), rows.content_hash


@shared
@given(day=days, others=days, data=st.data())
def test_bytes_do_not_depend_on_the_order_or_the_window_of_the_answer(
    hourly: Any, day: Any, others: Any, data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(day.items()))))
    shuffled = {label: dict(data.draw(st.permutations(list(at.items())))) for label, at in shuffled.items()}
    alone = encoded(hourly, {5: day})
    assert encoded(hourly, {1: others, 5: shuffled, 9: others}) == alone
    assert encoded(hourly, {9: others, 5: shuffled}) == alone


@shared
@given(one=days, other=days)
def test_hashes_are_equal_just_where_the_rows_are(hourly: Any, one: Any, other: Any) -> None:
    assert (encoded(hourly, {5: one})[1] == encoded(hourly, {5: other})[1]) == (one == other)


@shared
@given(day=days, data=st.data())
def test_the_smallest_change_gives_another_hash(hourly: Any, day: Any, data: st.DataObject) -> None:
    before = encoded(hourly, {5: day})[1]
    label = data.draw(labels)
    hour = data.draw(st.integers(0, 23))
    figure = day.get(label, {}).get(hour, -1)
    other = data.draw(st.integers(0, 2**63 - 1).filter(lambda value: value != figure))
    assert encoded(hourly, {5: {**day, label: {**day.get(label, {}), hour: other}}})[1] != before


@shared
@given(day=days)
def test_a_file_holds_its_rows_sorted_by_label_then_time_and_says_their_hash(hourly: Any, day: Any) -> None:
    rows = next(iter(hourly.rows({5: day}).values()), no_rows(hourly.query.schema))
    data, content_hash = encoded(hourly, {5: day})
    table = pq.read_table(pa.BufferReader(data))
    assert table.schema.remove_metadata() == arrow_schema(hourly.query.schema)
    found = list(
        zip(*(table.column(name).to_pylist() for name in ("project_id", "sdk_name", "time", "value")), strict=True)
    )
    assert sorted(found, key=lambda row: [(part is not None, part or "") for part in row[:2]] + [row[2]]) == found
    assert {((p, s), time.hour): value for p, s, time, value in found} == {
        (label, hour): value for label, at in day.items() for hour, value in at.items()
    }
    assert footer_of(data) == Footer(content_hash, len(found), rows.usage, rows.series_hash)
    assert rows.usage == sum(row[3] != 0 for row in found)


def test_the_hash_does_not_depend_on_the_writer_of_parquet(hourly: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = next(iter(hourly.rows({5: {("p", "node"): 1}}).values()))
    before = encoder(rows, {})()
    plain = pq.ParquetWriter
    monkeypatch.setattr(
        pq, "ParquetWriter", lambda *a, **k: plain(*a, **{**k, "compression": "none", "version": "1.0"})
    )
    after = encoder(rows, {})()
    assert before != after
    assert footer_of(before) == footer_of(after)


def test_the_hash_of_known_rows_is_the_one_of_earlier_versions(hourly: Any) -> None:
    """Another hash would report every day of every lake as restated after an upgrade."""
    assert encoded(hourly, {5: {("p", None): {0: 1, 23: 2**62}, ("é", "node"): 0}})[1] == (
        "9ff61700dac7cf7a87cc7c76364e7f155db6a2103ffa3aadfefac63415d43eb1"
    )


def test_figures_of_every_size_come_back_exactly(usage: Any) -> None:
    doubles = usage("service_connections")
    figures = [0.0, 0.1, 1e-300, 2.5, 2.0**53 + 2, 1.7e308]
    days = doubles.rows({day: {(None, None): {0: figure}} for day, figure in enumerate(figures, start=1)})
    values = [pq.read_table(pa.BufferReader(encoder(rows, {})())).column("value") for rows in days.values()]
    assert {value.type for value in values} == {pa.float64()}
    assert [value.to_pylist() for value in values] == [[figure] for figure in figures]


@pytest.mark.parametrize("metric", ["sdk_versions_all", "data_export_project_ranking", "projects"])
def test_lists_without_a_row_have_their_schema_too(usage: Any, metric: str) -> None:
    query = usage(metric).query
    none = no_rows(query.schema)
    data = encoder(none, {})()
    assert pq.read_schema(pa.BufferReader(data)).remove_metadata() == arrow_schema(query.schema)
    assert footer_of(data) == Footer(none.content_hash, 0, 0, none.series_hash)


def test_the_types_are_parquets_own_and_no_arrow_schema_is_stored(hourly: Any) -> None:
    data, _ = encoded(hourly, {5: {("p", "node"): 1}})
    metadata = pq.read_metadata(pa.BufferReader(data))
    assert b"ARROW:schema" not in metadata.metadata
    assert metadata.num_row_groups == 1


def chunks(data: bytes) -> dict[str, Any]:
    """The column chunks of a day file by column."""
    group = pq.read_metadata(pa.BufferReader(data)).row_group(0)
    return {chunk.path_in_schema: chunk for chunk in map(group.column, range(group.num_columns))}


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_encodings_are_of_the_first_format_and_the_codec_is_the_one_asked_for(hourly: Any, compression: str) -> None:
    (rows,) = hourly.rows({5: {("p", "node"): {0: 1, 5: 2**62}, (None, "go"): {0: 0}}}).values()
    found = chunks(encoder(rows, {}, compression)())
    assert {chunk.compression for chunk in found.values()} == {compression.upper()}
    used = {name: set(chunk.encodings) - {"RLE"} for name, chunk in found.items()}  # RLE: which rows are null
    assert used.pop("value") == {"PLAIN"}
    assert set(map(frozenset, used.values())) == {frozenset({"PLAIN", "RLE_DICTIONARY"})}


def test_what_pyarrow_may_choose_by_itself_one_day_is_fixed(hourly: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    plain = pq.ParquetWriter
    monkeypatch.setattr(pq, "ParquetWriter", lambda *a, **k: told.update(k) or plain(*a, **k))
    encoded(hourly, {5: {("p", "node"): 1}})
    assert {"version", "data_page_version", "compression", "use_dictionary", "write_statistics"} <= told.keys()
    assert told["data_page_version"] == "1.0"


def test_statistics_are_of_times_and_of_columns_with_one_string(usage: Any) -> None:
    """These let an engine skip a file. Of other columns nearly every file has the whole range."""
    sliced = usage(granularity="hourly", filters={"sdkType": ["client"]})
    (rows,) = sliced.rows({5: {("p", "node"): {1: 1}, ("q", "node"): {2: 2}}}).values()
    found = {name: chunk.statistics for name, chunk in chunks(encoder(rows, {})()).items()}
    ranges = {name: (told.min, told.max) for name, told in found.items() if told and told.has_min_max}
    assert [moment.hour for moment in ranges.pop("time")] == [1, 2]
    assert ranges == {"sdk_name": ("node", "node"), "filter_sdk_type": ("client", "client")}


@pytest.mark.parametrize(
    "figure",
    [
        lambda draw: 0, lambda draw: draw.randrange(4), lambda draw: draw.randrange(100),
        lambda draw: int(draw.expovariate(1 / 20)), lambda draw: int(10 ** draw.uniform(3, 6)),
        lambda draw: draw.randrange(10**12), lambda draw: draw.randrange(2**62),
    ],
    ids=["zeros", "to 3", "to 99", "counts", "to a million", "to a trillion", "any"],
)  # fmt: skip
def test_a_day_takes_less_than_half_as_many_bytes_again_as_with_deltas(
    hourly: Any, figure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Random(8)
    labels = [(f"project {number}", sdk) for number in range(100) for sdk in ("go", "node")]
    (rows,) = hourly.rows({5: {label: {hour: figure(draw) for hour in range(24)} for label in labels}}).values()
    ours = encoder(rows, {})()
    deltas = {"column_encoding": dict.fromkeys(("time", "value"), "DELTA_BINARY_PACKED"), "write_statistics": True}
    plain = pq.ParquetWriter
    strings = [column.name for column in rows.schema if column.type == "string"]
    monkeypatch.setattr(pq, "ParquetWriter", lambda *a, **k: plain(*a, **{**k, "use_dictionary": strings, **deltas}))
    assert len(ours) < 1.5 * len(encoder(rows, {})())


@pytest.mark.parametrize("figures", [{}, {5: {("p", "node"): {0: 1}, (None, None): {3: 0}}}], ids=["empty", "rows"])
def test_rows_and_hash_do_not_depend_on_the_compression(hourly: Any, figures: Any) -> None:
    rows = next(iter(hourly.rows(figures).values()), no_rows(hourly.query.schema))
    files = [encoder(rows, {}, compression)() for compression in COMPRESSIONS]
    assert len({footer_of(data) for data in files}) == 1
    zstd, snappy = (pq.read_table(pa.BufferReader(data)) for data in files)
    assert zstd.equals(snappy)


@given(position=st.integers(1, 700), noise=st.binary(min_size=1, max_size=12), cut=st.integers(0, 40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
def test_a_footer_of_any_noise_is_damage_and_never_an_error(hourly: Any, position: int, noise: bytes, cut: int) -> None:
    data = bytearray(encoded(hourly, {5: {("p", "node"): 1}})[0])
    at = len(data) - 8 - position
    data[at : at + len(noise)] = noise
    found = footer_of(bytes(data[cut:]))
    assert isinstance(found, int | Footer)


def test_a_footer_cut_at_its_start_asks_for_as_much_as_it_takes(hourly: Any) -> None:
    data, content_hash = encoded(hourly, {5: {("p", "node"): 1}})
    (rows,) = hourly.rows({5: {("p", "node"): 1}}).values()
    needed = footer_of(data[-8:] if len(data) < 12 else data[-12:])
    assert isinstance(needed, int)
    assert HASH_KEY.encode() in data[-needed:]
    assert footer_of(data[-needed:]) == Footer(content_hash, 1, 1, rows.series_hash)
