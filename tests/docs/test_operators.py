"""README, operators.md, connection.md and windows.md: what a DAG's author chooses."""

from __future__ import annotations

import inspect
import json
import re
from datetime import date, datetime, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api import config
from airflow_provider_ldusage.chunks import widen
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.operators.load_xcom import this_try
from tests.docs.pages import (
    NOW,
    PAGES,
    blocks,
    column,
    json_example,
    keys,
    operators,
    python_blocks,
    rows,
)


@pytest.mark.airflow
def test_the_readme_names_every_operator_with_its_metrics() -> None:
    documented = {name: metrics.split() for name, metrics in rows("README.md", "operator")}
    found = {name: getattr(operator, "family", None) for name, operator in operators().items()}
    families = {name: family for name, family in found.items() if family}
    assert documented == {
        name: [metric.name for metric in METRICS.values() if metric.family == family]
        for name, family in families.items()
    }
    usage = [metric for metric in METRICS.values() if metric.family != "dimensions"]
    assert f"all {len(usage)} endpoints" in PAGES["README.md"]


@pytest.mark.airflow
def test_the_arguments_are_those_of_the_operator() -> None:
    operator = operators()["LaunchDarklyUsageOperator"]
    real = {}
    for name, parameter in inspect.signature(operator.__init__).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            default = "required" if parameter.default is parameter.empty else json_like(name, parameter.default)
            real[name] = [default, "yes" if name in operator.template_fields else "no"]
    assert {row[0]: row[1:3] for row in rows("operators.md", "argument")} == real


def json_like(name: str, value: Any) -> str:
    if isinstance(value, bool) and name == "deferrable":
        return "Airflow's setting"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def test_the_errors_are_those_of_the_package_and_say_which_are_retried() -> None:
    bases = ("LaunchDarklyUsageError", "LaunchDarklyApiError")
    real = {
        name: "no" if found.permanent else "yes"
        for name, found in vars(exceptions).items()
        if isinstance(found, type) and issubclass(found, exceptions.LaunchDarklyUsageError) and name not in bases
    }
    assert {row[0]: row[-1] for row in rows("operators.md", "error")} == real
    assert set(column("connection.md", "error")) <= set(real)


def test_the_connections_fields_are_those_that_are_read() -> None:
    documented = {row[0]: row[1] for row in rows("connection.md", "key")}
    assert sorted(documented) == sorted(config.EXTRAS)
    defaults = config.ClientConfig(token="t")
    assert float(documented["timeout"]) == defaults.timeout
    assert float(documented["max_wait"]) == defaults.max_wait
    assert dict(rows("connection.md", "instance")) == dict(config.INSTANCES)


@pytest.mark.parametrize("block", blocks("json"))
def test_a_connection_in_json_is_accepted(block: str) -> None:
    example = json.loads(block)
    if "conn_type" in example:
        assert set(example["extra"]) <= set(config.EXTRAS)
        config.config_from_connection(None, example["password"], example["extra"])


def test_the_xcom_example_has_the_keys_of_a_report() -> None:
    report = Report("t", "u", Window(date(2026, 11, 1), date(2026, 11, 2)), "the schedule").to_xcom()
    report |= this_try({})  # type: ignore[typeddict-item]
    example = json_example("operators.md", "window")
    assert list(example) == list(report)
    assert keys(example) == keys(report)
    days = sum(example["days"][name]["count"] for name in example["days"])
    assert days == (date.fromisoformat(example["window"][1]) - date.fromisoformat(example["window"][0])).days


def test_the_look_back_is_as_told() -> None:
    for what, _, loaded in rows("windows.md", "figures"):
        yesterday = Window(NOW.date() - timedelta(days=1), NOW.date())
        window = widen(yesterday, NOW, lookback=None, cumulative=what == "month_to_date")
        assert loaded == f"{window.start:%m-%d} to {window.end - timedelta(days=1):%m-%d}"


def as_this_airflow_has_it(block: str) -> str:
    """Airflow 2 needs what the comments of some imports say."""
    return block if find_spec("airflow.sdk") else re.sub(r"^.*  # in Airflow 2: (.*)$", r"\1", block, flags=re.M)


@pytest.mark.airflow
@pytest.mark.usefixtures("launchdarkly_connection")
@pytest.mark.parametrize("block", python_blocks(r"Operator(\.partial)?\(", but="with DAG"))
def test_every_operator_example_loads(block: str, tmp_path: Path) -> None:
    """Its tasks are rendered and executed against the simulator; of mapped ones, the first of each list."""
    from tests.names import DAG, macros

    with DAG("example", schedule=None) as dag:
        names: dict[str, Any] = {}
        exec(as_this_airflow_has_it(block), names)
    now = datetime.now(timezone.utc)
    context = {
        "dag_run": SimpleNamespace(run_after=now, conf={}), "macros": macros,
        "var": {"value": {"ldusage_destination": tmp_path.as_uri()}},
    }  # fmt: skip
    loads = [task for task in dag.tasks if task.task_type in operators()]
    assert loads
    for task in loads:
        if hasattr(task, "partial_kwargs"):
            listed = {name: one if isinstance(one, list) else names["each_project"].function()
                      for name, one in task.expand_input.value.items()}  # fmt: skip
            task = task.unmap({name: one[0] for name, one in listed.items()})
        task.render_template_fields(context)
        report = task.execute(context)
        assert report["rows"] > 0
        assert report["skipped"] is None


@pytest.mark.airflow
@pytest.mark.usefixtures("launchdarkly_connection")
@pytest.mark.parametrize("block", python_blocks("get_usage"))
def test_the_hooks_example_runs(block: str) -> None:
    names: dict[str, Any] = {}
    exec(block, names)
    assert names["usage"].column_names == ["time", "value", "project_id", "extra"]
