"""What points may hold, and what is said of those that may not be."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.days import DAY_MS
from tests.answers.decoding import T0, at, body, decode, refusal


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
def test_a_point_holds_numbers_from_zero_on_under_keys_of_the_metadata(metric: str, point: str, why: str) -> None:
    assert why in refusal(f'{{"metadata":[{{}}],"series":[{{"time":{T0},{point}}}]}}'.encode(), metric=metric)


def test_a_key_that_is_no_unicode_is_refused() -> None:
    for key in (b"\xed\xa0\x80", b"\xff", b"\\ud800"):
        refusal(b'{"metadata":[{}],"series":[{"time":%d,"0":1,"%s":1}]}' % (T0, key))


@pytest.mark.parametrize("time", ["null", "true", '"2026-07-01"', f"{T0}.5", "[]", "1e400"])
def test_a_time_is_whole_milliseconds(time: str) -> None:
    refusal(f'{{"metadata":[{{}}],"series":[{{"time":{time},"0":1}}]}}'.encode())
