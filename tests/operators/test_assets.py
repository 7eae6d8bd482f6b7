"""The task that closes loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.compat import AirflowFailException, Asset
from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.usage import LaunchDarklyStreamsUsageOperator
from airflow_provider_ldusage.testing import Simulator
from tests.operators.outlet_events import ME, Task, context

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

pytestmark = pytest.mark.airflow
ASSET = Asset("launchdarkly/streams")
SIDES = ("client", "server")
DONE = {f"load_{index}": "success" for index in range(len(SIDES))}


class Mapped:
    """A DAG of two mapped loads and the task that closes them, in a lake of its own."""

    def __init__(self, lake: Path) -> None:
        self.lake = lake

    def load(self, index: int, run: str = "today", **arguments: Any) -> Any:
        """One index of the load; its report."""
        days = {"start": "2026-11-01", "end": "2026-11-04"}
        with DAG("dag", schedule=None) as dag:
            load = LaunchDarklyStreamsUsageOperator(
                task_id="load", destination=self.lake.as_uri(), metric="streams", source=SIDES[index],
                **{"table": "t", **days, **arguments},
            )  # fmt: skip
            self.task(reports=load.output)
        return load.execute(context(Task(ME._replace(map_index=index, run_id=run)), dag=dag))

    def task(self, **arguments: Any) -> LaunchDarklyUsageAssetOperator:
        what = {"task_id": "close", "destination": self.lake.as_uri(), "outlets": [ASSET], **arguments}
        return LaunchDarklyUsageAssetOperator(**what)

    def close(self, reports: Any, states: Any, run: str = "today", **arguments: Any) -> tuple[Any, Any, Any]:
        """The operator, what it returned, and the extra of its event."""
        task = self.task(reports=reports, **arguments)
        task.upstream_task_ids = {"load"}
        within = context(Task(ME._replace(task_id="close", run_id=run), states))
        found = task.execute(within)
        return task, found, within["outlet_events"][ASSET].extra


@pytest.fixture
def mapped(tmp_path: Path, simulator: Simulator) -> Mapped:
    return Mapped(tmp_path / "lake")


def test_one_event_tells_of_all_loads(mapped: Mapped) -> None:
    reports = [mapped.load(0), mapped.load(1)]
    task, found, extra = mapped.close(reports, {"today": DONE})
    assert extra == {
        "table": "t", "uri": f"{mapped.lake.as_uri()}/t", "rows": sum(report["rows"] for report in reports),
        "start": "2026-11-01", "end": "2026-11-04", "written": 6, "restated": 0, "days": "2026-11-01/2026-11-03",
        "data_through": None, "final_through": reports[0]["final_through"],
    }  # fmt: skip
    assert task.outlets == [ASSET]
    assert found["announced"] == {"count": 3, "ranges": [["2026-11-01", "2026-11-03"]], "again": 0}
    assert found["missing"] == {}


def test_airflow_is_asked_once_for_all_indexes(mapped: Mapped) -> None:
    task = mapped.task(reports=[mapped.load(0), mapped.load(1)])
    task.upstream_task_ids = {"load"}
    within = context(Task(ME._replace(task_id="close"), {"today": DONE}))
    task.execute(within)
    assert within["ti"].asked == 1


def test_nothing_changed_wakes_nobody(mapped: Mapped) -> None:
    mapped.close([mapped.load(0), mapped.load(1)], {"today": DONE})
    states = {"today": {**DONE, "close": "success"}, "tomorrow": DONE}
    reports = [mapped.load(index, "tomorrow") for index in (0, 1)]
    task, found, _ = mapped.close(reports, states, "tomorrow")
    assert (task.outlets, found["announced"]["count"]) == ([], 0)


def test_what_a_failed_index_has_stored_is_announced(mapped: Mapped) -> None:
    failed, reports = mapped.load(1), [mapped.load(0, end="2026-11-02"), None]
    assert failed["days"]["written"]["count"] == 3
    states = {"today": {"load_0": "success", "load_1": "failed"}}
    _, found, extra = mapped.close(reports, states)
    assert (extra["days"], extra["written"]) == ("2026-11-01/2026-11-03", 1)
    assert extra["final_through"] is None, "the table is not whole"
    assert found["announced"]["again"] == 2
    assert found["missing"] == {"load[1]": "failed"}


def test_a_load_that_still_runs_is_left_to_its_own_closing_task(mapped: Mapped) -> None:
    mapped.load(1, "another run")
    states = {"today": {"load_0": "success"}, "another run": {"load_1": "running"}}
    _, found, _ = mapped.close([mapped.load(0, end="2026-11-02")], states)
    assert found["announced"]["count"] == 1


def test_the_next_run_announces_for_a_closing_task_that_failed(mapped: Mapped) -> None:
    mapped.close([mapped.load(0), mapped.load(1)], {"today": DONE})
    states = {"today": {**DONE, "close": "failed"}, "tomorrow": DONE}
    reports = [mapped.load(index, "tomorrow") for index in (0, 1)]
    _, found, _ = mapped.close(reports, states, "tomorrow")
    assert found["announced"]["again"] == 3


def test_a_single_report_and_several_tables(mapped: Mapped) -> None:
    one, other = mapped.load(0), mapped.load(0, table="u")
    _, _, extra = mapped.close(one, {"today": DONE})
    assert extra["table"] == "t"
    _, _, extra = mapped.close([one, other], {"today": DONE})
    assert (extra["table"], extra["uri"]) == ("t, u", mapped.lake.as_uri())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reports": "{{ nothing }}"}, "no report of a load"),
        ({"reports": [], "outlets": []}, "outlets is empty"),
        ({"reports": [], "asset_events": "daily"}, "Allowed: changed"),
    ],
)
def test_wrong_arguments_are_refused(mapped: Mapped, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        mapped.task(**arguments).execute(context())


def test_loads_that_are_all_skipped_announce_nothing(mapped: Mapped) -> None:
    skipped = dict.fromkeys(DONE, "skipped")
    task, found, _ = mapped.close([None, None], {"today": skipped})
    assert (task.outlets, found["missing"]) == ([], {"load[0]": "skipped", "load[1]": "skipped"})


def test_it_is_a_teardown_unless_a_trigger_rule_is_given(mapped: Mapped) -> None:
    assert mapped.task(reports=[]).is_teardown
    other = mapped.task(reports=[], trigger_rule="none_failed")
    assert (other.is_teardown, other.trigger_rule) == (False, "none_failed")


def test_its_arguments_are_templated_and_its_constructor_assigns(mapped: Mapped) -> None:
    assert mapped.task(reports="x").template_fields == ("destination", "reports")
