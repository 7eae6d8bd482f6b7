"""What a load notes of its days, and what becomes of a load that cannot note them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.noting import Noted, Noting
from airflow_provider_ldusage.engine.plan import LoadOptions, Plan
from airflow_provider_ldusage.lake.state import Known, StateFile, Status
from airflow_provider_ldusage.lake.store import MAX_ROUNDS
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.engine.tasks import DAYS, LAST, MINUTE, NOW, THEIRS, YOUNG, Task, seen, statuses
from tests.loading import Loader


def test_each_day_is_noted_with_its_time_and_whether_it_has_settled(lake: Path) -> None:
    task = Task(lake, days=YOUNG)
    noted = task.run()
    assert noted.state == task.state()
    assert dict(noted.state.days) == {
        day: Known(Status.FINAL if day == LAST else Status.OPEN, NOW) for day in YOUNG.days()
    }


def test_a_day_asked_for_before_it_had_settled_stays_open(lake: Path) -> None:
    assert statuses(Task(lake, asked_at=NOW - timedelta(hours=10)).run().state) == ["final", "final", "open"]


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        ("2026-11-11T17:58:00Z", "final"),
        ("2026-11-11T17:57:59Z", "open"),
        ("2026-11-09T00:00:00Z", "open"),
        ("2026-11-08T23:59:59Z", "left"),
    ],
    ids=["six hours before it settles", "a second less", "to its end", "not to its end"],
)
def test_a_counted_day_is_final_once_its_late_figures_are_counted(lake: Path, through: str, expected: str) -> None:
    task = Task(lake)
    task.answers.through = through
    assert statuses(task.run().state)[-1] == expected


def test_days_of_no_flags_are_not_final_since_nothing_was_asked(lake: Path) -> None:
    task = Task(lake)
    task.answers.found = ()
    assert set(statuses(task.run().state)) == {"open"}


def test_of_every_flag_a_load_notes_which_were_listed(simulator: Simulator, tmp_path: Path) -> None:
    load, place = Loader(simulator, tmp_path / "flags"), {"project_key": "default", "environment_key": "production"}
    load(metric="evaluations", table="every", **place)
    load(metric="evaluations", table="one", feature_flag_key="page-size", **place)
    states = {path.parent.name: json.loads(path.read_text()) for path in load.lake.glob("_ldusage/state/*/*")}
    (listed,) = states["every"]["flags"]
    today = simulator.now.date().isoformat()
    assert (listed["first"], listed["last"]) == (today, today)
    assert {"page-size", "old-banner"} <= set(listed["keys"])
    assert "flags" not in states["one"]


def test_a_snapshot_is_final_on_the_day_it_was_seen(lake: Path) -> None:
    task, today = Task(lake), Window(NOW.date(), NOW.date() + timedelta(days=1))
    part = task.stored()
    seen_today = replace(part, commit=replace(part.commit, outcomes={today.start: "written"}), seen={})
    plan = Plan.of(UsageQuery.build("projects"), RunWindow.of_days(today), LoadOptions(), NOW)
    noting = Noting(task.client, task.storing, plan, task.state())  # type: ignore[arg-type]
    assert noting.note([seen_today]).state.status(today.start) is Status.FINAL


def test_refused_and_given_up_days_are_noted_beside_the_others(lake: Path) -> None:
    task = Task(lake)
    refused, given_up = date(2026, 10, 1), date(2025, 10, 1)
    state = task.noting.finish([task.stored()], refused=[refused], given_up=[given_up]).state
    assert state.refused_at(refused) == NOW and state.status(refused) is Status.REFUSED
    assert state.given_up() == [given_up]
    assert len(state.days) == 5


def test_the_first_scheduled_day_is_the_earliest_of_all_loads(lake: Path) -> None:
    first = YOUNG.start - timedelta(days=3)  # with the look-back
    assert Task(lake).run().state.scheduled_from is None
    assert Task(lake, days=YOUNG, scheduled=True).run().state.scheduled_from == first
    later = Window(YOUNG.end - timedelta(days=1), YOUNG.end)
    assert Task(lake, days=later, scheduled=True).run().state.scheduled_from == first


def test_a_table_is_created_where_something_is_noted_and_nothing_stored(lake: Path) -> None:
    task = Task(lake)
    task.answers.through = "2026-11-01T00:00:00Z"
    assert statuses(task.run().state) == ["left"] * 3
    assert (lake / "_ldusage" / "t.json").exists() and not (lake / "t").exists()


def test_what_is_known_already_is_not_written_again(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(lake)
    noted = task.run()
    monkeypatch.setattr(StateFile, "swap", lambda *_: pytest.fail("written again"))
    assert task.noting.note(noted.parts).state == noted.state


# --- what cannot be noted


def test_a_load_that_is_never_first_to_write_warns_and_goes_on(
    lake: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine = Task(lake)
    part, tries = mine.stored(), []
    monkeypatch.setattr(StateFile, "swap", lambda *_: tries.append(True))
    noted = mine.noting.note([part])
    assert len(tries) == MAX_ROUNDS
    assert noted == Noted(mine.state(), (part,)) and not noted.state.days
    assert seen(caplog) == [
        f"Other tasks keep writing {lake.as_uri()}/_ldusage/state/t/all.json: this load is not noted there, and its "
        "days are asked for again."
    ]


def test_a_state_of_a_later_version_is_left_as_it_is(lake: Path) -> None:
    Task(lake, THEIRS).run()
    state = lake / "_ldusage" / "state" / "t" / "all.json"
    content: Mapping[str, Any] = json.loads(state.read_text())
    state.write_text(json.dumps({**content, "format": 99}))
    before = state.read_bytes()
    noted = Task(lake, asked_at=NOW + MINUTE).run()
    assert state.read_bytes() == before
    assert sorted(noted.state.days) == [*DAYS.days()], "the report speaks of this load all the same"
