"""JSON is decoded strictly, with nothing lost in silence, and written so that equal values have equal texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.answers.jsontext import (
    MAX_EXCERPT,
    canonical,
    decode,
    decoders,
    excerpt,
    has_duplicate_field,
)
from airflow_provider_ldusage.exceptions import AnswerError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@given(VALUES)
def test_canonical_text_reads_as_its_value_again(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4))
def test_the_order_of_keys_does_not_show_in_canonical_text(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_canonical_text_has_no_blanks_and_plain_letters() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'


def test_a_value_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(AnswerError, match="nested"):
        canonical(deep)


@pytest.mark.parametrize(
    ("body", "twice"),
    [
        ('{"a":1,"b":"x"}', False),
        ('{ "a" : 1 , "b" : "\\"" }', False),
        ('{"a":{"b":1,"b":2}}', False),  # a field within a field is not its business
        ("{}", False),
        ("{ }", False),
        ('{"a":1,"a":1}', True),
        ('{"a":"x","b":"\\"","a":"y"}', True),
        ('{"\\u0061":1,"a":1}', True),
    ],
)
def test_a_field_that_is_there_twice_is_noticed(body: str, twice: bool) -> None:
    assert has_duplicate_field(body.encode(), decoders().top.decode(body.encode())) is twice


def test_what_does_not_fit_is_named_with_its_beginning() -> None:
    with pytest.raises(AnswerError, match=r"'delayed' is no boolean .*\(it begins: \"yes\"\)"):
        decode(b'"yes"', decoders().flag, "'delayed' is no boolean")


def test_an_excerpt_is_short_and_always_text() -> None:
    assert excerpt(b"a" * 1000) == "a" * MAX_EXCERPT
    assert excerpt(b"\xff") == "\ufffd"
