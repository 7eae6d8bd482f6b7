"""The flags that LaunchDarkly has listed, as a state has them."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from airflow_provider_ldusage.lake.flag_list import KEPT, FlagList

FIRST = date(2026, 3, 1)


def days_later(days: int) -> date:
    return FIRST + timedelta(days=days)


def test_a_flag_is_there_from_its_first_list_to_its_last() -> None:
    found = FlagList().with_listed(["a", "b"], FIRST).with_listed(["a", "c"], days_later(2))
    assert found.on(FIRST) == {"a", "b"} and found.on(days_later(1)) == {"a"} and found.on(days_later(2)) == {"a", "c"}


def test_before_the_first_list_and_after_the_last_nothing_is_known() -> None:
    found = FlagList().with_listed(["a"], FIRST)
    assert found.on(days_later(-1)) is found.on(days_later(1)) is FlagList().on(FIRST) is None


def test_it_is_read_as_it_was_written() -> None:
    found = FlagList().with_listed(["b", "a"], FIRST).with_listed(["a"], days_later(2))
    written = json.loads(json.dumps(found.to_json()))
    assert written == [
        {"first": "2026-03-01", "last": "2026-03-01", "keys": ["b"]},
        {"first": "2026-03-01", "last": "2026-03-03", "keys": ["a"]},
    ]
    assert FlagList.of({"flags": written}) == found
    assert FlagList.of({}) == FlagList()


@pytest.mark.parametrize("content", [3, [3], [{"first": "x", "last": "y", "keys": ["a"]}], [{"keys": ["a"]}]])
def test_what_cannot_be_read_is_not_known(content: object) -> None:
    assert FlagList.of({"flags": content}) == FlagList()


def test_flags_that_are_gone_for_long_are_forgotten() -> None:
    found = FlagList().with_listed(["gone", "here"], FIRST)
    assert set(found.with_listed(["here"], FIRST + KEPT).seen) == {"gone", "here"}
    assert set(found.with_listed(["here"], FIRST + KEPT + timedelta(days=1)).seen) == {"here"}


def test_an_older_load_that_notes_later_takes_nothing_away() -> None:
    found = FlagList().with_listed(["a"], days_later(5)).with_listed(["a", "b"], FIRST)
    assert found.seen == {"a": (FIRST, days_later(5)), "b": (FIRST, FIRST)}
