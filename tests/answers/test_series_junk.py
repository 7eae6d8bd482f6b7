"""Answers that nobody would send are read, or refused in our own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import DAY_MS
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import UsageQuery
from tests.answers.cases import ASK, BIG, CASES, Case, decoded, plain

VALID = {
    "_links": {"self": {"href": "/api/v2/usage/x", "type": "application/json"}},
    "metadata": [{"projectId": "5f2b", "sdkAppId": "Unknown", "more": {"a": [1]}}, {"projectId": 'é\n"', "key": True}],
    "series": [{"time": ASK.start_ms + n * DAY_MS, "0": 120 + n, "1": 2880.0} for n in range(3)],
    "projectedSeries": [{"time": ASK.start_ms, "0": 4319}],
    "dataThrough": "2026-06-03T00:00:00Z",
    "delayed": False,
}
JUNK = [
    None,
    True,
    "x",
    "",
    "\ud800",
    -1,
    0,
    12.5,
    1e300,
    10**30,
    2**63,
    float("nan"),
    [],
    {},
    [[]],
    {"time": 1},
    {"0": {}},
]
TOKENS = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"0",
    b"-",
    b"e9",
    b".",
    b"null",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
]


def accept_or_refuse(case: Case, body: bytes) -> None:
    decoder = SeriesDecoder(case.query, case.query.schema)
    try:
        decoder.add(Scratch.of(body), ask=ASK, keep=ASK)
        days = {day: rows.whole() for day, rows in decoder.days()}
        forecast = rows.whole() if (rows := decoder.projection()) else None
    except AnswerError as error:
        assert str(error).encode()
        return
    for rows in (*days.values(), *([forecast] if forecast else [])):
        assert len(rows) > 0
        assert rows.content_hash
        values = rows.table().column("value").to_pylist()
        assert all(value >= 0 for value in values)
        assert len({row[:1] + row[2:] for row in plain(rows)}) == len(values), "no point twice"


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_bytes_changed_at_random_are_refused_in_our_own_words_or_read(case: Case, data: st.DataObject) -> None:
    body = json.dumps(VALID).encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body) - 1))
        end = min(len(body), start + data.draw(st.sampled_from([0, 1, 2, 20])))
        body = (
            body[:start]
            + data.draw(st.sampled_from(TOKENS) | st.binary(max_size=2) | st.just(body[start:end] * 2))
            + body[end:]
        )
    accept_or_refuse(case, body)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


PLACES = _places(VALID)[1:]


@pytest.mark.parametrize("case", CASES[1:3], ids=lambda case: case.query.metric.name)
def test_junk_in_any_one_place_is_refused_in_our_own_words_or_read(case: Case) -> None:
    for place in PLACES:
        for junk in JUNK:
            answer = json.loads(json.dumps(VALID))
            inner = answer
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = junk
            accept_or_refuse(case, json.dumps(answer).encode())


def test_the_answer_that_is_mutated_is_itself_valid() -> None:
    case = Case(UsageQuery.build("ai_runs", group_by=["projectId"]), {}, BIG)
    assert [len(rows) for rows in decoded(case, [(ASK, json.dumps(VALID).encode())]).values()] == [2, 2, 2]
