"""The sensor: what it waits for, for how long, and which arguments it refuses."""

from __future__ import annotations

import ast
import inspect
import json
import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.exceptions import UsageDelayedError
from airflow_provider_ldusage.get_provider_info import get_provider_info
from airflow_provider_ldusage.sensors import freshness
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.names import DAG
from tests.sensors.checks import BOTH, HOUR, MIDNIGHT, WINDOW, a_run, execute, sensor

pytestmark = pytest.mark.airflow


def asked(simulator: Simulator) -> list[str]:
    return [request.path.removeprefix("/api/v2/usage/") for request in simulator.requests]


# --- what is fresh


def test_a_window_that_is_counted_to_its_end_is_fresh_at_once(simulator: Simulator, slept: list[float]) -> None:
    simulator.now = MIDNIGHT + HOUR
    assert execute() == {"data_through": dict.fromkeys(BOTH, "2026-11-20T00:00:00Z"), "window": WINDOW}
    assert asked(simulator) == ["data-export-events", "warehouse-export"]
    assert slept == []


def test_a_second_short_of_the_windows_end_is_not_fresh(simulator: Simulator) -> None:
    for through, fresh in (("2026-11-19T23:59:59Z", False), ("2026-11-20T00:00:00Z", True)):
        simulator.fail(200, body={"metadata": [], "series": [], "dataThrough": through})
        assert bool(sensor(metric="warehouse_export").poke(a_run())) is fresh


def test_a_check_is_one_ungrouped_incremental_request_for_a_closed_day(simulator: Simulator) -> None:
    sensor(metric="warehouse_export", start="2026-10-01", end="2026-11-20").poke(a_run())
    (request,) = simulator.requests
    day = [str(int((MIDNIGHT - timedelta(days=n)).timestamp() * 1000)) for n in (1, 0)]
    assert [request.values(name) for name in ("from", "to")] == [[day[0]], [day[1]]]
    assert request.values("aggregationType") == ["incremental"]
    assert request.values("granularity") == ["daily"]
    assert request.values("groupBy") == []


def test_it_waits_for_the_end_of_the_window_that_the_run_loads(simulator: Simulator) -> None:
    conf = {"ldusage": {"start": "2026-11-01", "end": "2026-11-15"}}
    assert execute(context=a_run(conf=conf))["window"] == ["2026-11-01", "2026-11-15"]
    assert execute(context=a_run(logical_date=MIDNIGHT - timedelta(days=1)))["window"] == ["2026-11-18", "2026-11-19"]


def test_an_end_in_the_future_is_waited_for(simulator: Simulator, slept: list[float]) -> None:
    report = execute(metric="data_export_events", start="2026-11-20", end="2026-11-21", poke_interval=HOUR)
    assert report["data_through"] == {"data_export_events": "2026-11-21T00:00:00Z"}
    assert simulator.now >= MIDNIGHT + timedelta(hours=25)
    assert simulator.requests[0].values("to") == [str(int(MIDNIGHT.timestamp() * 1000))]  # a day that is over


@pytest.mark.parametrize("late", BOTH)
def test_both_metrics_have_to_be_fresh(late: str, simulator: Simulator, slept: list[float]) -> None:
    simulator.now = MIDNIGHT + HOUR
    behind = {"metadata": [], "series": [], "dataThrough": "2026-11-19T22:00:00Z"}
    simulator.fail(200, body=behind, path=late.replace("_", "-"), times=3)
    execute(poke_interval=60)
    assert slept == [60, 60, 60]


def test_it_waits_until_it_is_fresh(simulator: Simulator, slept: list[float]) -> None:
    assert execute(poke_interval=1200)["data_through"]["warehouse_export"] == "2026-11-20T00:00:00Z"
    assert slept == [1200, 1200, 1200]


# --- delayed, and unknown


