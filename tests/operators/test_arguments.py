"""Arguments as Airflow renders them: as text and as native objects, one by one and mapped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import UserList, deque
from collections.abc import Callable
from datetime import date, datetime, timezone
from types import SimpleNamespace
from typing import Any

import hypothesis
import jinja2
import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import DAG
from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.freshness import metrics_of
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.context import window_of
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.sensors.freshness import LaunchDarklyUsageFreshnessSensor

pytestmark = pytest.mark.airflow

RENDERINGS = pytest.mark.parametrize("native", [False, True], ids=["text", "native"])
FLAG = {"metric": "evaluations", "project_key": "p", "environment_key": "e"}
RUN_AFTER = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)


def context(**more: Any) -> Any:
    ti = SimpleNamespace(map_index=0)
    return {"dag_run": SimpleNamespace(conf=None, run_after=RUN_AFTER, run_type="manual"), "ti": ti, **more}


def a_dag(native: bool) -> DAG:
    return DAG("d", schedule=None, start_date=datetime(2026, 1, 1), render_template_as_native_obj=native)


def rendered(native: bool, params: dict[str, Any] | None = None, operator: Any = None, **fields: Any) -> Any:
    """A task of a DAG, rendered as Airflow does it."""
    with a_dag(native):
        task = (operator or LaunchDarklyUsageOperator)(task_id="t", **fields)
    task.render_template_fields(context(params=params or {}))
    return task


def query(native: bool, params: dict[str, Any] | None = None, **fields: Any) -> UsageQuery:
    return rendered(native, params, destination="file:///lake", **fields)._query()


def options(native: bool, params: dict[str, Any] | None = None, **fields: Any) -> LoadOptions:
    return rendered(native, params, destination="file:///lake", **fields)._options()


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
def test_a_value_that_was_spoilt_before_it_came_here_is_refused_with_the_remedy(value: Any) -> None:
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
def test_text_that_looks_like_a_list_and_cannot_be_read_is_refused_with_the_remedy(native: bool, written: str) -> None:
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
        with pytest.raises(UsageArgumentError, match="a text is due"):
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
        with pytest.raises(UsageArgumentError, match=r"is a truth value.*YAML.*Quote the value"):
            query(native, {"it": value}, **fields)
    if not isinstance(value, list) and value != "[False]":
        for name in ("table", "launchdarkly_conn_id", "project_key", "source"):
            with pytest.raises(UsageArgumentError, match=f"{name}=.*is a truth value"):
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
    with pytest.raises(UsageArgumentError, match="names one thing twice"):
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


# --- params of each type of JSON


@RENDERINGS
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("default", ("default",)),
        (2024, ("2024",)),
        (["b", "a"], ("a", "b")),
        (["2024", "1.10"], ("1.10", "2024")),
        ([2024, 7], ("2024", "7")),
        (["it's", 'a "b"'], ('a "b"', "it's")),
    ],
)
def test_a_filter_may_be_a_param_of_any_type(native: bool, value: Any, expected: tuple[str, ...]) -> None:
    found = query(native, {"it": value}, metric="ai_runs", filters={"sdkName": "{{ params.it }}"})
    assert found.filters == {"sdkName": expected}
    found = query(native, {"it": {"sdkName": value}}, metric="ai_runs", filters="{{ params.it }}")
    assert found.filters == {"sdkName": expected}
    quoted = query(native, {"it": {"sdkName": value}}, metric="ai_runs", filters="{{ params.it | tojson }}")
    assert quoted.filters == {"sdkName": expected}


@RENDERINGS
@pytest.mark.parametrize("value", [True, "True", "true", [True], ["true"]])
def test_a_filter_of_truth_values_takes_them_however_they_are_written(native: bool, value: Any) -> None:
    found = query(native, {"it": value}, metric="total_mau", filters={"anonymous": "{{ params.it }}"})
    assert found.filters == {"anonymous": ("true",)}


@RENDERINGS
@pytest.mark.parametrize(
    "template", ["{{ params.it }}", "{{ params.it | tojson }}", "{{ params.it | join(',') }}", "{{ params.it[0] }}"]
)
def test_groups_may_be_a_list_or_its_text(native: bool, template: str) -> None:
    if "join" in template:
        with pytest.raises(UsageArgumentError, match="Allowed: projectId"):
            query(native, {"it": ["sdkName", "projectId"]}, metric="ai_runs", group_by=template)
        return
    found = query(native, {"it": ["sdkName", "projectId"]}, metric="ai_runs", group_by=template)
    assert found.group_by == (("sdkName",) if "[0]" in template else ("projectId", "sdkName"))


@RENDERINGS
@pytest.mark.parametrize("nothing", ["", [], ()])
def test_what_is_empty_counts_as_not_given(native: bool, nothing: Any) -> None:
    given = {"group_by": "{{ params.it }}", "filters": "{{ params.it or {} }}"}
    found = query(native, {"it": nothing}, metric="ai_runs", **given)
    assert (found.group_by, found.filters) == ((), {})
    names = ("lookback", "on_empty", "max_requests", "include_open_day", "checks")
    assert options(native, {"it": ""}, **dict.fromkeys(names, "{{ params.it }}")) == LoadOptions()


@RENDERINGS
@pytest.mark.parametrize(
    ("value", "expected"), [(False, False), ("False", False), ("no", False), (0, False), (True, True), ("yes", True)]
)
def test_a_switch_is_what_its_text_says(native: bool, value: Any, expected: bool) -> None:
    """Any text is true to Python, ``"False"`` too."""
    assert options(native, {"it": value}, include_open_day="{{ params.it }}").include_open_day is expected
    assert options(native, include_open_day=value).include_open_day is expected
    assert arguments.flag("deferrable", value) is expected


@pytest.mark.parametrize("value", ["maybe", 2, [True], 1.5, "{{ x }}"])
def test_a_switch_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(UsageArgumentError, match="must be true or false"):
        arguments.flag("include_open_day", value)


@RENDERINGS
@pytest.mark.parametrize("value", [5, "5", 5.0, "5.0", " 5 "])
def test_a_whole_number_may_be_text(native: bool, value: Any) -> None:
    found = options(native, {"it": value}, lookback="{{ params.it }}", max_requests="{{ params.it }}")
    assert (found.lookback, found.max_requests) == (5, 5)


@RENDERINGS
@pytest.mark.parametrize("value", ["three", 2.5, "2.5", -1, "-1", True, [3], "1e999", "nan"])
def test_what_is_no_whole_number_is_refused(native: bool, value: Any) -> None:
    for name in ("lookback", "max_requests"):
        with pytest.raises(UsageArgumentError, match=name):
            options(native, {"it": value}, **{name: "{{ params.it }}"})


@RENDERINGS
def test_checks_may_be_a_dict_or_its_text(native: bool) -> None:
    found = options(native, {"it": {"gaps": "off"}}, checks="{{ params.it }}")
    assert found.checks == {"gaps": "off"}


# --- dates


@RENDERINGS
@pytest.mark.parametrize(
    "day",
    ["20261101", 20261101, "2026-11-01", date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=timezone.utc),
     "2026-11-01T00:00:00+00:00"],
)  # fmt: skip
def test_a_day_may_be_a_date_a_text_or_a_number(native: bool, day: Any) -> None:
    task = rendered(native, {"day": day}, destination="file:///lake", start="{{ params.day }}", end="{{ '20261103' }}")
    assert window_of(context(), task.start, task.end).window == Window(date(2026, 11, 1), date(2026, 11, 3))
    run = context()
    run["dag_run"].conf = {"ldusage": {"start": day, "end": 20261103}}
    assert window_of(run, None, None).window == Window(date(2026, 11, 1), date(2026, 11, 3))


@pytest.mark.parametrize("day", [2026, 20261301, 202611011, -20261101, True, 1.5, 1793491200])
def test_a_number_that_is_no_day_is_refused(day: Any) -> None:
    with pytest.raises(UsageArgumentError, match="start"):
        window_of(context(), day, 20261103)


# --- templates that find nothing


@pytest.mark.parametrize("name", LaunchDarklyUsageOperator.template_fields)
def test_a_template_that_rendered_to_the_text_none_is_refused(name: str) -> None:
    task = rendered(
        False, {"it": None}, **{"destination": "file:///lake", "metric": "ai_runs", name: "{{ params.it }}"}
    )
    with pytest.raises(Exception, match=f"{name}='None'"):
        task.execute(context())


@pytest.mark.parametrize("read", [lambda: arguments.texts("a", ["x", None]), lambda: arguments.texts("a", ["None"])])
def test_nothing_within_a_list_is_refused(read: Callable[[], object]) -> None:
    with pytest.raises(UsageArgumentError, match="None"):
        read()


@pytest.mark.parametrize("undefined", [jinja2.StrictUndefined, jinja2.Undefined, jinja2.DebugUndefined])
@pytest.mark.parametrize("name", LaunchDarklyUsageOperator.template_fields)
def test_a_template_that_knows_a_name_not_says_which_argument_it_was(name: str, undefined: Any) -> None:
    """Native rendering hands over Jinja's own object for it."""
    given = {"destination": "file:///lake", "metric": "ai_runs", name: "{{ params.no_such }}"}
    with DAG("d", schedule=None, render_template_as_native_obj=True, template_undefined=undefined):
        task = LaunchDarklyUsageOperator(task_id="t", **given)
    task.render_template_fields(context(params={}))
    with pytest.raises(AirflowFailException, match=f"{name}: its template found nothing.*no_such"):
        task.execute(context())


