"""However late its runs come, every day ends as LaunchDarkly reports it once it has settled."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.testing import Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import warnings
from tests.scenarios.runs import DAY, EXPORT, EXPORT_LOAD, MAU, MAU_LOAD, MINUTES_LOAD, Runs, day, ranges


def test_a_punctual_run_looks_back_three_days_in_one_request(runs: Runs) -> None:
    for at in ("11-10", "11-11", "11-12", "11-13"):
        report = runs.scheduled(at)
        assert report.window == Window(day(at) - 4 * DAY, day(at))
        assert runs.usage_requests == 1
        assert report.final_through == day(at) - 4 * DAY
        assert list(report.open) == [day(at) - n * DAY for n in (3, 2, 1)]


def test_punctual_month_to_date_asks_for_the_last_month_once_on_the_fourth(
    runs: Runs,
) -> None:
    requests = {}
    for n in range(12):
        at = (day("11-28") + n * DAY).isoformat()[5:]
        report = runs.scheduled(at, **MAU)
        requests[at] = runs.usage_requests
    assert {at for at, count in requests.items() if count != 1} == {"12-04"}
    assert requests["12-04"] == 2
    assert report.final_through == day("11-30")
    assert runs.stale("11-01", "12-01", MAU_LOAD) == []


def test_the_state_is_small_and_an_unchanged_day_is_not_stored_again(runs: Runs) -> None:
    runs.simulator.switches = Switches(settle_days=0)
    for n in range(40):
        runs.scheduled((day("09-10") + n * DAY).isoformat()[5:])
    before = {path: path.stat().st_mtime_ns for path in (runs.lake / "t").rglob("*.parquet")}
    runs.scheduled("10-20")
    after = {path: path.stat().st_mtime_ns for path in (runs.lake / "t").rglob("*.parquet")}
    assert {path: after[path] for path in before} == before and len(after) == len(before) + 1
    size = (runs.lake / "_ldusage" / "state" / "t" / "all.json").stat().st_size
    assert size < 6_000
    assert [path.name for path in (runs.lake / "_ldusage" / "state" / "t").iterdir()] == ["all.json"]


def test_runs_that_were_missed_and_cleared_together_leave_no_day_behind(runs: Runs) -> None:
    runs.scheduled("11-05")
    for at in ("11-06", "11-07", "11-08", "11-09", "11-10"):  # the outage is over on the 11th
        runs.scheduled(at, now="11-11")
    for at in ("11-11", "11-12", "11-13", "11-14", "11-15"):
        report = runs.scheduled(at)
    assert runs.stale("11-01", "11-12", MINUTES_LOAD) == []
    assert report.final_through == day("11-11")


def test_runs_that_never_came_are_made_up_for(runs: Runs) -> None:
    runs.scheduled("11-05")
    report = runs.scheduled("11-20")
    assert runs.usage_requests == 2
    assert report.commit.days("written") == list(Window(day("11-05"), day("11-20")).days())
    assert runs.stale("11-01", "11-17", MINUTES_LOAD) == []
    assert report.final_through == day("11-16")
    runs.scheduled("11-21")
    assert runs.usage_requests == 1


@pytest.mark.parametrize("lookback", [0, 1, 3, 7])
def test_no_look_back_switches_going_back_off(runs: Runs, lookback: int) -> None:
    runs.options = {"lookback": lookback}
    runs.scheduled("11-05")
    report = runs.scheduled("11-15")
    assert set(Window(day("11-05"), day("11-15")).days()) <= set(report.commit.outcomes)
    runs.scheduled("11-16")
    assert runs.usage_requests == 1, "a punctual run asks once whatever its look-back"


def test_month_to_date_without_a_look_back_asks_once_and_ends_final(runs: Runs) -> None:
    runs.options = {"lookback": 0}
    for n in range(8):
        runs.scheduled((day("11-27") + n * DAY).isoformat()[5:], **MAU)
        assert runs.usage_requests == (2 if n == 7 else 1)
    assert runs.stale("11-01", "12-01", MAU_LOAD) == []


def test_lists_that_are_asked_for_day_by_day_are_made_up_for_a_month(runs: Runs) -> None:
    lists = {"metric": "mau_sdks"}
    runs.scheduled("09-05", **lists)
    report = runs.scheduled("11-20", **lists)
    assert runs.usage_requests == 31
    assert report.given_up == tuple(Window(day("09-02"), day("10-20")).days())
    report = runs.scheduled("11-21", **lists)
    assert runs.usage_requests == 4


def test_what_is_too_far_back_is_given_up_once_with_the_conf_that_loads_it(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    runs.scheduled("01-05")
    later = date(2027, 3, 1)
    reports = [runs.scheduled(later), runs.scheduled(later + DAY)]
    lost = Window(date(2026, 1, 2), date(2026, 3, 1))
    assert reports[0].given_up == reports[1].given_up == tuple(lost.days())
    (said,) = [message for message in warnings(caplog) if message.startswith("Given up")]
    assert '{"ldusage": {"start": "2026-01-02", "end": "2026-03-01"}}' in said
    assert reports[1].final_through == date(2026, 1, 1), "a hole is a hole until its days are loaded by name"
    statuses = {each["status"] for each in runs.state()["days"] if each["first"] < "2026-03-01"}
    assert statuses == {"final", "given_up"}


def test_days_that_are_counted_late_are_fetched_once_they_are(runs: Runs) -> None:
    runs.simulator.switches = Switches(settle_days=0)
    runs.scheduled("11-03", **EXPORT)
    runs.simulator.switches = Switches(settle_days=0, data_through_frozen="2026-11-04T00:00:00Z")
    for n in range(10):
        report = runs.scheduled((day("11-05") + n * DAY).isoformat()[5:], **EXPORT)
    assert day("11-13") in report.commit.days("left")
    assert ranges(report.to_xcom()["days"]["left"]) == [["2026-11-04", "2026-11-13"]]
    assert not (runs.lake / "t" / "usage_date=2026-11-08").exists()
    assert report.final_through == day("10-31"), "what comes late for the days after it is not counted yet"
    runs.simulator.switches = Switches(settle_days=0)
    report = runs.scheduled("11-15", **EXPORT)
    assert set(Window(day("11-04"), day("11-14")).days()) <= set(report.commit.days("written"))
    for at in ("11-16", "11-17", "11-18", "11-19"):
        runs.scheduled(at, **EXPORT)
    assert runs.stale("11-01", "11-15", EXPORT_LOAD) == []


def test_no_look_back_just_after_midnight_stores_each_day_a_day_later(runs: Runs) -> None:
    runs.options = {"lookback": 0}
    runs.simulator.switches = Switches(data_through_lag_hours=2, settle_days=0)
    stored = []
    for n in range(4):
        at = datetime(2026, 11, 10 + n, 0, 30, tzinfo=timezone.utc)
        run = RunWindow(Window(at.date() - DAY, at.date()), "the schedule", scheduled=True, at=at)
        report = runs.run(run, at, **EXPORT)
        assert report.commit.days("left") == [at.date() - DAY]
        stored += report.commit.days("written") + report.commit.days("empty")
    assert stored == [day("11-09"), day("11-10"), day("11-11")]