def test_delayed_beyond_the_limit_fails_for_good_and_says_why(simulator: Simulator, slept: list[float]) -> None:
    simulator.switches = Switches(data_through_lag_hours=30)
    with pytest.raises(AirflowFailException) as failed:
        execute(max_delay=4 * HOUR, poke_interval=HOUR)
    said = str(failed.value)
    assert "data_export_events is not known to be counted through 2026-11-20T00:00:00Z" in said
    assert "dataThrough is 2026-11-18T22:00:00Z and it is delayed" in said
    assert "4:10:00 ago" in said
    assert "max_delay=4:00:00" in said
    assert isinstance(failed.value, UsageDelayedError)
    assert slept == [3600] * 4


def test_the_limit_is_counted_from_the_windows_end_and_may_be_seconds(simulator: Simulator) -> None:
    simulator.switches = Switches(data_through_lag_hours=30)
    for seconds, after in ((6 * 3600, timedelta(hours=6)), (60.5, timedelta(seconds=60.5))):
        simulator.now = MIDNIGHT + after
        assert not sensor(max_delay=seconds).poke(a_run())
        simulator.advance(timedelta(seconds=1))
        with pytest.raises(AirflowFailException, match="max_delay"):
            sensor(max_delay=seconds).poke(a_run())


def test_a_delay_does_not_matter_to_a_window_that_is_counted(simulator: Simulator) -> None:
    simulator.switches = Switches(data_through_lag_hours=30)
    assert execute(start="2026-11-01", end="2026-11-18", max_delay=0)["window"] == ["2026-11-01", "2026-11-18"]


def test_behind_but_not_delayed_is_waited_for_beyond_the_limit(simulator: Simulator) -> None:
    assert not sensor(max_delay=0).poke(a_run())


def test_an_unknown_watermark_is_waited_for_until_the_limit_and_then_fails(
    simulator: Simulator, slept: list[float]
) -> None:
    simulator.switches = Switches(data_through_lag_hours=None)
    with pytest.raises(AirflowFailException, match=r"has no dataThrough.*Set on_unknown='pass' to go on"):
        execute(poke_interval=HOUR)
    assert slept == [3600] * 6


def test_an_unknown_watermark_may_pass_after_the_limit_with_a_warning(simulator: Simulator, slept: list[float]) -> None:
    simulator.switches = Switches(data_through_lag_hours=None)
    task = sensor(on_unknown="pass", poke_interval=HOUR, max_delay=HOUR)
    said: list[str] = []
    task.log.warning = lambda message, *values: said.append(message % values)  # type: ignore[method-assign]
    assert task.execute(a_run()) == {"data_through": dict.fromkeys(BOTH), "window": WINDOW}
    assert slept == [3600]
    (warning,) = [text for text in said if "It is unknown" in text]
    assert "whether data_export_events, warehouse_export is counted through 2026-11-20" in warning


def test_unknown_may_pass_but_delayed_may_not(simulator: Simulator) -> None:
    simulator.fail(200, body={"metadata": [], "series": [], "delayed": True})
    with pytest.raises(AirflowFailException, match="has no dataThrough and it is delayed"):
        execute(metric="warehouse_export", on_unknown="pass", max_delay=0)


# --- wrong arguments, and errors


@pytest.mark.parametrize("deferrable", [False, True])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metric": "events"}, "metric='events' is not allowed.*data_export_events, warehouse_export"),
        ({"metric": ["warehouse_export", "data_export_project_ranking"]}, "metric=.*is not allowed"),
        ({"metric": []}, r"metric=\[\] is not allowed"),
        ({"metric": None}, "metric=None is not allowed"),
        ({"max_delay": -1}, "max_delay=-1 is not allowed"),
        ({"max_delay": timedelta(days=-1)}, "max_delay=.*is not allowed"),
        ({"max_delay": "6h"}, "max_delay='6h' is not allowed"),
        ({"max_delay": True}, "max_delay=True is not allowed"),
        ({"max_delay": math.nan}, "max_delay=nan is not allowed"),
        ({"max_delay": math.inf}, "max_delay=inf is not allowed"),
        ({"on_unknown": "wait"}, "on_unknown='wait' is not allowed. Allowed: fail, pass"),
        ({"start": "2026-11-01"}, "Give both"),
        ({"start": "2026-11-02", "end": "2026-11-01"}, "after the end"),
        ({"launchdarkly_conn_id": "nope"}, "connection 'nope' is not defined"),
    ],
)
def test_an_invalid_argument_fails_for_good_before_any_request(
    wrong: dict[str, Any], said: str, deferrable: bool, simulator: Simulator
) -> None:
    with pytest.raises(AirflowFailException, match=said):
        execute(**wrong, deferrable=deferrable)
    assert not simulator.requests


