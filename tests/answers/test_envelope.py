"""An answer of another shape is refused in words; unknown fields beside the points do no harm."""

from __future__ import annotations

import logging

import pytest

from tests.answers.decoding import T0, body, decode, refusal


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


def test_unknown_fields_warn_and_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    answer = body([{}], [{"time": T0, "0": 1}], totalEvaluations=5, brandNew={"a": '"'})
    with caplog.at_level(logging.WARNING):
        assert len(decode(answer)) == 1
    assert "brandNew" in caplog.text
    assert "totalEvaluations" not in caplog.text