@pytest.mark.parametrize("read", [arguments.text, arguments.texts, arguments.key, arguments.keys, arguments.mapping,
                                  arguments.number, arguments.seconds, arguments.flag])  # fmt: skip
def test_every_way_of_reading_knows_what_is_undefined(read: Callable[[str, Any], object]) -> None:
    nothing = jinja2.StrictUndefined(name="x")
    for value in (nothing, [nothing], {"a": nothing}):
        if value is nothing or (read in (arguments.texts, arguments.keys) and isinstance(value, list)):
            with pytest.raises(UsageArgumentError, match=r"a: its template found nothing \('x' is undefined\)"):
                read("a", value)
    with pytest.raises(UsageArgumentError, match=r"filters\['a'\].*: its template found nothing"):
        arguments.filters({"a": nothing})


# --- mapped tasks


@RENDERINGS
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("project_key", 2024, "2024"),
        ("project_key", "1.10", "1.10"),
        ("feature_flag_key", ["1.10", 2024], ("1.10", "2024")),
        ("feature_flag_key", "['1.10', '2024']", ("1.10", "2024")),
        ("feature_flag_key", {"b", "a"}, ("a", "b")),
    ],
)
def test_a_value_to_expand_comes_as_it_is(native: bool, name: str, value: Any, expected: Any) -> None:
    with a_dag(native):
        rest = {key: given for key, given in FLAG.items() if key != name}
        partial = LaunchDarklyUsageOperator.partial(task_id="t", destination="file:///lake", **rest)
        mapped = partial.expand(**{name: [value]})
    run = context(params={}, dag=mapped.dag)
    mapped.render_template_fields(run)
    found = run["task"]._query()
    assert (found.flags if name == "feature_flag_key" else found.path[name]) == expected