@pytest.mark.parametrize("deferrable", [False, True])
def test_permanent_errors_fail_for_good_and_others_do_not(deferrable: bool, simulator: Simulator) -> None:
    simulator.fail(status=401)
    with pytest.raises(
        AirflowFailException, match=r"refuses the access token.* The connection is 'launchdarkly_default'"
    ):
        execute(deferrable=deferrable)
    simulator.fail(status=200, body=b"<html>proxy</html>")
    with pytest.raises(exceptions.AnswerError):
        execute(deferrable=deferrable)


# --- Airflow's rules


def test_the_constructor_only_assigns() -> None:
    tree = ast.parse(inspect.getsource(freshness))
    (constructor,) = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    first, *rest = constructor.body
    assert ast.unparse(first) == "super().__init__(poke_interval=poke_interval, **kwargs)"
    for statement in rest:
        assert isinstance(statement, ast.Assign)
        (target,) = statement.targets
        assert ast.unparse(target) == f"self.{ast.unparse(statement.value)}"


def test_templates_are_rendered_before_they_are_checked(simulator: Simulator) -> None:
    task = sensor(
        metric=["{{ 'warehouse' }}_export"],
        launchdarkly_conn_id="launchdarkly_{{ which }}",
        start="{{ first or '' }}",
        end="{{ first or '' }}",
    )
    simulator.now = MIDNIGHT + HOUR
    context = a_run(which="default", first=None)
    task.render_template_fields(context)
    assert task.execute(context) == {"data_through": {"warehouse_export": "2026-11-20T00:00:00Z"}, "window": WINDOW}


def test_the_report_is_json(simulator: Simulator) -> None:
    simulator.now = MIDNIGHT + HOUR
    report = execute()
    assert json.loads(json.dumps(report)) == report


def test_airflow_is_told_of_the_sensor() -> None:
    (section,) = get_provider_info()["sensors"]
    assert section["python-modules"] == [freshness.__name__]


# --- docs/sensors.md


def test_the_documented_arguments_are_those_of_the_sensor(repository: Path) -> None:
    text = (repository / "docs" / "sensors.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| (?:yes|no) \|", text, re.M))
    kinds = dict(re.findall(r"^\| `(\w+)` \| .+? \| (yes|no) \|", text, re.M))
    parameters = inspect.signature(freshness.LaunchDarklyUsageFreshnessSensor.__init__).parameters
    assert list(told) == [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY]
    assert [name for name, kind in kinds.items() if kind == "yes"] == list(
        freshness.LaunchDarklyUsageFreshnessSensor.template_fields
    )
    for name, cell in told.items():
        if cell.startswith("`"):
            assert eval(cell.strip("`"), {"timedelta": timedelta}) == parameters[name].default


def test_the_documented_example_waits_and_then_loads(simulator: Simulator, repository: Path, tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (repository / "docs" / "sensors.md").read_text(), re.S)
    with DAG("example", schedule=None) as dag:
        exec(block, {})
    simulator.now, simulator.switches = None, Switches(data_through_lag_hours=0)  # loads live by the real clock
    context = a_run(var={"value": {"ldusage_destination": tmp_path.as_uri()}})
    context["dag_run"].run_after = simulator.now
    reports = {}
    for task in dag.topological_sort():
        task.render_template_fields(context)
        reports[task.task_id] = task.execute(context)
    assert next(iter(reports)) == "counted"
    ends = {report["window"][1] for report in reports.values()}
    assert ends == {str(context["dag_run"].run_after.date())}
    assert all(reports[metric]["rows"] for metric in BOTH)
