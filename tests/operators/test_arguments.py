"""Arguments as Airflow renders them: as text and as native objects, one by one and mapped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import jinja2
import pytest

from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.freshness import metrics_of
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.operators.asked import query_of
from airflow_provider_ldusage.operators.context import window_of
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.sensors.freshness import LaunchDarklyUsageFreshnessSensor
from tests.names import DAG
from tests.operators.rendering import FLAG, RENDERINGS, a_dag, context, options, query, rendered

pytestmark = pytest.mark.airflow

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
    with pytest.raises(UsageArgumentError, match="neither true nor false"):
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
    run = context(params={}, dag=mapped.dag, run_id="r")
    mapped.render_template_fields(run)
    found = query_of(run["task"])
    assert (found.flags if name == "feature_flag_key" else found.path[name]) == expected


# --- the sensor


@RENDERINGS
@pytest.mark.parametrize("value", ["warehouse_export", ["warehouse_export"], '["warehouse_export"]'])
def test_the_sensors_metric_may_be_text_or_a_list(native: bool, value: Any) -> None:
    task = rendered(native, {"it": value}, LaunchDarklyUsageFreshnessSensor, metric="{{ params.it }}")
    assert metrics_of(arguments.texts("metric", task.metric)) == ("warehouse_export",)
