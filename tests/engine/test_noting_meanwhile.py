"""What a load puts right when it notes its days, where other tasks have stored or noted meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.lake.state import StateFile
from tests.engine.tasks import DAYS, LAST, MINE, MINUTE, NOW, THEIRS, YOUNG, Task, figures, seen, statuses


def in_between(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Do something once, after a task has read the state and before it writes it."""
    swap = StateFile.swap

    def later(self: StateFile, *arguments: Any) -> bool:
        monkeypatch.setattr(StateFile, "swap", swap)  # only once
        do()
        return swap(self, *arguments)

    monkeypatch.setattr(StateFile, "swap", later)


def test_days_replaced_by_an_earlier_question_are_compared_again(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    mine, other = Task(lake, MINE, NOW), Task(lake, THEIRS, NOW - MINUTE)
    part = mine.stored()
    other.run()
    assert figures(lake) == {THEIRS}
    noted = mine.noting.note([part])
    assert figures(lake) == {MINE}
    assert mine.answers.asked == [DAYS]
    assert {known.asked_at for known in noted.state.days.values()} == {NOW}
    assert seen(caplog) == ["Another task has stored 2026-11-06 to 2026-11-08 meanwhile: compared again."]


def test_days_replaced_while_the_state_is_written_are_compared_again(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = Task(lake, MINE, NOW), Task(lake, THEIRS, NOW - MINUTE)
    part = mine.stored()
    in_between(monkeypatch, other.run)
    noted = mine.noting.note([part])
    assert figures(lake) == {MINE}
    assert noted.state == mine.state()
    assert {known.asked_at for known in noted.state.days.values()} == {NOW}


def test_days_asked_for_later_by_another_are_asked_for_again(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    mine, other = Task(lake, MINE, NOW), Task(lake, THEIRS, NOW + MINUTE)
    part = mine.stored()
    other.run()
    mine.client.time, mine.answers.figure = NOW + 2 * MINUTE, 9
    noted = mine.noting.note([part])
    assert figures(lake) == {9}
    assert mine.answers.asked == [DAYS, DAYS]
    assert {known.asked_at for known in noted.state.days.values()} == {NOW + 2 * MINUTE}
    assert seen(caplog) == [f"Another task has asked for {DAYS} later: asked for again."]


def test_only_the_days_of_the_later_question_are_asked_for_again(lake: Path) -> None:
    mine = Task(lake, MINE, NOW)
    part = mine.stored()
    overlap = Window(LAST, LAST + timedelta(days=1))
    Task(lake, THEIRS, NOW + MINUTE, days=overlap).run()
    mine.client.time, mine.answers.figure = NOW + 2 * MINUTE, 9
    first, again = mine.noting.note([part]).parts
    assert mine.answers.asked == [DAYS, overlap]
    assert [*first.commit.outcomes] == [*Window(DAYS.start, LAST).days()] and [*again.commit.outcomes] == [LAST]
    assert figures(lake) == {MINE, 9}


def test_days_left_to_a_later_question_are_neither_noted_nor_asked_for(lake: Path) -> None:
    Task(lake, THEIRS, NOW + MINUTE).run()
    mine = Task(lake, MINE, NOW)
    part = mine.stored()
    assert part.commit.days("superseded") == [*DAYS.days()]
    mine.client.time = NOW + 2 * MINUTE
    state = mine.noting.note([part]).state
    assert mine.answers.asked == [DAYS] and figures(lake) == {THEIRS}
    assert {known.asked_at for known in state.days.values()} == {NOW + MINUTE}


def test_days_left_to_a_later_question_are_as_open_as_that_leaves_them(lake: Path) -> None:
    other = Task(lake, THEIRS, NOW + MINUTE)
    other.answers.found = ()
    other.run()
    assert set(statuses(Task(lake, MINE, NOW).run().state)) == {"open"}


def test_questions_closer_than_the_clocks_can_tell_count_as_one(lake: Path) -> None:
    mine = Task(lake, MINE, NOW)
    part = mine.stored()
    Task(lake, THEIRS, NOW + MINUTE).run()
    mine.client.doubt, mine.client.time = 2 * MINUTE, NOW + 2 * MINUTE
    mine.noting.note([part])
    assert mine.answers.asked == [DAYS] and figures(lake) == {MINE}


def test_a_forecast_asked_for_later_by_another_is_asked_for_again(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    mine = Task(lake, days=YOUNG)
    mine.answers.forecast = MINE
    part = mine.stored()
    before, version = mine.file.read()
    assert mine.file.swap(replace(before, forecast_asked_at=NOW + MINUTE), version, NOW)
    mine.client.time, mine.answers.forecast = NOW + 2 * MINUTE, 9
    noted = mine.noting.note([part])
    assert mine.answers.asked == [YOUNG, YOUNG]
    assert figures(lake, "t_projected") == {9}
    assert noted.state.forecast_asked_at == NOW + 2 * MINUTE
    assert seen(caplog) == ["Another task has asked for the forecast later: asked for again."]


def test_what_others_note_at_the_same_time_is_kept(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Window(date(2026, 11, 1), date(2026, 11, 4))
    mine, other = Task(lake), Task(lake, THEIRS, days=earlier)
    part = mine.stored()
    in_between(monkeypatch, other.run)
    state = mine.noting.note([part]).state
    assert sorted(state.days) == [*earlier.days(), *DAYS.days()]
    assert state == mine.state()


def test_a_part_remembers_what_it_has_noted_itself(lake: Path) -> None:
    """So that it does not take its own note for another task's when it notes once more."""
    mine = Task(lake)
    (part,) = mine.run().parts
    assert dict(part.seen) == dict.fromkeys(DAYS.days(), NOW)
    assert mine.noting.note([part]).parts == (part,)
    assert mine.answers.asked == [DAYS]
