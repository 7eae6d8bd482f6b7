"""assets.md: the kinds of events, what they say, and the examples."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.lake.commit import CHANGED
from airflow_provider_ldusage.operators.closing import closing_of
from airflow_provider_ldusage.operators.event_kinds import KINDS, MAX_PARTITIONS
from airflow_provider_ldusage.operators.outlets import days_text, extra_of
from tests.docs.pages import PAGES, ROOT, column, python_blocks

pytestmark = pytest.mark.airflow
PAGE = PAGES["assets.md"]


def test_the_kinds_and_the_keys_of_events_are_as_told() -> None:
    assert column("assets.md", "asset_events") == list(KINDS)
    report = Report("t", "u", Window(date(2026, 11, 1), date(2026, 11, 2)), "the schedule").to_xcom()
    assert set(column("assets.md", "key")) == {*extra_of([report], "file:///lake"), "days"}
    assert f"`{CHANGED[0]}` and `{CHANGED[1]}` days count as changed" in PAGE
    assert f"at most {MAX_PARTITIONS} days" in PAGE


def run(pattern: str) -> dict[str, Any]:
    (block,) = [each.values[0] for each in python_blocks(pattern) if str(each.values[0]) in PAGE]
    names: dict[str, Any] = {}
    exec(str(block), names)
    return names


def test_a_consumer_reads_the_days_of_all_events() -> None:
    days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 22)]
    events = {"a": [SimpleNamespace(extra={"days": days_text(days[:2])}), SimpleNamespace(extra={"days": ""})],
              "b": [SimpleNamespace(extra={"days": days_text(days[1:])})]}  # fmt: skip
    names = run("def changed")
    assert names["changed"]({"triggering_asset_events": events}) == days
    assert names["changed"]({"triggering_dataset_events": events}) == days


def test_the_assets_of_the_examples_are_as_told() -> None:
    run("usage_asset")
    names = run("LaunchDarklyUsageAssetOperator")
    loads = names["loads"].operator if hasattr(names["loads"], "operator") else names["loads"]
    found = closing_of(loads, {"dag": loads.dag})  # type: ignore[typeddict-item]
    assert [task.task_id for task in found] == ["streams_loaded"]
    run('Asset\\("launchdarkly/connections_by_environment')


def test_the_example_consumer_reads_days_as_the_page_does() -> None:
    source = (ROOT / "dags_examples" / "ldusage_consumer.py").read_text()
    names: dict[str, Any] = {}
    exec(source, names)
    text = "2026-11-19/2026-11-20,2026-11-22"
    assert names["days_of"](text) == run("def changed")["days_of"](text)
    assert names["events_of"]({"triggering_dataset_events": {"a": [SimpleNamespace(extra=1)]}}) == [1]
