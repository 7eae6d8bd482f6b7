"""An answer that is cut into blocks says what it says whole, and what is no usage answer is never cut wrongly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.answers import split
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.exceptions import AnswerError

BLOCKS = (1, 2, 3, 7, 64, 1 << 18)
FIELDS = ("metadata", "dataThrough", "_links", "projectedSeries", "series ", "x")

texts = st.text(st.sampled_from('ab"\\\\]}[{,:\\n é'), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts | st.just("series"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.sampled_from(["series", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
points = st.dictionaries(st.sampled_from(["time", "0", "1", "10"]), st.integers(0, 2**62), max_size=4)
answers = st.tuples(
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=4),
    st.lists(points, max_size=6) | values,
    st.integers(0, 4),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", "\r\n :  ")]),
)


def text(fields: dict[str, Any], series: Any, place: int, separators: tuple[str, str]) -> str:
    """The series at any place among the other fields, with or without blanks."""
    pairs = list(fields.items())
    return json.dumps(dict([*pairs[:place], ("series", series), *pairs[place:]]), separators=separators)


def parts_of(body: bytes, block: int, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[Any]]:
    """The fields but for the series, and its elements, as they come in blocks."""
    monkeypatch.setattr(split, "BLOCK", block)
    parts = split.split(Scratch.of(body))
    fields = {name: msgspec.json.decode(raw) for name, raw in parts.fields.items() if name != "series"}
    found: list[Any] = []
    for each in parts.blocks():
        found += [msgspec.json.decode(each)]
    return fields, found


@settings(deadline=None, max_examples=300)
@given(answers, st.sampled_from(BLOCKS))
def test_the_parts_are_the_whole(answer: tuple[dict[str, Any], Any, int, tuple[str, str]], block: int) -> None:
    fields, series, *_ = answer
    with pytest.MonkeyPatch.context() as monkeypatch:
        try:
            found, blocks = parts_of(text(*answer).encode(), block, monkeypatch)
        except (AnswerError, msgspec.DecodeError):
            assert not is_flat(series), "what has the shape of a usage series is read"
            return
    assert found == fields
    if isinstance(series, list) and all(isinstance(each, list) for each in blocks):
        assert [element for each in blocks for element in each] == series
    else:
        assert blocks == [series]


def is_flat(series: Any) -> bool:
    return isinstance(series, list) and all(
        isinstance(each, dict) and not any(isinstance(value, list | dict | str) for value in each.values())
        and not any(set("]}") & set(key) for key in each)
        for each in series
    )  # fmt: skip


def numbered(count: int) -> list[dict[str, int]]:
    return [{"time": number, "0": number} for number in range(count)]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("order", [("metadata", "series"), ("series", "metadata")])
def test_the_series_may_come_before_its_metadata(
    block: int, order: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"metadata": [{"key": "]}"}], "series": numbered(40)}
    body = json.dumps({name: answer[name] for name in order}).encode()
    fields, blocks = parts_of(body, block, monkeypatch)
    assert fields == {"metadata": [{"key": "]}"}]}
    assert [point for each in blocks for point in each] == numbered(40)
    assert len(blocks) == 1 if block > len(body) else len(blocks) > 1


def test_lists_of_that_name_deeper_in_the_answer_are_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"_links": {"series": [{"a": 1}]}, "metadata": [{"key": '"series":[{'}], "series": numbered(40)}
    fields, blocks = parts_of(json.dumps(answer).encode(), 64, monkeypatch)
    assert fields == {name: value for name, value in answer.items() if name != "series"}
    assert len(blocks) > 1


def test_a_flood_of_such_names_does_not_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is then taken whole; looking at each would take the square of the time."""
    looked: list[int] = []
    reads = split._reads
    monkeypatch.setattr(split, "_reads", lambda text: looked.append(len(text)) or reads(text))
    answer = {"_links": [{"series": []}] * 50_000, "series": numbered(3)}
    _, blocks = parts_of(json.dumps(answer).encode(), 1 << 18, monkeypatch)
    assert blocks == [numbered(3)]
    assert len(looked) < 20


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    "series",
    ['[{"time":1}{"time":2}]', '[{"time":1},]', '[,{"time":1}]', '[{"time":1},,{"time":2}]', '[{"time":1}7]',
     '[{"time":1},{"time":2}', '[{"time":1} {"time":2}]', '[{"time":1}}]', '[{"time":1},{"time":2]'],
)  # fmt: skip
def test_what_is_no_json_is_refused_wherever_it_is_cut(
    series: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = f'{{"metadata":[{{}}],"series":{series}}}'.encode()
    with pytest.raises((AnswerError, msgspec.DecodeError)):
        parts_of(body, block, monkeypatch)


@pytest.mark.parametrize("body", [
    b'{"series":[],"series":[{"time":1}]}', b'{"series":[{"time":1}],"metadata":[],"metadata":[{}]}',
    b'{"metadata":[],"series":[{"time":1}],"series":[]}',
])  # fmt: skip
def test_a_field_that_comes_twice_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerError, match="same field twice"):
        split.split(Scratch.of(body))