# --- the sensor


@RENDERINGS
@pytest.mark.parametrize("value", ["warehouse_export", ["warehouse_export"], '["warehouse_export"]'])
def test_the_sensors_metric_may_be_text_or_a_list(native: bool, value: Any) -> None:
    task = rendered(native, {"it": value}, LaunchDarklyUsageFreshnessSensor, metric="{{ params.it }}")
    assert metrics_of(arguments.texts("metric", task.metric)) == ("warehouse_export",)


# --- order

SERIALISED = """
import sys
from datetime import datetime
from airflow.sdk import DAG
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import DagSerialization
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator as Load
names = {"projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId"}
given = {"set": names, "frozenset": frozenset(names), "keys": dict.fromkeys(names).keys()}[sys.argv[1]]
with DAG("d", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    Load(task_id="plain", destination="file:///x", group_by=given, filters={"projectKey": given})
    Load.partial(task_id="mapped", destination="file:///x", group_by=given).expand(filters=[{"projectKey": given}])
print("version", SerializedDagModel.hash(DagSerialization.to_dict(dag)))
"""


def versions(kind: str) -> set[str]:
    """The versions of a DAG that is parsed by several processes."""
    from os import environ

    found = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", SERIALISED, kind], env={**environ, "PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        found |= {line for line in done.stdout.splitlines() if line.startswith("version ")}
    return found


@pytest.mark.parametrize(
    "given", [(name for name in "ab"), map(str, "ab"), iter(["a"]), filter(None, ["a"]), reversed(["a"])]
)
def test_what_is_empty_at_the_second_try_is_refused_at_the_first(given: Any) -> None:
    for read in (arguments.texts, arguments.keys, arguments.text):
        with pytest.raises(UsageArgumentError, match=r"empty after its first use.*Give a list"):
            read("group_by", given)
    assert list(given), "it was not used up"


@pytest.mark.parametrize("given", [{"a": 1}.values(), {"a": 1}.items(), b"ab", bytearray(b"ab"), memoryview(b"ab")])
def test_what_is_no_list_is_refused(given: Any) -> None:
    for read in (arguments.texts, arguments.keys, arguments.text, lambda name, it: arguments.filters({name: it})):
        with pytest.raises(UsageArgumentError, match="Give a list of texts"):
            read("group_by", given)


@pytest.mark.parametrize("given", [["b", "a"], ("b", "a"), UserList(["b", "a"]), deque(["b", "a"])])
def test_what_has_an_order_is_a_list_however_often_it_is_read(given: Any) -> None:
    assert arguments.texts("group_by", given) == arguments.texts("group_by", given) == ["b", "a"]


@pytest.mark.slow
def test_what_makes_new_versions_of_a_dag_is_refused_and_what_does_not_is_taken() -> None:
    for kind, given in (("set", {"a", "b"}), ("frozenset", frozenset("ab")), ("keys", {"a": 1, "b": 2}.keys())):
        if kind == "set":
            assert len(versions(kind)) == 1
            assert arguments.texts("group_by", given) == ["a", "b"]
            continue
        assert len(versions(kind)) == 2
        with pytest.raises(UsageArgumentError, match=r"makes a new version of the DAG each time. Give a list"):
            arguments.texts("group_by", given)
