"""What a task sends to the assets among its outlets, and when it sends nothing."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.compat import AirflowFailException, Asset, AssetAlias
from airflow_provider_ldusage.operators.outlets import Outlets, days_text
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator
from tests.operators.outlet_events import ME, Task, context

pytestmark = pytest.mark.airflow
ASSET, ALIAS = Asset("launchdarkly/ai"), AssetAlias(name="ai")
YESTERDAY = Task(ME._replace(run_id="yesterday"))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def load(lake: Path, **arguments: Any) -> LaunchDarklyUsageOperator:
    what = {"metric": "vega_ai", "destination": lake.as_uri(), "outlets": [ASSET], **arguments}
    return LaunchDarklyUsageOperator(task_id="load", **what)


def named(days: int = 4) -> dict[str, str]:
    return {"start": "2026-11-01", "end": f"2026-11-{1 + days:02}"}


def test_a_change_is_announced_with_what_happened(
    lake: Path, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    task, run = load(lake, **named()), context()
    with caplog.at_level(logging.INFO):
        report = task.execute(run)
    assert task.outlets == [ASSET]
    assert run["outlet_events"][ASSET].extra == {
        "table": "vega_ai_incremental_daily", "uri": f"{lake.as_uri()}/vega_ai_incremental_daily",
        "rows": report["rows"], "start": "2026-11-01", "end": "2026-11-05", "written": 4, "restated": 0,
        "days": "2026-11-01/2026-11-04", "data_through": None, "final_through": report["final_through"],
    }  # fmt: skip
    assert report["announced"] == {"count": 4, "ranges": [["2026-11-01", "2026-11-04"]], "again": 0}
    assert "To announce to launchdarkly/ai: 4 days, 2026-11-01 to 2026-11-04" in caplog.messages


def test_nothing_new_wakes_nobody(lake: Path, simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    load(lake, **named()).execute(context(YESTERDAY))
    shared = [ASSET, "another tool's"]
    task, run = load(lake, outlets=shared, **named()), context(Task(ME, {"yesterday": {"load": "success"}}))
    with caplog.at_level(logging.INFO):
        task.execute(run)
    assert (task.outlets, run["outlet_events"].written, shared) == (["another tool's"], {}, [ASSET, "another tool's"])
    assert "Nothing to announce to launchdarkly/ai: no day has changed." in caplog.messages


@pytest.mark.parametrize(("state", "again"), [("success", 0), ("failed", 4), ("running", 0)])
def test_what_yesterdays_task_could_not_announce(lake: Path, simulator: Simulator, state: str, again: int) -> None:
    load(lake, **named()).execute(context(YESTERDAY))
    report = load(lake, **named()).execute(context(Task(ME, {"yesterday": {"load": state}})))
    assert (report["announced"]["count"], report["announced"]["again"]) == (again, again)
    states = [json.loads(path.read_text()) for path in lake.glob("_ldusage/state/*/*.json")]
    runs = {entry["run_id"] for found in states for entry in found.get("announcements", ())}
    assert runs == {"success": set(), "failed": {"today"}, "running": {"yesterday"}}[state]


def test_a_later_try_announces_what_the_first_has_stored(lake: Path, simulator: Simulator) -> None:
    load(lake, **named()).execute(context())
    report = load(lake, **named()).execute(context(Task(ME._replace(try_number=2))))
    assert report["announced"]["again"] == 4
    assert report["days"]["unchanged"]["count"] == 4


def test_a_task_that_was_deferred_announces(lake: Path, simulator: Simulator) -> None:
    task, run = load(lake, **named()), context()
    assert task.resume(run)["announced"]["count"] == 4
    assert run["outlet_events"][ASSET].extra["days"] == "2026-11-01/2026-11-04"


def test_always_announces_nothing_too(lake: Path, simulator: Simulator) -> None:
    load(lake, **named()).execute(context(YESTERDAY))
    task, run = load(lake, asset_events="always", **named()), context(Task(ME, {"yesterday": {"load": "success"}}))
    task.execute(run)
    extra = run["outlet_events"][ASSET].extra
    assert (task.outlets, extra["days"], extra["written"]) == ([ASSET], "", 0)


def test_each_day_has_an_event_a_hundred_at_most(
    lake: Path, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    days = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(150)]
    window = {"start": days[0], "end": "2026-05-31", "asset_events": "each_day"}
    run = context(YESTERDAY)
    with caplog.at_level(logging.WARNING):
        report = load(lake, **window).execute(run)
    assert run["outlet_events"][ASSET].partition_keys == days[:100]
    assert report["announced"]["count"] == 100
    assert "The next runs announce the other 50 days: 2026-04-11 to 2026-05-30" in caplog.text
    run = context(Task(ME, {"yesterday": {"load": "success"}}))
    load(lake, **window).execute(run)
    assert run["outlet_events"][ASSET].partition_keys == days[100:]


def test_an_alias_is_resolved_to_the_tables_asset(lake: Path, simulator: Simulator) -> None:
    run = context()
    load(lake, outlets=[ALIAS], table="t", **named()).execute(run)
    ((asset, extra),) = run["outlet_events"][ALIAS].added
    assert asset.uri == extra["uri"] == f"{lake.as_uri()}/t"
    assert not [value for value in extra.values() if isinstance(value, (list, dict))]
    load(lake, outlets=[ALIAS], table="t", **named()).execute(run := context(Task(ME._replace(try_number=2))))
    assert run["outlet_events"][ALIAS].added, "the first try's"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"asset_events": "daily"}, "Allowed: changed, each_day, always"),
        ({"asset_events": "each_day", "outlets": [ALIAS]}, "AssetAlias do not go together"),
    ],
)
def test_wrong_arguments_are_refused_first(
    lake: Path, simulator: Simulator, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(AirflowFailException, match=message):
        load(lake, **arguments).execute(context())
    assert not simulator.requests


def test_without_outlets_nothing_is_recorded_or_asked(lake: Path, simulator: Simulator) -> None:
    run = {**context(), "ti": None}
    report = load(lake, outlets=[], **named()).execute(run)
    assert report["announced"] == {"count": 0, "ranges": [], "again": 0}
    assert all("announcements" not in path.read_text() for path in lake.glob("_ldusage/state/*/*.json"))


def test_a_skipped_load_announces_what_an_earlier_try_has_stored(lake: Path, simulator: Simulator) -> None:
    what = {"metric": "sdk_versions_all", "table": "t"}
    load(lake, **what).execute(context())
    past = {"start": "2025-01-01", "end": "2025-01-02"}
    report = load(lake, **what, **past).execute(run := context(Task(ME._replace(try_number=2))))
    assert report["skipped"] and report["announced"]["again"] == 1
    assert run["outlet_events"][ASSET].extra["written"] == 0


def test_references_are_assets_and_lineage_of_other_tools_is_not() -> None:
    references = [Asset.ref(name="n"), Asset.ref(uri="u")] if hasattr(Asset, "ref") else [Asset("n"), Asset("u")]
    found = Outlets.of([ASSET, ALIAS, {"name": "x"}, *references])
    assert found.names("file:///lake", ["t"]) == ("launchdarkly/ai", "n", "u", "file:///lake/t")
    assert found.others == ({"name": "x"},)
    assert Outlets.of(None) == Outlets((), (), ())


def test_days_are_text() -> None:
    assert days_text([date(2026, 11, 22), date(2026, 11, 19), date(2026, 11, 20)]) == "2026-11-19/2026-11-20,2026-11-22"
    assert days_text([]) == ""
