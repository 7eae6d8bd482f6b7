"""Labels are sorted and numbered, and each string of a column is there once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.rows.labels import DIGEST, MAX_HELD, Labels, sort_key

TEXTS = st.none() | st.text(st.characters(codec="utf-8"), max_size=4)


@given(st.lists(st.tuples(TEXTS, TEXTS), unique=True))
def test_labels_are_sorted_nulls_first_then_by_the_bytes_of_utf_8(labels: list[Any]) -> None:
    found = Labels(("a", "b"), labels).rows
    assert found == sorted(
        labels, key=lambda label: [(b"\1" + text.encode()) if text is not None else b"" for text in label]
    )
    assert found == sorted(found, key=sort_key)


@given(st.lists(st.tuples(TEXTS, TEXTS), unique=True))
def test_a_label_is_its_code_and_its_strings_are_those_encoded(labels: list[Any]) -> None:
    found = Labels(("a", "b"), labels)
    assert [found.ranks[label] for label in found.rows] == found.codes.to_pylist() == list(range(len(labels)))
    assert found.ones.to_pylist() == [1] * len(labels)
    for position, (texts, places) in enumerate(found.encoded.values()):
        strings = texts.to_pylist()
        assert strings == sorted(set(strings))
        decoded = [None if place is None else strings[place] for place in places.to_pylist()]
        assert decoded == [label[position] for label in found.rows]


def test_digests_are_for_ever() -> None:
    """They are in the hashes of stored days: if this fails, every day of every lake counts as restated."""
    digests = Labels(("a", "b"), [("x", None), (None, "x")]).digests
    assert [each.hex() for each in digests.to_pylist()] == [
        "16a31b3d38c72e395c974476d2d2c708",
        "4e00d1b4095157ab5b0c00dca8cbcf8c",
    ]
    assert {len(each) for each in digests.to_pylist()} == {DIGEST}


def test_holders_are_the_labels_that_have_a_string() -> None:
    found = Labels(("a", "b"), [("x", None), ("x", "q"), ("y", None)])
    assert [label[0] for label in found.rows] == ["x", "x", "y"]
    assert found.holders == {"a": [0b011, 0b100], "b": [0b010]}


@pytest.mark.parametrize(("count", "held"), [(0, False), (1, True), (MAX_HELD, True), (MAX_HELD + 1, False)])
def test_holders_are_only_of_columns_with_few_strings(count: int, held: bool) -> None:
    labels = [(str(number),) for number in range(count)] or [(None,)]
    assert ("a" in Labels(("a",), labels).holders) is held
