"""Text that looks like something else, holds blanks, or is empty."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from tests.operators.rendering import FLAG, RENDERINGS, a_dag, context, options, query, rendered

pytestmark = pytest.mark.airflow

# --- text that looks like something else

LOOKALIKES = [
    "1.10",
    "2024",
    "007",
    "2026_11",
    "1_000",
    "0x7e8",
    "1e5",
    "10j",
    "true",
    "inf",
    "-5",
    "a-b",
    "2024-01-01",
]


@RENDERINGS
@pytest.mark.parametrize("key", LOOKALIKES)
def test_a_key_stays_as_it_was_written_whatever_it_looks_like(native: bool, key: str) -> None:
    found = query(native, {"key": key}, **{**FLAG, "project_key": "{{ params.key }}", "feature_flag_key": ["x"]})
    assert found.path == {"project_key": key, "environment_key": "e", "feature_flag_key": "x"}
    found = query(native, {"key": key}, **FLAG, feature_flag_key="{{ params.key }}")
    assert found.path["feature_flag_key"] == key
    found = query(native, {"key": key}, metric="ai_runs", filters={"sdkVersion": ["{{ params.key }}", "b"]})
    assert found.filters["sdkVersion"] == tuple(sorted([key, "b"]))


@RENDERINGS
@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_name_stays_as_it_was_written_whatever_it_looks_like(native: bool, name: str) -> None:
    task = rendered(native, {"name": name}, destination="file:///lake", table="{{ params.name }}")
    assert arguments.text("table", task.table) == name
    task = rendered(native, {"name": name}, destination="file:///lake", launchdarkly_conn_id="{{ params.name }}")
    assert arguments.text("launchdarkly_conn_id", task.launchdarkly_conn_id) == name


@pytest.mark.parametrize("value", [1.1, 1e5, 10j, [1.1], {"sdkVersion": 1.1}])
def test_a_value_that_was_converted_before_is_refused_with_the_remedy(value: Any) -> None:
    for read in (arguments.text, arguments.texts, lambda name, found: arguments.filters({name: found})):
        with pytest.raises(UsageArgumentError) as caught:
            read("project_key", value)  # type: ignore[operator]
    assert isinstance(value, dict) or "native rendering (render_template_as_native_obj)" in str(caught.value)
    assert isinstance(value, dict) or "Quote the template" in str(caught.value)


def test_the_remedy_works() -> None:
    found = query(True, {"key": "1.10"}, **{**FLAG, "project_key": "'{{ params.key }}'"})
    assert found.path["project_key"] == "1.10"


# --- text that was a list or a dict once

BROKEN = ["[a, b]", "[007]", "{'a': }", "{a}", "(a, b)", "[1, 2,, 3]", "{{ params.key }}", "[nan]"]


@RENDERINGS
@pytest.mark.parametrize("written", BROKEN)
def test_an_unreadable_list_is_refused_with_the_remedy(native: bool, written: str) -> None:
    for fields in (
        {**FLAG, "project_key": "{{ params.it }}"},
        {**FLAG, "feature_flag_key": "{{ params.it }}"},
        {"metric": "ai_runs", "group_by": "{{ params.it }}"},
        {"metric": "ai_runs", "filters": {"projectKey": " {{ params.it }} "}},
        {"metric": "ai_runs", "filters": "{{ params.it }}"},
    ):
        with pytest.raises(UsageArgumentError, match=r"looks like a list or a dict.*'\| tojson'.*native") as caught:
            query(native, {"it": written}, **fields)
        assert next(name for name, field in fields.items() if "params" in str(field)) in str(caught.value)
    with pytest.raises(UsageArgumentError, match=r"checks=.*looks like"):
        options(native, {"it": written}, checks="{{ params.it }}")


@hypothesis.given(
    st.recursive(st.text("ab '\",01", max_size=4) | st.integers(0, 9), lambda inner: st.lists(inner, max_size=3))
)
def test_text_in_brackets_is_a_list_or_refused_and_never_one_key(value: Any) -> None:
    """However a list was written, nothing of its writing ends up in a key."""
    for written in (str(value), json.dumps(value), str(value).replace("'", ""), f"[{value}]"):
        try:
            found = arguments.texts("feature_flag_key", written)
        except UsageArgumentError:
            continue
        assert not isinstance(found, str) or not found.startswith("[")


@RENDERINGS
@pytest.mark.parametrize("key", ["[checkout]", "(none)", "{a}", "[a] b", "a [b]"])
def test_a_text_may_have_brackets_of_its_own_in_a_list(native: bool, key: str) -> None:
    found = query(native, {"it": key}, metric="experimentation_events", filters={"eventKey": ["{{ params.it }}"]})
    assert found.filters == {"eventKey": (key,)}


@RENDERINGS
@pytest.mark.parametrize("value", [["a", "b"], {"a": 1}, [], ["a"]])
def test_a_list_where_one_text_is_due_is_refused_in_both_ways_of_rendering(native: bool, value: Any) -> None:
    for fields in (
        {**FLAG, "project_key": "{{ params.it }}"},
        {**FLAG, "feature_flag_key": ["{{ params.it }}"]},
        {"metric": "ai_runs", "filters": {"projectKey": ["{{ params.it }}"]}},
    ):
        with pytest.raises(UsageArgumentError, match="must be a string"):
            query(native, {"it": value}, **fields)


# --- truth values


@RENDERINGS
@pytest.mark.parametrize("value", [True, False, "True", "False", [False], ["a", True], "[False]", " True "])
def test_a_truth_value_is_no_key_and_no_name(native: bool, value: Any) -> None:
    for fields in (
        {**FLAG, "feature_flag_key": "{{ params.it }}"},
        {"metric": "ai_runs", "filters": {"projectKey": "{{ params.it }}"}},
        {"metric": "ai_runs", "filters": {"projectKey": value}},
        {"metric": "ai_runs", "filters": {False: "a"}},
    ):
        with pytest.raises(UsageArgumentError, match=r"is a boolean.*Quote the value.*YAML"):
            query(native, {"it": value}, **fields)
    if not isinstance(value, list) and value != "[False]":
        for name in ("table", "launchdarkly_conn_id", "project_key", "source"):
            with pytest.raises(UsageArgumentError, match=f"{name}=.*is a boolean"):
                arguments.key(name, value)


@RENDERINGS
@pytest.mark.parametrize("off", [False, "False"])
def test_a_level_that_yaml_has_spoilt_is_refused_with_the_reason(native: bool, off: Any) -> None:
    """``off`` is false in YAML."""
    with pytest.raises(UsageArgumentError, match=r"checks\['gaps'\]=.*YAML"):
        options(native, {"it": off}, checks={"gaps": "{{ params.it }}"})


# --- blanks


@RENDERINGS
@pytest.mark.parametrize("value", [" a ", [" a "], ["a\n"], "[' a ']", '["\\ta"]', {" a "}])
def test_blanks_around_a_text_are_no_part_of_it(native: bool, value: Any) -> None:
    assert query(native, {"it": value}, **FLAG, feature_flag_key="{{ params.it }}").path["feature_flag_key"] == "a"
    found = query(native, {"it": value}, metric="ai_runs", filters={" projectKey ": "{{ params.it }}"})
    assert found.filters == {"projectKey": ("a",)}


def test_a_filter_that_is_named_twice_is_refused() -> None:
    with pytest.raises(UsageArgumentError, match="has a key twice"):
        arguments.filters({"projectKey": "a", "projectKey ": "b"})


# --- what is empty though it was given


@RENDERINGS
@pytest.mark.parametrize("empty", ["", " ", "\n"])
@pytest.mark.parametrize(
    "name",
    ["metric", "table", "launchdarkly_conn_id", "filters", "source", "event_type", "project_key", "environment_key",
     "feature_flag_key", "destination"],
)  # fmt: skip
def test_an_empty_text_that_would_change_what_is_loaded_is_refused(native: bool, empty: str, name: str) -> None:
    """An empty ``feature_flag_key`` was every flag, an empty ``table`` another one."""
    given = {"destination": "file:///lake", **FLAG, "feature_flag_key": "f", name: "{{ params.it }}"}
    with a_dag(native):
        task = LaunchDarklyUsageOperator(task_id="t", **given)
    task.render_template_fields(context(params={"it": empty}))
    with pytest.raises(AirflowFailException, match=f"{name}='.*(is empty|is no object storage URL)"):
        task.execute(context())


def test_an_empty_filter_of_truth_values_is_refused_like_the_others() -> None:
    with pytest.raises(UsageArgumentError, match="is empty"):
        arguments.filters({"anonymous": ""})
