"""Each element of the metadata is one label: known dimensions are columns, and the rest is kept in extra."""

from __future__ import annotations

import json

import pytest

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import UsageQuery
from tests.answers.decoding import BY_PROJECT, FLAG, MONTH, T0, at, body, decode, refusal


def test_variations_of_any_type_are_told_apart_as_json() -> None:
    metadata = [{"key": True}, {"key": False}, {"key": "on"}, {"key": 1}, {"key": {"b": 1, "a": [2]}}, {"key": None}]
    point = {"time": T0, **{str(n): n for n in range(6)}}
    rows = decode(body(metadata, [point]), **FLAG, feature_flag_key="f")
    assert {row["key"]: row["value"] for row in rows} == {
        "true": 0, "false": 1, "on": 2, "1": 3, '{"a":[2],"b":1}': 4, None: 5,
    }  # fmt: skip


def test_what_the_catalogue_does_not_know_is_kept_in_extra() -> None:
    element = {"projectId": "a", "region": "eu", "deep": {"y": 1, "x": [None]}, "project_id": "other"}
    (row,) = decode(body([element], [{"time": T0, "0": 1}]), **BY_PROJECT)
    assert row["project_id"] == "a"
    assert row["extra"] == '{"deep":{"x":[null],"y":1},"project_id":"other","region":"eu"}'


def test_a_dimension_that_the_table_was_created_without_goes_to_extra() -> None:
    query = UsageQuery.build("data_export_events", group_by=["destinationId"])
    older = tuple(column for column in query.schema if column.name != "destination_viewable")
    found = SeriesDecoder(query, older)
    metadata = [{"destinationId": "d", "destinationName": "Lake", "destinationViewable": True}]
    found.add(Scratch.of(body(metadata, [{"time": T0, "0": 1}])), ask=MONTH, keep=MONTH)
    ((_, rows),) = found.days()
    (row,) = rows.whole().table().to_pylist()
    assert (row["destination_name"], row["extra"]) == ("Lake", '{"destinationViewable":true}')


@pytest.mark.parametrize("name", ["anonymousV2", "anonymous"])
def test_a_dimension_is_found_under_either_of_its_names(name: str) -> None:
    answer = body([{name: "true"}], [{"time": T0, "0": 1}])
    (row,) = decode(answer, metric="clientside_mau", group_by=["anonymousV2"])
    assert (row["anonymous_v2"], "extra" in row) == ("true", False)


def test_a_dimension_under_both_of_its_names_is_the_one_that_was_asked_for() -> None:
    for names in (("anonymous", "anonymousV2"), ("anonymousV2", "anonymous")):
        answer = body([{name: name for name in names}], [{"time": T0, "0": 1}])
        (row,) = decode(answer, metric="clientside_mau", group_by=["anonymousV2"])
        assert (row["anonymous_v2"], row["extra"]) == ("anonymousV2", '{"anonymous":"anonymous"}')


def test_the_slice_is_in_every_row_and_what_repeats_it_is_not_kept_twice() -> None:
    answer = body([{"sdk": "Go", "version": "1", "source": "server"}], [{"time": T0, "0": 1}])
    assert decode(answer, metric="streams_by_sdk_version", source="server") == [
        {"time": at(T0), "value": 1, "sdk": "Go", "version": "1", "source": "server"}
    ]
    (row,) = decode(answer, metric="streams_by_sdk_version", source="client")
    assert (row["source"], row["extra"]) == ("client", '{"source":"server"}')


@pytest.mark.parametrize("text", ["true", "1", '{"a":1}', "null"])
def test_a_variation_that_is_text_is_not_the_one_its_text_reads_as(text: str) -> None:
    answer = body([{"key": text}, {"key": json.loads(text)}], [{"time": T0, "0": 1, "1": 2}])
    rows = decode(answer, **FLAG, feature_flag_key="f")
    assert {row.get("extra"): row["value"] for row in rows} == {
        json.dumps({"key": text}, separators=(",", ":")): 1,
        None: 2,
    }


def test_a_variation_of_brackets_alone_is_text() -> None:
    (row,) = decode(body([{"key": "[" * 100_000}], [{"time": T0, "0": 1}]), **FLAG, feature_flag_key="f")
    assert (len(row["key"]), "extra" in row) == (100_000, False)


@pytest.mark.parametrize("depth", range(150, 1000, 50))
def test_metadata_however_deep_is_kept_or_refused_but_never_crashes(depth: int) -> None:
    answer = b'{"metadata":[{"a":%s1%s}],"series":[{"time":%d,"0":1}]}' % (b"[" * depth, b"]" * depth, T0)
    try:
        (row,) = decode(answer)
    except AnswerError:
        return
    assert row["extra"].count("[") == depth


def test_a_grouping_that_was_ignored_is_refused() -> None:
    message = refusal(body([{"sdkName": "Go"}], [{"time": T0, "0": 1}]), **BY_PROJECT)
    assert "'projectId'" in message
    assert "the answer has sdkName" in message
    assert "the answer has none" in refusal(body([{}], [{"time": T0, "0": 1}]), **BY_PROJECT)
    assert decode(body([{"projectId": "a"}, {}], [{"time": T0, "0": 1}]), **BY_PROJECT)


def test_a_dimension_that_usage_may_lack_is_only_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    answer = body([{"sdkName": "Go"}], [{"time": T0, "0": 1}])
    (row,) = decode(answer, metric="clientside_mau", group_by=["sdkName", "sdkAppId"])
    assert (row["sdk_name"], row["sdk_app_id"]) == ("Go", None)
    assert "'sdkAppId'" in caplog.text
