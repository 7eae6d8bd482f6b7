"""What the lake notes of its days: read back as it was written, small, and the later question counts."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.lake.state import COMPACT_AFTER, MAX_AHEAD, Known, State, StateFile, Status, parse

NOW = datetime(2026, 11, 12, 3, tzinfo=timezone.utc)
DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)

days = st.integers(0, 40).map(lambda n: FIRST + n * DAY)
moments = st.integers(0, 90 * 86_400_000).map(lambda ms: NOW - timedelta(milliseconds=ms))
few_moments = st.sampled_from([NOW - DAY, NOW - 2 * DAY, NOW - 40 * DAY])
known = st.builds(Known, st.sampled_from(Status), moments | few_moments, st.none() | few_moments)
answered = st.builds(Known, st.sampled_from(Status), moments, st.none())
states = st.builds(
    State,
    st.just("id"),
    scheduled_from=st.none() | days,
    forecast_asked_at=st.none() | moments,
    days=st.dictionaries(days, known, max_size=60),
    other=st.just({}) | st.just({"announced": [1]}),
    connections=st.just(()) | st.just(("0123456789abcdef",)),
)


def written(state: State) -> Any:
    return json.loads(state.to_json({"source": "server"}, NOW))


def read(state: State, table_id: str = "id") -> State:
    return parse(state.to_json({}, NOW), table_id, "the state")


@given(state=states)
def test_a_state_is_read_back_as_it_was_but_for_the_times_of_old_questions(state: State) -> None:
    found = read(state)
    assert {day: each.status for day, each in found.days.items()} == {d: k.status for d, k in state.days.items()}
    assert (found.scheduled_from, found.forecast_asked_at) == (state.scheduled_from, state.forecast_asked_at)
    assert found.other == state.other and found.final_through() == state.final_through()
    for day, each in found.days.items():
        before = state.days[day].asked_at
        assert each.asked_at == before or (each.asked_at > before and each.asked_at < NOW - COMPACT_AFTER)
        assert each.refused_at == state.days[day].refused_at


@given(state=states)
def test_what_is_written_again_is_written_alike(state: State) -> None:
    once = read(state)
    assert read(once) == once


@given(state=states)
def test_a_state_of_another_table_says_nothing(state: State) -> None:
    assert read(state, "another") == State("another")


@given(state=states, one=answered, other=answered, day=days)
def test_the_later_question_counts_whoever_notes_first_and_final_stays(
    state: State, one: Known, other: Known, day: date
) -> None:
    if one.asked_at == other.asked_at:
        return
    a = state.with_days({day: one}, NOW).with_days({day: other}, NOW)
    b = state.with_days({day: other}, NOW).with_days({day: one}, NOW)
    assert a == b
    noted = [each for each in (state.days.get(day), one, other) if each]
    latest = max(noted, key=lambda each: each.asked_at)
    assert a.days[day].asked_at == latest.asked_at
    final = any(each.status is Status.FINAL for each in noted)
    assert a.days[day].status is (Status.FINAL if final else latest.status)


@given(state=states, given_up=st.sets(days, max_size=20))
def test_what_is_given_up_is_not_tried_again_and_final_days_stay_final(state: State, given_up: set[date]) -> None:
    found = state.giving_up(given_up)
    assert not set(open_days(found)) & given_up
    for day, each in state.days.items():
        if each.status is Status.FINAL:
            assert found.days[day] == each
        assert found.asked_at(day) == each.asked_at
    assert set(found.given_up()) == {
        day for day in given_up | set(state.given_up()) if state.status(day) is not Status.FINAL
    }


@given(state=states, refused=st.sets(days, max_size=20), day=days)
def test_a_refused_day_stays_open_and_what_was_stored_stays_known(state: State, refused: set[date], day: date) -> None:
    found = read(state.refusing(refused, NOW))
    for each in refused:
        if state.status(each) is not Status.FINAL:
            assert found.refused_at(each) == NOW
    assert set(open_days(found)) == set(open_days(read(state)))
    stored = found.with_days({day: Known(Status.OPEN, NOW + DAY)}, NOW + DAY)
    assert stored.refused_at(day) is None


def open_days(state: State) -> list[date]:
    long_ago = datetime(2000, 1, 1, tzinfo=timezone.utc)
    return state.open_days(Window(FIRST, FIRST + 500 * DAY), lambda _: long_ago, NOW)


def test_a_day_final_for_one_load_is_open_for_one_that_waits_longer() -> None:
    state = State("id", days={FIRST: Known(Status.FINAL, NOW), FIRST + DAY: Known(Status.FINAL, NOW + 400 * DAY)})
    window = Window(FIRST, FIRST + 2 * DAY)
    assert state.open_days(window, lambda _: NOW - DAY, NOW) == [FIRST + DAY], "a question from the future is none"
    assert state.open_days(window, lambda _: NOW + DAY, NOW) == [FIRST, FIRST + DAY]


@pytest.mark.parametrize("change", [{"format": 2}, {"days": [{"status": "sealed"}]}])
def test_the_state_of_a_later_version_is_neither_used_nor_overwritten(change: dict[str, Any]) -> None:
    state = State("id", days={FIRST: Known(Status.FINAL, NOW)})
    found = parse(json.dumps({**written(state), **change}).encode(), "id", "the state")
    assert not found.readable and not found.days


def test_ten_punctual_years_are_a_small_object() -> None:
    state = State("id", scheduled_from=date(2016, 11, 12))
    for n in range(3653):
        now = datetime(2016, 11, 12, 3, tzinfo=timezone.utc) + n * DAY
        state = state.with_days({now.date() - 4 * DAY: Known(Status.FINAL, now)}, now)
        state = state.with_days({now.date() - k * DAY: Known(Status.OPEN, now) for k in (1, 2, 3)}, now)
        if n % 50 == 0:
            state = parse(state.to_json({}, now), "id", "")
    content = state.to_json({}, now)
    assert len(content) < 6_000
    assert parse(content, "id", "").final_through() == now.date() - 4 * DAY


def test_the_unbroken_run_of_final_days_begins_where_the_schedule_did() -> None:
    final, left = Known(Status.FINAL, NOW), Known(Status.LEFT, NOW)
    found = {FIRST + n * DAY: final for n in (0, 1, 2, 4)}
    assert State("id", days=found).final_through() == FIRST + 2 * DAY
    assert State("id", scheduled_from=FIRST - DAY, days=found).final_through() is None
    assert State("id", scheduled_from=FIRST + 4 * DAY, days=found).final_through() == FIRST + 4 * DAY
    given_up = State("id", days=found).giving_up([FIRST + 3 * DAY])
    assert given_up.final_through() == FIRST + 2 * DAY
    assert State("id", days={**found, FIRST + 3 * DAY: left}).final_through() == FIRST + 2 * DAY
    assert State("id").final_through() is None


@pytest.mark.parametrize(
    ("asked", "doubt", "overtaken"),
    [(-1, 0, True), (0, 0, False), (1, 0, False), (-1, 1, False), (-2, 1, True)],
    ids=["earlier", "at once", "later", "within the doubt", "beyond the doubt"],
)  # fmt: skip
def test_a_day_is_overtaken_by_a_question_that_is_surely_later(asked: int, doubt: int, overtaken: bool) -> None:
    state = State("id", days={FIRST: Known(Status.FINAL, NOW), FIRST + DAY: Known(Status.LEFT, NOW)})
    mine = NOW + timedelta(seconds=asked)
    found = state.overtaken([FIRST, FIRST + DAY], mine, NOW, timedelta(seconds=doubt))
    assert found == ([FIRST] if overtaken else []), "a day that was left has nothing to keep"


def test_a_question_from_the_future_is_not_believed() -> None:
    ahead = Known(Status.OPEN, NOW + MAX_AHEAD + timedelta(seconds=1))
    state = State("id", days={FIRST: ahead})
    assert state.overtaken([FIRST], NOW, NOW, timedelta()) == []
    assert state.with_days({FIRST: Known(Status.OPEN, NOW)}, NOW).days[FIRST].asked_at == NOW


def test_of_two_that_write_at_once_the_second_has_to_look_again(place: Any) -> None:
    files = [StateFile(place.store, "t", {"source": "server"}, "id") for _ in range(2)]
    (state, before), (_, also_before) = (file.read() for file in files)
    assert files[0].swap(state.with_days({FIRST: Known(Status.OPEN, NOW)}, NOW), before, NOW)
    assert not files[1].swap(state, also_before, NOW)
    again, before = files[1].read()
    assert files[1].swap(again.with_days({FIRST + DAY: Known(Status.OPEN, NOW)}, NOW), before, NOW)
    assert set(files[0].read()[0].days) == {FIRST, FIRST + DAY}
    assert [name for name in place.names() if not name.startswith("_ldusage/")] == []
