"""What starts going back, what does not, and what becomes of a table whose state is lost."""

from __future__ import annotations

import json

import pytest

from airflow_provider_ldusage.days import Window
from tests.scenarios.runs import DAY, MINUTES_LOAD, Runs, day


def test_a_backfill_of_an_old_month_does_not_fill_the_year_between(runs: Runs) -> None:
    runs.named("03-01", "04-01", now="11-10")
    runs.scheduled("11-10")
    assert runs.usage_requests == 1
    runs.named("05-01", "06-01", now="11-10")
    report = runs.scheduled("11-11")
    assert runs.usage_requests == 1
    assert report.window.start == day("11-07") and not report.given_up


def test_only_runs_of_a_schedule_say_from_where_days_are_counted(runs: Runs) -> None:
    runs.manual("11-02")
    runs.backfill("11-03", now="11-10")
    runs.named("10-01", "10-05", now="11-10")
    assert runs.state()["scheduled_from"] is None
    runs.manual("11-15")
    assert runs.usage_requests == 1, "nothing was scheduled yet, so nothing is missing"
    runs.scheduled("11-16")
    assert runs.state()["scheduled_from"] == "2026-11-12"


def test_a_manual_run_goes_back_as_a_scheduled_one_does(runs: Runs) -> None:
    runs.scheduled("11-05")
    report = runs.manual("11-15")
    assert set(Window(day("11-02"), day("11-15")).days()) == set(report.commit.outcomes)
    assert runs.stale("11-01", "11-12", MINUTES_LOAD) == []


@pytest.mark.parametrize("kind", ["backfill", "named"])
def test_a_backfill_and_a_named_window_load_themselves_and_count(runs: Runs, kind: str) -> None:
    runs.scheduled("11-05")
    if kind == "named":
        report = runs.named("11-05", "11-12", now="11-20")
    else:
        for n in range(7):
            report = runs.backfill((day("11-06") + n * DAY).isoformat()[5:], now="11-20")
    assert runs.usage_requests == 1 and set(report.commit.outcomes) <= set(Window(day("11-05"), day("11-12")).days())
    report = runs.scheduled("11-21")
    assert not set(Window(day("11-05"), day("11-12")).days()) & set(report.commit.outcomes), "they are final"


def test_a_named_window_that_loads_young_days_does_not_make_them_final(runs: Runs) -> None:
    runs.scheduled("11-05")
    runs.named("11-05", "11-10", now="11-10")
    runs.scheduled("11-20")
    assert runs.stale("11-01", "11-17", MINUTES_LOAD) == []


def test_two_dags_on_one_table_count_for_each_other(runs: Runs) -> None:
    for n in range(6):
        runs.scheduled((day("11-05") + n * DAY).isoformat()[5:])
    runs.options = {"lookback": 1}
    runs.scheduled("11-11")
    runs.options = {}
    report = runs.scheduled("11-11")
    assert runs.usage_requests == 1 and report.final_through == day("11-09")


def test_a_table_that_is_made_anew_starts_afresh(runs: Runs) -> None:
    import shutil

    for n in range(6):
        runs.scheduled((day("11-05") + n * DAY).isoformat()[5:])
    shutil.rmtree(runs.lake / "t")
    (runs.lake / "_ldusage" / "t.json").unlink()
    report = runs.scheduled("11-15")
    assert runs.usage_requests == 1 and runs.state()["scheduled_from"] == "2026-11-11"
    assert report.final_through == day("11-11")


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"format": 99, "table_id": 1}', b"\xff\xfe"])
def test_a_state_that_is_gone_or_damaged_only_means_asking_again(runs: Runs, damage: bytes | None) -> None:
    for n in range(6):
        runs.scheduled((day("11-05") + n * DAY).isoformat()[5:])
    path = runs.lake / "_ldusage" / "state" / "t" / "all.json"
    before = {each: each.read_bytes() for each in (runs.lake / "t").rglob("*.parquet")}
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    runs.scheduled("11-11")
    asked_again = {f"usage_date=2026-11-{n:02}" for n in (7, 8, 9, 10)}
    assert {each for each in before if each.read_bytes() != before[each]} <= {
        each for each in before if each.parent.name in asked_again
    }
    assert runs.state()["scheduled_from"] == "2026-11-07"


def test_what_a_later_version_notes_in_the_state_is_kept(runs: Runs) -> None:
    runs.scheduled("11-05")
    path = runs.lake / "_ldusage" / "state" / "t" / "all.json"
    path.write_text(json.dumps({**runs.state(), "announced": [["2026-11-04", "2026-11-04"]]}))
    runs.scheduled("11-06")
    assert runs.state()["announced"] == [["2026-11-04", "2026-11-04"]]
