"""Days that are to be announced, as a state keeps them."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone

import pytest

from airflow_provider_ldusage.lake.announcements import Announcer, Debt, debts_from_json, debts_to_json
from airflow_provider_ldusage.lake.state import State, parse

NOW = datetime(2026, 11, 12, tzinfo=timezone.utc)
ME = Announcer("dag", "load", "run 1", -1, 1)
FIRST, SECOND, LAST = date(2026, 11, 8), date(2026, 11, 9), date(2026, 11, 11)


def test_days_of_one_task_are_ranges() -> None:
    debts = {Debt("a", day, ME) for day in (FIRST, SECOND, LAST)} | {Debt("a", LAST, ME, handed_on=True)}
    plain, handed_on = debts_to_json(debts)
    assert plain["days"] == [["2026-11-08", "2026-11-09"], ["2026-11-11", "2026-11-11"]]
    assert (plain["dag_id"], plain["task_id"], plain["run_id"], plain["map_index"], plain["try_number"]) == ME
    assert (plain["handed_on"], handed_on["handed_on"]) == (False, True)


def test_two_tasks_may_owe_the_same_day() -> None:
    debts = {Debt("a", FIRST, ME), Debt("a", FIRST, ME._replace(run_id="run 2")), Debt("b", FIRST, ME)}
    assert debts_from_json(json.loads(json.dumps(debts_to_json(debts)))) == debts


def test_tries_of_a_task_are_the_same_task() -> None:
    assert ME.is_same_task(ME._replace(try_number=3))
    assert not ME.is_same_task(ME._replace(map_index=0))


def test_a_state_keeps_them_and_has_no_field_without_any() -> None:
    state = State("id", debts=frozenset({Debt("a", FIRST, ME)}))
    assert parse(state.to_json({}, NOW), "id", "name") == state
    assert "announcements" not in json.loads(State("id").to_json({}, NOW))
    assert parse(state.to_json({}, NOW), "another table", "name").debts == frozenset()


@pytest.mark.parametrize("broken", [[{"asset": "a"}], [1], {"a": 1}])
def test_entries_of_another_form_make_the_state_unreadable(broken: object) -> None:
    content = {**json.loads(State("id").to_json({}, NOW)), "announcements": broken}
    assert parse(json.dumps(content).encode(), "id", "name") == State("id")
