"""What a load tells of itself before it has a report."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.operators.load_xcom import BEGUN, restated_by, this_try
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator
from tests.operators.outlet_events import ME, Task, context

pytestmark = pytest.mark.airflow
THIRD = ME._replace(map_index=2, try_number=3)


def execute(lake: Path, task: Task, **arguments: Any) -> dict[str, Any]:
    given = {"metric": "events", "event_type": "received", "start": "2026-11-01", "end": "2026-11-03", **arguments}
    load = LaunchDarklyUsageOperator(task_id="load", destination=lake.as_uri(), **given)
    return load.execute(context(task))  # type: ignore[arg-type]


def told(task: Task) -> dict[str, Any]:
    found: dict[str, Any] = task.pushed[BEGUN]
    assert datetime.fromisoformat(found.pop("loaded_at").replace("Z", "+00:00")).tzinfo == timezone.utc
    return found


def test_a_load_that_fails_has_told_what_it_was_about(simulator: Simulator, tmp_path: Path) -> None:
    simulator.fail(status=403, body={"code": "forbidden", "message": "no"}, times=9)
    task = Task(THIRD)
    with pytest.raises(AirflowFailException):
        execute(tmp_path / "lake", task)
    assert told(task) == {
        "table": "events", "slice": {"event_type": "received"}, "uri": f"file://{tmp_path}/lake/events",
        "window": ["2026-11-01", "2026-11-03"], "map_index": 2, "try_number": 3,
    }  # fmt: skip


def test_a_report_says_which_try_it_is_of(simulator: Simulator, tmp_path: Path) -> None:
    task = Task(THIRD)
    report = execute(tmp_path / "lake", task)
    assert (report["map_index"], report["try_number"]) == (2, 3)
    assert report["loaded_at"] >= task.pushed[BEGUN]["loaded_at"]
    assert {name: task.pushed[BEGUN][name] for name in ("table", "slice", "uri")} == {
        name: report[name] for name in ("table", "slice", "uri")
    }


def test_airflow_that_takes_no_word_fails_no_load(
    simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(task: Task, *, key: str, value: Any) -> None:
        if key == BEGUN:
            raise RuntimeError("no server")

    monkeypatch.setattr(Task, "xcom_push", refuse)
    with caplog.at_level(logging.WARNING):
        assert execute(tmp_path / "lake", Task())["rows"]
    assert "no server" in caplog.text


def test_outside_of_airflow_no_try_is_known() -> None:
    found = this_try({}, datetime(2026, 11, 1, tzinfo=timezone.utc))  # type: ignore[typeddict-item]
    assert found == {"loaded_at": "2026-11-01T00:00:00.000Z", "map_index": None, "try_number": None}


def test_restatements_are_recorded_for_the_try_that_is_asked_to() -> None:
    within: Any = context(Task(THIRD))
    assert (restated_by(within, "true"), restated_by(within, False)) == (THIRD, None)


def test_a_restated_day_is_noted_if_the_task_is_asked_to(simulator: Simulator, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    execute(lake, Task(), record_restatements=True)
    assert not (lake / "_ldusage" / "restatements").exists()
    for path in lake.rglob("usage_date=2026-11-01/*.parquet"):
        path.write_bytes(next(lake.rglob("usage_date=2026-11-02/*.parquet")).read_bytes())
    execute(lake, Task(THIRD), record_restatements="True")
    assert [path.name[:10] for path in lake.glob("_ldusage/restatements/*/*.parquet")] == ["2026-11-01"]
