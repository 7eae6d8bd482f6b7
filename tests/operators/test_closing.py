"""A load finds the task that closes it, and leaves its days to that task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

from airflow_provider_ldusage.compat import Asset, AssetAlias
from airflow_provider_ldusage.operators.assets import LaunchDarklyUsageAssetOperator
from airflow_provider_ldusage.operators.closing import closing_of
from airflow_provider_ldusage.operators.usage import LaunchDarklyStreamsUsageOperator
from airflow_provider_ldusage.testing import Simulator
from tests.operators.outlet_events import context

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("mapped", [True, False])
def test_the_task_downstream_that_closes_is_found(mapped: bool) -> None:
    with DAG("dag", schedule=None) as dag:
        arguments = {"task_id": "load", "destination": "file:///lake", "metric": "streams"}
        if mapped:
            loads = LaunchDarklyStreamsUsageOperator.partial(**arguments).expand(source=["client", "server"])
        else:
            loads = LaunchDarklyStreamsUsageOperator(source="client", **arguments)
        closing = LaunchDarklyUsageAssetOperator(
            task_id="close", destination="file:///lake", reports=loads.output, outlets=[Asset("a")]
        )
    assert closing_of(loads, {"dag": dag}) == [closing]  # type: ignore[typeddict-item]
    assert closing_of(closing, {"dag": dag}) == []  # type: ignore[typeddict-item]
    assert closing_of(loads, {}) == []  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("outlet", "name"), [(Asset("a"), "a"), (AssetAlias(name="x"), "{lake}/t")])
def test_its_days_are_recorded_for_that_task(
    tmp_path: Path, simulator: Simulator, outlet: Asset | AssetAlias, name: str
) -> None:
    lake = tmp_path / "lake"
    with DAG("dag", schedule=None) as dag:
        load = LaunchDarklyStreamsUsageOperator(
            task_id="load", destination=lake.as_uri(), metric="streams", source="client", table="t",
            start="2026-11-01", end="2026-11-03",
        )  # fmt: skip
        LaunchDarklyUsageAssetOperator(
            task_id="close", destination=lake.as_uri(), reports=load.output, outlets=[outlet]
        )
    report = load.execute(run := context(dag=dag))
    assert (report["announced"]["count"], run["outlet_events"].written) == (0, {})
    (state,) = (json.loads(path.read_text()) for path in lake.glob("_ldusage/state/*/*.json"))
    (entry,) = state["announcements"]
    assert (entry["asset"], entry["handed_on"]) == (name.format(lake=lake.as_uri()), True)
    assert entry["days"] == [["2026-11-01", "2026-11-02"]]


def test_assets_of_a_load_and_of_all_its_closing_tasks_are_recorded(tmp_path: Path, simulator: Simulator) -> None:
    lake = tmp_path / "lake"
    with DAG("dag", schedule=None) as dag:
        load = LaunchDarklyStreamsUsageOperator(
            task_id="load", destination=lake.as_uri(), metric="streams", source="client", table="t",
            start="2026-11-01", end="2026-11-03", outlets=[Asset("own"), Asset("both")],
        )  # fmt: skip
        for task, outlets in (("close", ["both", "a"]), ("close_too", ["b"])):
            LaunchDarklyUsageAssetOperator(
                task_id=task, destination=lake.as_uri(), reports=load.output, outlets=[Asset(name) for name in outlets]
            )
    load.execute(context(dag=dag))
    (state,) = (json.loads(path.read_text()) for path in lake.glob("_ldusage/state/*/*.json"))
    found = {entry["asset"]: entry["handed_on"] for entry in state["announcements"]}
    assert found == {"own": False, "both": False, "a": True, "b": True}
