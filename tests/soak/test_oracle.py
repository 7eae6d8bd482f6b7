"""The oracle by itself, on cases that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from tests.soak.account import Account, Feed, Flag, Project, Trouble, days, row
from tests.soak.ledger import Ledger
from tests.soak.older import gone_back
from tests.soak.oracle import Oracle
from tests.soak.rules import Load, window_of
from tests.soak.schedules import Every, Schedule
from tests.soak.truth import Truth

CONNECTIONS, MAU, SDKS = Feed("service_connections"), Feed("total_mau"), Feed("mau_sdks")
PROJECTS = (Project("alpha"), Project("beta"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def day(text: str) -> date:
    return date.fromisoformat(text)


def run(at: str, feed: Feed = CONNECTIONS, **more: object) -> Load:
    """A scheduled run of an ``@daily`` DAG, ten minutes after its instant."""
    instant = moment(at)
    told = {"previous": instant - timedelta(days=1), "moment": instant + timedelta(minutes=10), **more}
    return Load("t", feed, str(told.pop("kind", "scheduled")), instant, **told)  # type: ignore[arg-type]


def played(oracle: Oracle, *loads: Load) -> None:
    for load in loads:
        oracle.settle(oracle.expect(load))


def days_of(found: tuple[date, ...]) -> list[str]:
    return [each.isoformat()[5:] for each in sorted(found)]


@pytest.fixture
def oracle() -> Oracle:
    return Oracle(Truth(Account(PROJECTS)))


@pytest.mark.parametrize(
    ("cron", "zone", "at", "first", "end"),
    [
        ("0 0 * * *", "UTC", "2026-11-22 00:00", "2026-11-21", "2026-11-22"),
        ("0 6 * * 1", "UTC", "2026-11-23 06:00", "2026-11-16", "2026-11-23"),
        ("0 6 1 * *", "UTC", "2024-03-01 06:00", "2024-02-01", "2024-03-01"),
        ("15 */6 * * *", "UTC", "2026-11-22 12:15", "2026-11-21", "2026-11-22"),
        ("0 0 * * *", "Europe/London", "2025-10-27 00:00", "2025-10-25", "2025-10-27"),
    ],
)
def test_a_run_loads_the_days_that_ended_since_the_instant_before(
    cron: str, zone: str, at: str, first: str, end: str
) -> None:
    instant = moment(at)
    load = Load("t", CONNECTIONS, "scheduled", instant, instant, previous=Schedule(cron, zone).previous(instant))
    assert window_of(load) == (day(first), day(end))


def test_a_punctual_run_asks_one_question_and_nothing_else(oracle: Oracle) -> None:
    played(oracle, *(run(f"2026-11-{n} 00:00") for n in range(10, 20)))
    expected = oracle.expect(run("2026-11-20 00:00"))
    assert days_of(expected.own) == ["11-16", "11-17", "11-18", "11-19"]
    assert (expected.older, expected.perhaps, expected.questions) == ((), (), 1)


def test_after_a_pause_a_run_goes_back_to_the_first_open_day(oracle: Oracle) -> None:
    played(oracle, *(run(f"2026-11-{n} 00:00") for n in range(10, 15)))
    expected = oracle.expect(run("2026-11-21 00:00"))
    assert days_of(expected.own) == ["11-17", "11-18", "11-19", "11-20"]
    assert days_of(expected.older) == ["11-11", "11-12", "11-13", "11-14", "11-15", "11-16"]


def test_the_run_of_a_months_fourth_day_takes_the_month_before_once_more(oracle: Oracle) -> None:
    played(oracle, *(run(f"2026-11-{n:02} 00:00", MAU) for n in range(10, 31)))
    played(oracle, *(run(f"2026-12-{n:02} 00:00", MAU) for n in range(1, 4)))
    assert len(oracle.expect(run("2026-12-04 00:00", MAU)).older) >= 20
    played(oracle, run("2026-12-04 00:00", MAU))
    assert oracle.expect(run("2026-12-05 00:00", MAU)).questions == 1


def test_a_backfill_does_not_make_the_next_run_fill_what_lies_between(oracle: Oracle) -> None:
    played(oracle, run("2026-01-10 00:00", kind="backfill", moment=moment("2026-11-09 12:00")))
    played(oracle, run("2026-11-10 00:00"))
    assert oracle.expect(run("2026-11-11 00:00")).questions == 1


def test_what_lies_too_far_back_is_given_up(oracle: Oracle) -> None:
    played(oracle, run("2026-09-01 00:00", SDKS))
    expected = oracle.expect(run("2026-11-11 00:00", SDKS))
    assert min(expected.older) == day("2026-10-11")
    assert min(expected.given_up) == day("2026-08-29")
    played(oracle, run("2026-11-11 00:00", SDKS))
    assert day("2026-08-29") in oracle.ledger("t", SDKS).closed


def test_what_cannot_be_answered_stays_open_and_does_no_harm() -> None:
    silence = Trouble(
        "service_connections", day("2026-11-11"), day("2026-11-12"),
        moment("2026-11-15 00:00"), moment("2026-11-22 00:00"), "400",
    )  # fmt: skip
    oracle = Oracle(Truth(Account(PROJECTS, troubles=(silence,))))
    played(oracle, run("2026-11-10 00:00"))
    expected = oracle.expect(run("2026-11-21 00:00"))
    assert expected.outcome == "stored"
    assert days_of(expected.refused) == ["11-11", "11-12"]
    assert days_of(expected.older) == ["11-07", "11-08", "11-09", "11-10", "11-13", "11-14", "11-15", "11-16"]
    oracle.settle(expected)
    ledger = oracle.ledger("t", CONNECTIONS)
    assert ledger.observe(day("2026-11-11"), None)
    assert day("2026-11-11") in oracle.expect(run("2026-11-22 00:00")).older


def test_after_sixteen_refused_ranges_the_rest_is_left_to_the_next_load() -> None:
    asked: list[list[date]] = []

    def unanswered(part: list[date]) -> bool:
        asked.append(part)
        return True

    wanted = days(day("2026-01-01"), day("2026-04-11"))
    found = gone_back(wanted, [], 500, lambda _: 1, unanswered, lambda _: False)
    assert found.stored == ()
    assert found.refused[:2] == (wanted[-1], wanted[-2])
    assert len({tuple(part) for part in asked}) == 16
    assert asked[0] == wanted
    assert max(asked, key=max)[-1] == wanted[-1]


def test_refused_days_are_tried_again_alone_until_four_are_refused() -> None:
    first, *again = days(day("2026-01-01"), day("2026-01-10"))
    found = gone_back([first], again, 500, lambda _: 1, lambda part: part[0].day % 2 == 0, lambda _: False)
    assert found.refused == tuple(day(f"2026-01-0{n}") for n in (2, 4, 6, 8))
    assert found.stored == tuple(day(f"2026-01-0{n}") for n in (1, 3, 5, 7))


def test_of_too_many_days_the_latest_are_loaded() -> None:
    wanted = days(day("2026-01-01"), day("2026-01-21"))
    found = gone_back(wanted, [], 9, len, lambda _: False, lambda _: False)
    assert (sorted(found.stored), found.refused, found.questions) == (wanted[-9:], (), 9)


def test_days_that_lost_their_usage_fail_a_load_or_are_refused_alone() -> None:
    gone = day("2026-11-12")
    silence = Trouble(
        "service_connections", gone, gone, moment("2026-11-14 00:00"), moment("2027-01-01 00:00"), "empty"
    )
    oracle = Oracle(Truth(Account(PROJECTS, troubles=(silence,))))
    played(oracle, *(run(f"2026-11-{n} 00:00", on_empty="fail") for n in range(10, 14)))
    assert oracle.ledger("t", CONNECTIONS).of(gone) != frozenset([frozenset()])
    assert oracle.expect(run("2026-11-14 00:00", on_empty="fail")).outcome == "failed"
    expected = oracle.expect(run("2026-11-20 00:00", on_empty="fail"))
    assert (expected.outcome, expected.refused) == ("stored", (gone,))
    assert day("2026-11-11") in expected.older
    assert day("2026-11-13") in expected.older


def test_the_open_day_is_loaded_and_stays_open(oracle: Oracle) -> None:
    load = run("2026-11-20 06:00", previous=moment("2026-11-20 05:00"), include_open_day=True, lookback=0)
    expected = oracle.expect(load)
    assert days_of(expected.own) == ["11-19", "11-20"]
    oracle.settle(expected)
    assert oracle.ledger("t", CONNECTIONS).closed == {day("2026-11-19")}


def test_what_is_recorded_may_get_lost_and_the_files_stay(oracle: Oracle) -> None:
    played(oracle, *(run(f"2026-11-{n} 00:00") for n in range(10, 20)))
    before = oracle.ledger("t", CONNECTIONS).states
    oracle.forget_recorded("t", CONNECTIONS)
    ledger = oracle.ledger("t", CONNECTIONS)
    assert (ledger.states, ledger.closed, ledger.anchor) == (before, set(), None)


def test_how_far_a_table_is_final() -> None:
    ledger = Ledger()
    assert ledger.final_through() == (None, None)
    ledger.begin(day("2026-11-02"), certain=True)
    ledger.close(days(day("2026-11-01"), day("2026-11-05")), certain=True)
    ledger.close([day("2026-11-05")], certain=False)
    assert ledger.final_through() == (day("2026-11-04"), day("2026-11-05"))
    ledger.give_up([day("2026-11-06")], certain=True)
    assert ledger.final_through() == (day("2026-11-04"), day("2026-11-05"))


def test_what_one_dag_is_content_with_is_open_for_one_that_waits_longer(oracle: Oracle) -> None:
    hasty = run("2026-11-12 00:00", lookback=0)
    played(oracle, hasty)
    day_before, patient = day("2026-11-11"), run("2026-11-13 00:00")
    assert oracle.closed(hasty, day_before)
    assert not oracle.closed(patient, day_before)
    assert oracle.ledger("t", CONNECTIONS).final_through() == (day_before, day_before)


def test_a_race_ends_as_the_later_question_has_it(oracle: Oracle) -> None:
    older = run("2026-11-12 00:00")
    newer = replace(older, moment=older.moment + timedelta(seconds=50), lookback=0)
    oracle.settle_race(oracle.expect(older), oracle.expect(newer), newer.moment)
    ledger, both = oracle.ledger("t", CONNECTIONS), day("2026-11-11")
    assert ledger.of(both) == {oracle.truth.rows(CONNECTIONS, both, newer.moment)}
    assert oracle.truth.rows(CONNECTIONS, both, older.moment) not in ledger.of(both)
    assert both in ledger.closed


def test_every_so_often_goes_by_no_clock() -> None:
    every = Every(timedelta(hours=31))
    instants = every.between(moment("2026-11-01 00:00"), moment("2026-11-20 00:00"))
    assert {after - before for before, after in pairwise(instants)} == {timedelta(hours=31)}
    assert every.previous(instants[1]) == instants[0]
    assert every.previous(instants[1] + timedelta(seconds=1)) == instants[1]
    assert every.between(instants[0], instants[2]) == instants[:2]


def test_rows_of_a_flag_that_is_gone_stay(oracle: Oracle) -> None:
    feed = Feed("evaluations", "alpha", "production")
    gone = moment("2026-11-12 12:00")
    account = Account(PROJECTS, (Flag("kept", "alpha"), Flag("gone", "alpha", gone=gone, unlisted=gone)))
    oracle = Oracle(Truth(account))
    played(oracle, run("2026-11-12 00:00", feed), run("2026-11-13 00:00", feed))
    (state,) = oracle.ledger("t", feed).of(day("2026-11-11"))
    assert state is not None
    assert {dict(each)["feature_flag_key"] for each in state} == {"kept", "gone"}


def test_a_killed_load_that_stored_nothing_recorded_nothing() -> None:
    ledger, wanted = Ledger(), day("2026-11-11")
    stored = frozenset([row(sdk="go")])
    ledger.states[wanted] = frozenset([None, stored])
    ledger.pending[wanted] = frozenset([stored])
    ledger.close([wanted], certain=False)
    assert ledger.observe(wanted, None)
    assert wanted not in ledger.maybe_closed
