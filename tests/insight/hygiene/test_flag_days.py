"""What is known of flags, day by day, against looking at all days at once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.insight.hygiene.flag_days import AskedFor, Flag, FlagFacts, day_after
from tests.insight.figures import day

PLACE = ("default", "production")
FIRST = day("03-01")
FLAGS = ("a", "b", "c")
Asked = set[str]


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(FLAGS)), st.sets(st.sampled_from(FLAGS)), st.booleans()), max_size=12)
)
def test_days_one_by_one_are_what_all_days_tell(days: list[tuple[Asked, Asked, bool]]) -> None:
    known: dict[Flag, FlagFacts] = {}
    history: list[tuple[Asked, Asked]] = []
    for number, (asked, evaluated, is_loaded) in enumerate(days):
        today = FIRST + timedelta(days=number)
        told = [AskedFor(PLACE, frozenset(asked), frozenset(evaluated))] if is_loaded else []
        history.append((asked | evaluated, evaluated) if is_loaded else (set(), set()))
        known = day_after(known, today, told)
        for key in FLAGS:
            assert known.get(Flag(*PLACE, key)) == _facts(key, history)


def _facts(key: str, history: list[tuple[Asked, Asked]]) -> FlagFacts | None:
    last = len(history) - 1
    run = next((n for n in range(len(history)) if key not in history[last - n][0]), len(history))
    if not run:
        return None
    evaluated = [number for number in range(last - run + 1, last + 1) if key in history[number][1]]
    return FlagFacts(_date(last - run + 1), _date(evaluated[-1]) if evaluated else None)


def _date(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_days_without_are_those_that_were_asked_for() -> None:
    assert FlagFacts(day("03-01")).days_without(day("03-01")) == 1
    assert FlagFacts(day("03-01")).days_without(day("03-30")) == 30
    assert FlagFacts(day("03-01"), day("03-30")).days_without(day("03-30")) == 0
    assert FlagFacts(day("03-01"), day("03-10")).days_without(day("03-30")) == 20


def test_where_nobody_noted_what_was_listed_flags_stay() -> None:
    before = {Flag(*PLACE, "a"): FlagFacts(day("03-01")), Flag("other", "test", "b"): FlagFacts(day("03-01"))}
    found = day_after(before, day("03-02"), [AskedFor(PLACE, None, {"c"})])
    assert found == {
        Flag(*PLACE, "a"): FlagFacts(day("03-01")), Flag(*PLACE, "c"): FlagFacts(day("03-02"), day("03-02")),
    }  # fmt: skip


def test_two_tables_may_tell_of_one_flag() -> None:
    told = [AskedFor(PLACE, {"a", "b"}, set()), AskedFor(PLACE, {"a"}, {"a"})]
    found = day_after({}, day("03-02"), told)
    assert {flag.key: facts.last_evaluated_on for flag, facts in found.items()} == {"a": day("03-02"), "b": None}
