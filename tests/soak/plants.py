"""Faults to plant into the package: each is one that the lake would show only much later, or to nobody.

Each takes a ``pytest.MonkeyPatch``, and says in its docstring what goes wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_ldusage import chunks, days, windows
from airflow_provider_ldusage.api.clock import Clock
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine import load, plan, storing
from airflow_provider_ldusage.engine.noting import Noting
from airflow_provider_ldusage.engine.plan import Part, Plan
from airflow_provider_ldusage.engine.report import Refusal
from airflow_provider_ldusage.engine.storing import StoredPart, Storing
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.lake import state
from airflow_provider_ldusage.lake.commit import Commit
from airflow_provider_ldusage.lake.state import Known, State, Status
from tests.soak import loads

BERLIN = ZoneInfo("Europe/Berlin")


# --- finality


def final_once_over(patch: pytest.MonkeyPatch) -> None:
    """A day counts as final as soon as it is over."""
    patch.setattr(Plan, "settles", lambda self, day: days.midnight(day + timedelta(days=1)))


def left_days_are_final(patch: pytest.MonkeyPatch) -> None:
    """Days that were left for a later run are marked final."""
    known = Noting._known

    def wrong(self: Noting, part: StoredPart) -> dict[date, Known]:
        found = known(self, part)
        return {
            day: Known(Status.FINAL, one.asked_at) if one.status is Status.LEFT else one for day, one in found.items()
        }

    patch.setattr(Noting, "_known", wrong)


def missing_days_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Days that were never asked for do not count as open."""
    open_days = State.open_days
    patch.setattr(State, "open_days", lambda self, *args: [day for day in open_days(self, *args) if day in self.days])


def no_lookback_no_going_back(patch: pytest.MonkeyPatch) -> None:
    """``lookback=0`` switches going back off."""
    going_back = Plan.going_back
    patch.setattr(
        Plan,
        "going_back",
        lambda self, *known: self if self.settling_days == 0 else going_back(self, *known),
    )


def never_given_up(patch: pytest.MonkeyPatch) -> None:
    """Open days are tried for ever, however old."""
    patch.setattr(plan, "MAX_DAYS_BACK", 9999)
    patch.setattr(plan, "MAX_DAYS_BACK_OF_LISTS", 9999)


def noted_before_stored(patch: pytest.MonkeyPatch) -> None:
    """The state says that days are stored before they are."""
    begin = Noting.__init__

    def wrong(self: Noting, client: Any, storing: Any, *known: Any) -> None:
        begin(self, client, storing, *known)
        store = storing.store

        def early(answered: Any) -> StoredPart:
            unchanged = Commit(dict.fromkeys(answered.days, "unchanged"))
            self.note((StoredPart(answered, unchanged, dict.fromkeys(answered.days)),))
            return store(answered)

        storing.store = early

    patch.setattr(Noting, "__init__", wrong)


def refused_ranges_are_left(patch: pytest.MonkeyPatch) -> None:
    """A range of older days that is refused is refused as a whole."""
    patch.setattr(Part, "halves", lambda *_: ())


def the_earliest_first(patch: pytest.MonkeyPatch) -> None:
    """Where not all older days can be loaded at once, the earliest are."""
    halves = Part.halves
    patch.setattr(Part, "halves", lambda *args: tuple(reversed(halves(*args))))


def refused_days_are_tried_at_once(patch: pytest.MonkeyPatch) -> None:
    """Days that were refused are tried with the others again, and keep these waiting."""
    patch.setattr(State, "refused_at", lambda *_: None)


def whatever_another_was_content_with(patch: pytest.MonkeyPatch) -> None:
    """What is final for a DAG of a short look-back is final for all."""

    def wrong(self: State, day: date, *_: Any) -> bool:
        return self.status(day) in (Status.FINAL, Status.GIVEN_UP)

    patch.setattr(State, "_is_closed", wrong)


def gaps_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    """``final_through`` is the last day that is final, whatever lies before it."""

    def wrong(self: State) -> date | None:
        return max((day for day, known in self.days.items() if known.status is Status.FINAL), default=None)

    patch.setattr(State, "final_through", wrong)


# --- clocks


def own_clock(patch: pytest.MonkeyPatch) -> None:
    """Questions are timed by the worker's clock as it is."""
    patch.setattr(Clock, "when", lambda self, reading: datetime.fromtimestamp(reading.seconds, timezone.utc))


def gone_back_by_own_clock(patch: pytest.MonkeyPatch) -> None:
    """Which older days are still open is told by the worker's clock, if the table knows the connection."""
    patch.setattr(load, "_going_back", lambda client, plan, before: plan.going_back(before, client.now()))


def last_put_wins(patch: pytest.MonkeyPatch) -> None:
    """The later PUT wins, not the later question."""
    patch.setattr(State, "overtaken", lambda *_: [])


def unchanged_days_do_not_count(patch: pytest.MonkeyPatch) -> None:
    """An answer that changed nothing does not shield its day."""
    known = Noting._known

    def wrong(self: Noting, part: StoredPart) -> dict[date, Known]:
        return {day: one for day, one in known(self, part).items() if part.commit.outcomes[day] != "unchanged"}

    patch.setattr(Noting, "_known", wrong)


