"""A usage answer is checked as a whole before any of it is believed, and says in words what is wrong with it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.answers import split
from airflow_provider_ldusage.answers.series import SeriesAnswer, SeriesDecoder
from airflow_provider_ldusage.answers.times import DAY_MS
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import UsageQuery

DAY = date(2026, 7, 1)
MONTH = Window(DAY, date(2026, 8, 1))
T0 = MONTH.start_ms
HOUR_MS = 3_600_000
BY_PROJECT = {"metric": "ai_runs", "group_by": ["projectId"]}
FLAG = {"metric": "evaluations", "project_key": "p", "environment_key": "e"}


def body(metadata: Any, series: Any, **more: Any) -> bytes:
    return json.dumps({"_links": {}, "metadata": metadata, "series": series, **more}).encode()


def decoder(metric: str = "ai_runs", **arguments: Any) -> SeriesDecoder:
    query = UsageQuery.build(metric, **arguments)
    return SeriesDecoder(query, query.schema)


def decode(answer: bytes, ask: Window = MONTH, keep: Window = MONTH, **query: Any) -> list[dict[str, Any]]:
    """All rows that come of one answer, without the ``extra`` where it is null."""
    found = decoder(**query)
    found.add(Scratch.of(answer), ask=ask, keep=keep)
    rows = [row for _, rows in found.days() for row in rows.whole().table().to_pylist()]
    return [{k: v for k, v in row.items() if (k, v) != ("extra", None)} for row in rows]


def refusal(answer: bytes, **query: Any) -> str:
    with pytest.raises(AnswerError) as caught:
        decode(answer, **query)
    return str(caught.value)


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone.utc)


# --- what is read


def test_wide_points_become_one_row_a_figure() -> None:
    metadata = [{"projectId": "b"}, {"projectId": "a"}]
    series = [{"time": T0, "0": 1, "1": 2}, {"time": T0 + DAY_MS, "0": 3}]
    assert decode(body(metadata, series), **BY_PROJECT) == [
        {"time": at(T0), "value": 2, "project_id": "a"},
        {"time": at(T0), "value": 1, "project_id": "b"},
        {"time": at(T0 + DAY_MS), "value": 3, "project_id": "b"},
    ]


def test_a_missing_point_is_no_row_and_a_zero_is_one() -> None:
    assert [row["value"] for row in decode(body([{}, {"x": 1}], [{"time": T0, "1": 0}]))] == [0]


@pytest.mark.parametrize("nothing", [[], None])
def test_an_answer_without_usage_is_no_rows(nothing: Any) -> None:
    assert decode(body(nothing, nothing), **BY_PROJECT) == []
    found = decoder(**BY_PROJECT)
    assert found.add(Scratch.of(body([], [])), ask=MONTH, keep=MONTH) == SeriesAnswer(0, None, False)
    assert found.projection() is None


def test_a_point_without_figures_makes_no_day() -> None:
    found = decoder()
    assert found.add(Scratch.of(body([{}], [{"time": T0}])), ask=MONTH, keep=MONTH).points == 0
    assert list(found.days()) == []


def test_only_points_of_the_days_to_keep_are_kept_and_both_ends_are_exact() -> None:
    keep = Window(DAY + timedelta(days=1), DAY + timedelta(days=3))
    series = [{"time": T0 + n * DAY_MS, "0": 10 + n} for n in range(-2, 33)]
    assert [row["value"] for row in decode(body([{}], series), keep=keep)] == [11, 12]


def test_whole_numbers_may_come_as_floats_and_no_others() -> None:
    assert decode(b'{"metadata":[{}],"series":[{"time":%d.0,"0":12.0}]}' % T0) == [{"time": at(T0), "value": 12}]
    assert "int64" in refusal(body([{}], [{"time": T0, "0": 12.5}]))
    assert "int64" in refusal(body([{}], [{"time": T0, "0": 1e17}]))


def test_fractions_stay_fractions_where_the_metric_has_them() -> None:
    rows = decode(body([{}], [{"time": T0, "0": 1439.5}, {"time": T0 + DAY_MS, "0": 7}]), metric="service_connections")
    assert [(row["value"], type(row["value"])) for row in rows] == [(1439.5, float), (7.0, float)]


def test_the_largest_int64_is_exact_and_one_more_is_refused() -> None:
    assert decode(body([{}], [{"time": T0, "0": 2**63 - 1}]))[0]["value"] == 2**63 - 1
    for large in (2**63, 2**64, 10**40):
        assert "int64" in refusal(body([{}], [{"time": T0, "0": large}]))


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


def test_each_answer_of_every_flag_is_its_own_flags() -> None:
    found = decoder(**FLAG)
    for n, flag in enumerate(("b", "a")):
        answer = body([{"key": True}], [{"time": T0, "0": n}])
        found.add(Scratch.of(answer), ask=MONTH, keep=MONTH, fixed={"feature_flag_key": flag})
    ((day, rows),) = found.days()
    assert day == DAY
    assert [(row["feature_flag_key"], row["value"]) for row in rows.whole().table().to_pylist()] == [("a", 1), ("b", 0)]


@pytest.mark.parametrize("text", ["true", "1", '{"a":1}', "null"])
def test_a_variation_that_is_text_is_never_taken_for_the_one_its_text_reads_as(text: str) -> None:
    answer = body([{"key": text}, {"key": json.loads(text)}], [{"time": T0, "0": 1, "1": 2}])
    rows = decode(answer, **FLAG, feature_flag_key="f")
    assert {row.get("extra"): row["value"] for row in rows} == {
        json.dumps({"key": text}, separators=(",", ":")): 1,
        None: 2,
    }


def test_a_variation_of_brackets_alone_is_text() -> None:
    (row,) = decode(body([{"key": "[" * 100_000}], [{"time": T0, "0": 1}]), **FLAG, feature_flag_key="f")
    assert (len(row["key"]), "extra" in row) == (100_000, False)


# --- what is refused, and why


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "no JSON object"),
        (b"<!doctype html><title>Sign in</title>", "begins: <!doctype html>"),
        (b"[]", "no JSON object"),
        (b"null", "no JSON object"),
        (b'{"metadata":[],"series":[]', "no JSON object"),
        (b'{"metadata":[],"series":[]} {}', "no JSON object"),
        (b'\xef\xbb\xbf{"metadata":[],"series":[]}', "no JSON object"),
        (b'{"metadata":[{"a":"\xff"}],"series":[]}', "'metadata' is no list of objects"),
        (b'{"metadata":[{"a":"\\ud800"}],"series":[]}', "no JSON object"),
        (b'{"code":"x","message":"y"}', "has no 'metadata'"),
        (b'{"series":[]}', "has no 'metadata'"),
        (b'{"metadata":[]}', "has no 'series'"),
        (b'{"metadata":{},"series":[]}', "'metadata' is no list of objects"),
        (b'{"metadata":[null],"series":[]}', "'metadata' is no list of objects"),
        (b'{"metadata":[],"series":{}}', "'series' is no list"),
        (b'{"metadata":[],"series":[7]}', "something that is no number"),
        (b'{"metadata":[],"series":[{}]}', "no 'time'"),
        (b'{"metadata":[],"series":[],"series":[]}', "the same field twice"),
        (b'{"metadata":[],"metadata":[],"series":[]}', "the same field twice"),
        (b'{"metadata":[{"a":1,"a":1}],"series":[]}', "the same key twice"),
        (b'{"metadata":[{"a":"x","b":"\\"","a":"y"}],"series":[]}', "the same key twice"),
        (b'{"metadata":[],"series":[],"delayed":"yes"}', "'delayed' is no boolean"),
        (b'{"metadata":[],"series":[],"dataThrough":5}', "'dataThrough' is no string"),
        (b'{"metadata":[],"series":[],"projectedSeries":{}}', "'projectedSeries' is no list"),
        (b'{"metadata":[{"a":%s1%s}],"series":[]}' % (b"[" * 100_000, b"]" * 100_000), "no JSON object"),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_refused(answer: bytes, why: str) -> None:
    message = refusal(answer)
    assert why in message
    assert len(message) < 400


@pytest.mark.parametrize("depth", range(150, 1000, 50))
def test_metadata_however_deep_is_kept_or_refused_but_never_crashes(depth: int) -> None:
    answer = b'{"metadata":[{"a":%s1%s}],"series":[{"time":%d,"0":1}]}' % (b"[" * depth, b"]" * depth, T0)
    try:
        (row,) = decode(answer)
    except AnswerError:
        return
    assert row["extra"].count("[") == depth


@pytest.mark.parametrize(
    ("point", "why"),
    [
        ('"0": null', "no number"), ('"0": true', "no number"), ('"0": "7"', "no number"), ('"0": [1]', "no number"),
        ('"0": NaN', "malformed"), ('"0": Infinity', "malformed"), ('"0": -Infinity', "malformed"),
        ('"0": 1e999', "out of range"), ('"0": -1', "negative value: -1"), ('"0": -0.5', ""),
        ('"1": 1', "series key '1', but 'metadata' describes only 1"), ('"00": 1', "series key '00'"),
        ('"-1": 1', "series key '-1'"), ('"value": 1', "series key 'value'"), ('"": 1', "series key ''"),
        ('"a:b": 1', "no series key"), ('"0": 1, "0": 1', "the same key twice"),
        ('"0": 1, "\\u0030": 1', "the same key twice"), ('"0": 1, "time": 5', "the same key twice"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("metric", ["ai_runs", "service_connections"])
def test_a_point_holds_numbers_that_are_not_negative_under_keys_of_the_metadata(
    metric: str, point: str, why: str
) -> None:
    assert why in refusal(f'{{"metadata":[{{}}],"series":[{{"time":{T0},{point}}}]}}'.encode(), metric=metric)


def test_a_key_that_is_no_unicode_is_refused() -> None:
    for key in (b"\xed\xa0\x80", b"\xff", b"\\ud800"):
        refusal(b'{"metadata":[{}],"series":[{"time":%d,"0":1,"%s":1}]}' % (T0, key))


@pytest.mark.parametrize("time", ["null", "true", '"2026-07-01"', f"{T0}.5", "[]", "1e400"])
def test_a_time_is_whole_milliseconds(time: str) -> None:
    refusal(f'{{"metadata":[{{}}],"series":[{{"time":{time},"0":1}}]}}'.encode())


@pytest.mark.parametrize("metric", ["ai_runs", "service_connections"])
@pytest.mark.parametrize("time", [T0 // 1000, T0 * 1000, 0, -1, 10**30, -(10**30), 10**300, T0 - 3 * DAY_MS])
def test_times_that_cannot_be_of_this_window_are_refused_as_a_wrong_unit(metric: str, time: int) -> None:
    message = refusal(f'{{"metadata":[{{}}],"series":[{{"time":{time},"0":1}}]}}'.encode(), metric=metric)
    assert "time_units" in message or "no number" in message


def test_the_same_point_twice_is_refused() -> None:
    twice = "holds the same point twice"
    assert twice in refusal(body([{}], [{"time": T0, "0": 1}, {"time": T0, "0": 1}]))
    same_labels = [{"projectId": "a"}, {"projectId": "a"}]
    message = refusal(body(same_labels, [{"time": T0, "0": 1, "1": 2}]), **BY_PROJECT)
    assert twice in message
    assert "'project_id': 'a'" in message
    assert str(T0) in message
    apart = [{"time": T0, "0": 1}, {"time": T0 + DAY_MS, "1": 2}]
    assert [row["value"] for row in decode(body(same_labels, apart), **BY_PROJECT)] == [1, 2]


def test_the_same_point_in_two_answers_is_refused() -> None:
    found = decoder()
    for _ in range(2):
        found.add(Scratch.of(body([{}], [{"time": T0, "0": 1}])), ask=MONTH, keep=MONTH)
    with pytest.raises(AnswerError, match="the same point twice"):
        list(found.days())


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


# --- granularity


def hourly(values: Mapping[int, int], day: int = 0) -> list[dict[str, int]]:
    return [{"time": T0 + day * DAY_MS + hour * HOUR_MS, "0": value} for hour, value in values.items()]


def test_an_answer_finer_than_asked_is_summed_to_days_where_that_has_a_meaning() -> None:
    series = hourly({0: 1, 5: 2, 23: 4}) + hourly({1: 8}, day=1)
    rows = decode(body([{"projectId": "a"}], series), **BY_PROJECT)
    assert [(row["time"], row["value"]) for row in rows] == [(at(T0), 7), (at(T0 + DAY_MS), 8)]
    fractions = [{"time": T0, "0": 0.5}, {"time": T0 + HOUR_MS, "0": 0.25}]
    assert decode(body([{}], fractions), metric="service_connections")[0]["value"] == 0.75


def test_sums_are_of_each_series_alone() -> None:
    series = [{"time": T0 + hour * HOUR_MS, "0": 1, "1": 10} for hour in range(3)] + [{"time": T0 + 60_000, "1": 5}]
    rows = decode(body([{"projectId": "b"}, {"projectId": "a"}], series), **BY_PROJECT)
    assert [(row["project_id"], row["value"]) for row in rows] == [("a", 35), ("b", 3)]


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "streams", "source": "client"},
        {"metric": "clientside_mau", "aggregation_type": "incremental"},
        {"metric": "ai_runs", "aggregation_type": "month_to_date"},
        {"metric": "observability_logs", "aggregation_type": "rolling_30d"},
    ],
)
def test_an_answer_finer_than_asked_is_refused_where_a_sum_means_nothing(query: dict[str, Any]) -> None:
    message = refusal(body([{}], hourly({0: 1, 5: 2})), **query)
    assert "cannot be summed over time" in message
    assert str(T0 + 5 * HOUR_MS) in message


def test_hours_that_were_asked_for_stay_hours_and_minutes_are_summed_to_them() -> None:
    asked = {"metric": "ai_runs", "granularity": "hourly"}
    rows = decode(body([{}], hourly({0: 1, 5: 2})), **asked)
    assert [(row["time"], row["value"]) for row in rows] == [(at(T0), 1), (at(T0 + 5 * HOUR_MS), 2)]
    minutes = [{"time": T0 + minute * 60_000, "0": 1} for minute in (0, 59, 60)]
    assert [row["value"] for row in decode(body([{}], minutes), **asked)] == [2, 1]


def test_a_sum_beyond_int64_is_refused_rather_than_wrapped_around() -> None:
    assert "too large" in refusal(body([{}], hourly({0: 2**62, 1: 2**62})))


# --- beside the points


def test_a_forecast_is_kept_apart() -> None:
    found = decoder("service_connections", group_by=["sdkName"])
    answer = body(
        [{"sdkName": "Go"}, {"sdkName": "Java"}], [{"time": T0, "0": 1.5}],
        projectedSeries=[{"time": T0, "0": 9.5}, {"time": T0 + 40 * DAY_MS, "0": 11.0}],
    )  # fmt: skip
    assert found.add(Scratch.of(answer), ask=MONTH, keep=MONTH).points == 1
    ((_, actual),) = found.days()
    assert actual.whole().table().column("value").to_pylist() == [1.5]
    forecast = found.projection()
    assert forecast is not None
    assert forecast.whole().table().column("value").to_pylist() == [9.5, 11.0]
    assert forecast.whole().table().column("sdk_name").to_pylist() == [None, None], (
        "it is the account's, not the first SDK's"
    )


def test_the_last_answers_forecast_replaces_earlier_ones() -> None:
    found = decoder("service_connections")
    for value in (1.0, 2.0):
        answer = body([{}], [], projectedSeries=[{"time": T0, "0": value}])
        found.add(Scratch.of(answer), ask=MONTH, keep=MONTH)
    found.add(Scratch.of(body([{}], [], projectedSeries=[])), ask=MONTH, keep=MONTH)
    forecast = found.projection()
    assert forecast is not None
    assert forecast.whole().table().column("value").to_pylist() == [2.0]


@pytest.mark.parametrize("point", [{"time": T0 // 1000, "0": 1}, {"time": T0, "0": -1}, {"time": T0, "7": 1}, {"0": 1}])
def test_a_forecast_is_checked_as_the_actuals_are(point: dict[str, int]) -> None:
    refusal(body([{}], [], projectedSeries=[point]), metric="service_connections")


def test_freshness_is_reported() -> None:
    answer = body([], [], dataThrough="2026-07-02T03:00:00Z", delayed=True)
    assert decoder("warehouse_export").add(Scratch.of(answer), ask=MONTH, keep=MONTH) == SeriesAnswer(
        0, "2026-07-02T03:00:00Z", True
    )
    empty = body([], [], dataThrough=None, delayed=None)
    assert decoder("warehouse_export").add(Scratch.of(empty), ask=MONTH, keep=MONTH) == SeriesAnswer(0, None, False)


def test_unknown_fields_warn_and_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    answer = body([{}], [{"time": T0, "0": 1}], totalEvaluations=5, brandNew={"a": '"'})
    with caplog.at_level(logging.WARNING):
        assert len(decode(answer)) == 1
    assert "brandNew" in caplog.text
    assert "totalEvaluations" not in caplog.text


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("{}", "no 'time'"),
        ('{"time":1}', r"more than [\d,]+ points"),
        (f'{{"time":{T0}}}', r"more than [\d,]+ points"),
        (f'{{"time":{T0},"0":1}}', r"more than [\d,]+ points"),
    ],
)
def test_a_flood_of_points_is_refused_before_it_fills_the_memory(point: str, told: str) -> None:
    flood = ",".join([point] * 200_000).encode()
    answer = Scratch.of(b'{"metadata":[{"projectId":"a"}],"series":[%b]}' % flood)
    with answer, pytest.raises(AnswerError, match=told):
        decoder(group_by=["projectId"]).add(answer, ask=MONTH, keep=MONTH)


def test_points_may_have_their_keys_in_another_order_than_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "BLOCK", 64)
    names = [str(key) for key in range(30)]
    orders = (names, names[::-1], sorted(names), names[7:] + names[:7])
    points = [
        {**{name: 100 * day + int(name) for name in order}, "time": T0 + day * DAY_MS}
        for day, order in enumerate(orders)
    ]
    rows = decode(body([{"projectId": name} for name in names], points), group_by=["projectId"])
    assert len(rows) == 4 * 30
    assert {(row["time"].day - 1) * 100 + int(row["project_id"]) for row in rows} == {row["value"] for row in rows}
    assert all(row["value"] % 100 == int(row["project_id"]) for row in rows)


def test_what_is_set_aside_goes_by_the_figures_there_are_not_by_those_there_could_be() -> None:
    metadata = [{"eventKey": f"e{number:05d}"} for number in range(5_000)]
    points = [{"time": T0 + hour * 3_600_000, str(hour): 1, str(hour + 700): 2} for hour in range(24 * 28)]
    found = decoder("experimentation_events", group_by=["eventKey"], granularity="hourly")
    found.add(Scratch.of(body(metadata, points)), ask=MONTH, keep=MONTH)
    assert sum(len(day) for _, day in found.days()) == 2 * 24 * 28
    assert found._figures.size == 8 * 2 * 24 * 28


def test_days_that_cannot_be_summed_are_refused_before_one_is_made() -> None:
    found = decoder("total_mau")
    points = [{"time": T0 + hour * 3_600_000, "0": 1} for hour in range(3)]
    found.add(Scratch.of(body([{}], points)), ask=MONTH, keep=MONTH)
    with pytest.raises(AnswerError, match="cannot be summed"):
        list(found.days())


def test_series_are_counted_where_they_have_figures_in_the_days_to_keep() -> None:
    found = decoder(group_by=["projectId"])
    later = Window(DAY + timedelta(days=1), MONTH.end)
    first = [{"time": T0, "0": 1, "1": 1, "2": 1}, {"time": T0 + DAY_MS, "0": 1}]
    found.add(Scratch.of(body([{"projectId": name} for name in "abc"], first)), ask=MONTH, keep=later)
    assert found.series == 1
    second = [{"time": T0 + DAY_MS, "0": 1.0}, {"time": T0 + 2 * DAY_MS, "1": 1.0}]
    found.add(Scratch.of(body([{"projectId": name} for name in "da"], second)), ask=MONTH, keep=later)
    assert found.series == 2
