"""Names in the lake: they depend on table, day and slice alone, are safe on every store, and never collide."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.layout import (
    check_table_name,
    day_file,
    slice_file,
    table_file,
    total_file,
    view_file,
)

DAY = date(2026, 11, 1)
HOSTILE = [
    "a/b", "a\\b", "..", "../../etc", ".", ".hidden", "_ldusage", "%2f", "a%2Fb", "a\nb", "a\0b", "ключ", "é",
    "e\u0301", "key", "KEY", "Key", " key", "key ", "a,b", "a=b", "usage_date=2026-11-01", "*", "?", "x" * 5000,
    "x" * 5001, "😀", "con",
]  # fmt: skip
values = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40))
slices = st.dictionaries(st.sampled_from(["project_key", "feature_flag_key", "filter_sdk_name"]), values, max_size=3)


@settings(deadline=None)
@given(slices)
def test_a_slice_file_is_one_safe_name_whatever_the_keys_hold(slice_: dict[str, str]) -> None:
    name = slice_file(slice_)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.parquet", name)
    assert len(name.encode()) <= 255 - 33, "with a temporary file's suffix, too, it must fit"


@settings(deadline=None)
@given(slices, slices)
def test_two_slices_never_share_a_file_even_if_case_is_ignored(one: dict[str, str], other: dict[str, str]) -> None:
    assume(one != other)
    assert slice_file(one).lower() != slice_file(other).lower()


def test_hostile_keys_have_a_file_each() -> None:
    names = {slice_file({"feature_flag_key": key}).lower() for key in HOSTILE}
    assert len(names) == len(HOSTILE)


def test_the_same_value_under_another_key_is_another_slice() -> None:
    assert slice_file({"project_key": "a"}) != slice_file({"environment_key": "a"})
    assert slice_file({"a": "b_c"}) != slice_file({"a": "b", "c": "c"})


def test_a_slice_file_does_not_depend_on_the_order_in_which_keys_are_given() -> None:
    one = slice_file({"project_key": "p", "environment_key": "e"})
    other = slice_file({"environment_key": "e", "project_key": "p"})
    assert one == other


def test_names_are_those_that_are_promised() -> None:
    assert day_file("streams", DAY, {}) == "streams/usage_date=2026-11-01/all.parquet"
    assert re.fullmatch(
        r"streams/usage_date=2026-11-01/server-[0-9a-f]{16}\.parquet", day_file("streams", DAY, {"source": "server"})
    )
    assert table_file("streams") == "_ldusage/streams.json"


def test_the_object_that_names_totals_depends_on_what_they_are() -> None:
    name = total_file({"metric": "ai_runs", "group_by": []})
    assert name == "_ldusage/totals/ai_runs-6e9e8cca1191240a.json"
    assert name == total_file({"group_by": [], "metric": "ai_runs", "added by a later version": None})
    assert name != total_file({"metric": "ai_runs", "group_by": [], "filters": {"projectKey": ["a", "b"]}})


def test_a_day_file_has_the_name_it_had_in_earlier_versions() -> None:
    """Another name would leave the old file beside the new one, and double the day."""
    assert slice_file({"source": "server"}) == "server-34bc9a032cbffe03.parquet"
    assert slice_file({"project_key": "a/b", "environment_key": "é"}) == "a-b-8bcd9a729bdf8961.parquet"


@pytest.mark.parametrize("name", ["streams", "1st", "A-b_c", "x" * 200])
def test_a_table_may_be_called(name: str) -> None:
    assert check_table_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "_ldusage", "_x", "-x", ".x", "a.b", "a/b", "..", "a b", "é", "x" * 201, "x\n", None, 5, "{{ ds }}"]
)
def test_a_table_may_not_be_called(name: Any) -> None:
    with pytest.raises(UsageArgumentError, match="ASCII letters, digits"):
        check_table_name(name)


@pytest.mark.parametrize("character", ["\ufe0f", "\u3164", "\u200b", "\u202e", "\u00a0"])
def test_a_character_that_nobody_sees_in_a_tables_name_is_named(character: str) -> None:
    with pytest.raises(UsageArgumentError, match=rf"U\+{ord(character):04X} .*cannot be seen"):
        check_table_name(f"usage{character}")


def test_what_a_view_shows_lies_beside_the_descriptions() -> None:
    """Below a folder of its own, since whoever looks for tables takes every JSON object of ``_ldusage`` for one."""
    assert view_file("bill") == "_ldusage/report/bill.json"