# --- merging


def unlisted_rows_go(patch: pytest.MonkeyPatch) -> None:
    """What is not listed any more is erased."""
    commit = storing.commit
    patch.setattr(storing, "commit", lambda *args, **options: commit(*args, **{**options, "coverage": None}))


def empty_answers_are_believed(patch: pytest.MonkeyPatch) -> None:
    """Days without usage in the answer lose what is stored."""
    commit = storing.commit
    patch.setattr(storing, "commit", lambda *args, **options: commit(*args, **{**options, "on_empty": "write"}))


def nothing_is_overwritten(patch: pytest.MonkeyPatch) -> None:
    """``on_empty="write"`` does nothing."""
    commit = storing.commit
    patch.setattr(storing, "commit", lambda *args, **options: commit(*args, **{**options, "on_empty": "keep"}))


# --- tiling


def the_day_before(patch: pytest.MonkeyPatch) -> None:
    """Every run loads the day before, whatever its schedule."""
    told = windows._days_of_run
    patch.setattr(windows, "_days_of_run", lambda key, begin, previous, *rest: told(key, begin, None, *rest))


def local_days(patch: pytest.MonkeyPatch) -> None:
    """A schedule's days are those of its time zone."""
    told = windows._days_of_run

    def wrong(key: str, begin: Any, previous: datetime | None, at: datetime | None, *rest: Any) -> Any:
        return told(key, begin, previous and _shifted(previous), at and _shifted(at), *rest)

    patch.setattr(windows, "_days_of_run", wrong)


def one_day_short(patch: pytest.MonkeyPatch) -> None:
    """A schedule's windows begin a day late."""
    told = windows._days_of_run

    def wrong(*args: Any) -> Any:
        window, rule = told(*args)
        if rule == windows.BY_SCHEDULE and len(window) > 1:
            window = Window(window.start + timedelta(days=1), window.end)
        return window, rule

    patch.setattr(windows, "_days_of_run", wrong)


def no_open_day(patch: pytest.MonkeyPatch) -> None:
    """``include_open_day`` does nothing."""
    cut = chunks.cut_open_day
    patch.setattr(plan, "cut_open_day", lambda window, now, **_: cut(window, now))


# --- and others


def damaged_state_is_believed(patch: pytest.MonkeyPatch) -> None:
    """What cannot be read says that all is final."""
    parse = state.parse

    def wrong(data: bytes | None, table_id: str, name: str) -> State:
        found = parse(data, table_id, name)
        if data is None or found.days:
            return found
        first = date(2023, 1, 1)
        days = {first + timedelta(days=n): Known(Status.FINAL, None) for n in range(2500)}
        return replace(found, scheduled_from=first, days=days)

    patch.setattr(state, "parse", wrong)


def usage_is_lost_without_a_word(patch: pytest.MonkeyPatch) -> None:
    """``on_empty="fail"`` keeps what is stored, and does not fail."""
    commit = storing.commit

    def wrong(*args: Any, on_empty: str, **options: Any) -> Any:
        return commit(*args, on_empty="keep" if on_empty == "fail" else on_empty, **options)

    patch.setattr(storing, "commit", wrong)


def another_tables_state(patch: pytest.MonkeyPatch) -> None:
    """What is known of a table outlives it."""
    parse = state.parse

    def wrong(data: bytes | None, table_id: str, name: str) -> State:
        if data is not None:
            data = json.dumps({**json.loads(data), "table_id": table_id}).encode()
        return parse(data, table_id, name)

    patch.setattr(state, "parse", wrong)


def refusals_fail_the_run(patch: pytest.MonkeyPatch) -> None:
    """A run fails where an older day that it goes back to cannot be answered."""
    go_back = load.go_back

    def wrong(storing: Storing, plan: Plan, options: Any) -> Iterator[Any]:
        for found in go_back(storing, plan, options):
            if isinstance(found, Refusal):
                raise AnswerError(found.reason)
            yield found

    patch.setattr(load, "go_back", wrong)


def refused_days_are_given_up(patch: pytest.MonkeyPatch) -> None:
    """What was refused once is not tried again."""
    go_back = load.go_back

    def wrong(storing: Storing, plan: Plan, options: Any) -> Iterator[Any]:
        for found in go_back(storing, plan, options):
            if isinstance(found, Refusal):
                object.__setattr__(plan, "given_up", (*plan.given_up, *found.window.days()))
            yield found

    patch.setattr(load, "go_back", wrong)


def backfills_are_followed(patch: pytest.MonkeyPatch) -> None:
    """A backfill of old days makes the next run fill all that lies between."""
    resolve = loads.resolve_window

    def wrong(**told: Any) -> Any:
        found = resolve(**told)
        return replace(found, scheduled=found.scheduled or found.backfill)

    patch.setattr(loads, "resolve_window", wrong)


def lists_skip_after_midnight(patch: pytest.MonkeyPatch) -> None:
    """A list without history is stored only by runs whose window ends today."""
    patch.setattr(plan, "_about_the_past", lambda run, now: run.window.end < days.utc_day(now))


def _shifted(moment: datetime) -> datetime:
    return moment.astimezone(BERLIN).replace(tzinfo=timezone.utc)
