"""However late its runs come, every day ends as LaunchDarkly reports it once it has settled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.checks import gaps
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine import storing
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import AnswerError, LakeError
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import warnings
from tests.support import Load, columns_of, expected_rows, stored_rows

DAY = timedelta(days=1)
MINUTES = {"metric": "service_connections", "group_by": ["projectId"]}
MAU = {"metric": "total_mau", "group_by": ["projectId"]}
EXPORT = {"metric": "data_export_events", "aggregation_type": "incremental"}


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


class Runs:
    """Runs of a DAG that is scheduled at 03:00 UTC, against one simulated account."""

    def __init__(self, simulator: Simulator, lake: Path) -> None:
        self.simulator, self.lake = simulator, lake
        self.options: dict[str, Any] = {}

    def scheduled(self, at: str, *, now: str | None = None, **query: Any) -> Report:
        """The run of a day at 03:00; ``now``: the later day on which it begins, as a run does that is cleared."""
        instant = datetime.combine(day(at), datetime.min.time(), timezone.utc) + timedelta(hours=3)
        window = Window(day(at) - DAY, day(at))
        return self.run(RunWindow(window, "the schedule", scheduled=True, at=instant), now or at, **query)

    def named(self, first: str, end: str, *, now: str, **query: Any) -> Report:
        return self.run(RunWindow(Window(day(first), day(end)), "the run's conf", named=True), now, **query)

    def manual(self, at: str, **query: Any) -> Report:
        return self.run(RunWindow(Window(day(at) - DAY, day(at)), "the time of the run"), at, **query)

    def backfill(self, at: str, *, now: str, **query: Any) -> Report:
        return self.run(RunWindow(Window(day(at) - DAY, day(at)), "the schedule", backfill=True), now, **query)

    def run(self, run: RunWindow, now: str, **query: Any) -> Report:
        self.simulator.now = datetime.combine(day(now), datetime.min.time(), timezone.utc) + timedelta(hours=3)
        self.simulator.clear_requests()
        connection = self.simulator.connection()
        store = open_store(LocalFileSystem(), str(self.lake), self.lake.as_uri())
        with UsageClient(config_from_connection(connection["host"], connection["password"], {})) as client:
            asked = UsageQuery.build(**(query or MINUTES))
            return load(client, asked, run, store, "t", LoadOptions(**self.options), now=self.simulator.now)

    @property
    def usage_requests(self) -> int:
        return sum("/usage/" in request.path for request in self.simulator.requests)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.lake / "_ldusage" / "state" / "t" / "all.json").read_text())
        return found

    def stale(self, first: str, end: str, load: Load) -> list[date]:
        """The days of which the lake does not hold what LaunchDarkly reports now."""
        columns = columns_of(self.lake, "t")
        stored = stored_rows(self.lake / "t")
        found = []
        for each in Window(day(first), day(end)).days():
            truth = expected_rows(self.simulator, load, each, each + DAY, columns)
            here = {row: n for row, n in stored.items() if datetime_of(row).date() == each}
            found += [each] if dict(truth) != here else []
        return found


def datetime_of(row: Any) -> datetime:
    return datetime.fromtimestamp(dict(row)["time"] / 1000, timezone.utc)


MINUTES_LOAD = Load("service_connections", "service-connections", ("projectId",), aggregation_type="incremental")
MAU_LOAD = Load("total_mau", "total-mau", ("projectId",), aggregation_type="month_to_date")
EXPORT_LOAD = Load("data_export_events", "data-export-events", aggregation_type="incremental")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Simulator(now=datetime(2026, 11, 1, tzinfo=timezone.utc)) as simulator:
        yield Runs(simulator, tmp_path / "lake")


def ranges(found: dict[str, Any]) -> list[list[str]]:
    return found["ranges"]  # type: ignore[no-any-return]


# --- punctual


def test_a_punctual_run_looks_back_three_days_in_one_request_and_no_further(runs: Runs) -> None:
    for at in ("11-10", "11-11", "11-12", "11-13"):
        report = runs.scheduled(at)
        assert report.window == Window(day(at) - 4 * DAY, day(at))
        assert runs.usage_requests == 1
        assert report.final_through == day(at) - 4 * DAY
        assert list(report.open) == [day(at) - n * DAY for n in (3, 2, 1)]


def test_a_punctual_month_to_date_run_asks_once_a_day_and_on_the_fourth_for_the_month_before_once_more(
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


def test_the_state_is_one_small_object_and_an_unchanged_day_is_not_stored_again(runs: Runs) -> None:
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


# --- outages


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


def test_month_to_date_with_a_look_back_of_none_asks_once_and_is_final_all_the_same(runs: Runs) -> None:
    runs.options = {"lookback": 0}
    for n in range(8):
        runs.scheduled((day("11-27") + n * DAY).isoformat()[5:], **MAU)
        assert runs.usage_requests == (2 if n == 7 else 1)
    assert runs.stale("11-01", "12-01", MAU_LOAD) == []


def test_days_of_which_lists_are_asked_for_day_by_day_are_made_up_for_within_a_month(runs: Runs) -> None:
    lists = {"metric": "mau_sdks"}
    runs.scheduled("09-05", **lists)
    report = runs.scheduled("11-20", **lists)
    assert runs.usage_requests == 31
    assert report.given_up == tuple(Window(day("09-02"), day("10-20")).days())
    report = runs.scheduled("11-21", **lists)
    assert runs.usage_requests == 4


def test_what_lies_too_far_back_is_given_up_once_with_the_conf_that_loads_it(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    runs.scheduled("01-05")
    runs.simulator.now = None
    store = open_store(LocalFileSystem(), str(runs.lake), runs.lake.as_uri())
    later = date(2027, 3, 1)
    reports = []
    for n in range(2):
        at = datetime.combine(later + n * DAY, datetime.min.time(), timezone.utc) + timedelta(hours=3)
        runs.simulator.now = at
        connection = runs.simulator.connection()
        run = RunWindow(Window(at.date() - DAY, at.date()), "the schedule", scheduled=True, at=at)
        with UsageClient(config_from_connection(connection["host"], connection["password"], {})) as client:
            reports.append(load(client, UsageQuery.build(**MINUTES), run, store, "t", now=at))
    lost = Window(date(2026, 1, 2), date(2026, 3, 1))
    assert reports[0].given_up == reports[1].given_up == tuple(lost.days())
    (said,) = [message for message in warnings(caplog) if message.startswith("Given up")]
    assert '{"ldusage": {"start": "2026-01-02", "end": "2026-03-01"}}' in said
    assert reports[1].final_through == date(2026, 1, 1), "a hole is a hole until its days are loaded by name"
    statuses = {each["status"] for each in runs.state()["days"] if each["first"] < "2026-03-01"}
    assert statuses == {"final", "given_up"}


# --- what starts it, and what does not


def test_a_backfill_of_one_old_month_does_not_make_the_next_run_fill_the_year_between(runs: Runs) -> None:
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


# --- never at the cost of the run's own days


def test_an_old_day_that_cannot_be_read_costs_neither_the_new_ones_nor_the_others(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    runs.scheduled("11-05")
    poison = day("11-08")

    class Poisoned(UsageClient):
        def download(self, path: str, **how: Any) -> Any:
            params = dict(how.get("params", ()))
            start, end = (int(params[name]) // 1000 for name in ("from", "to")) if "from" in params else (0, 0)
            if start <= datetime.combine(poison, datetime.min.time(), timezone.utc).timestamp() < end:
                raise AnswerError("The answer does not fit the contract.")
            return super().download(path, **how)

    def poisoned(at: str) -> Report:
        runs.simulator.now = datetime.combine(day(at), datetime.min.time(), timezone.utc) + timedelta(hours=3)
        connection = runs.simulator.connection()
        run = RunWindow(Window(day(at) - DAY, day(at)), "the schedule", scheduled=True, at=runs.simulator.now)
        store = open_store(LocalFileSystem(), str(runs.lake), runs.lake.as_uri())
        with Poisoned(config_from_connection(connection["host"], connection["password"], {})) as client:
            return load(client, UsageQuery.build(**MINUTES), run, store, "t", now=run.at)

    report = poisoned("11-20")
    assert set(report.commit.days("written")) == set(Window(day("11-05"), day("11-20")).days()) - {poison}
    assert report.refused == (poison,)
    assert ranges(report.to_xcom()["refused"]) == [["2026-11-08", "2026-11-08"]]
    assert ranges(report.to_xcom()["open"]) == [["2026-11-08", "2026-11-08"], ["2026-11-17", "2026-11-19"]]
    assert report.final_through == day("11-07")
    (said,) = [message for message in warnings(caplog) if message.startswith("Older days")]
    assert "2026-11-08" in said and "does not fit the contract" in said
    runs.simulator.clear_requests()
    report = poisoned("11-21")
    assert report.refused == (poison,)
    assert runs.usage_requests == 1, "the day that is refused is tried by itself, which does not reach the simulator"
    runs.scheduled("11-22")
    assert runs.stale("11-01", "11-19", MINUTES_LOAD) == []


@pytest.mark.parametrize("status", [400, 500, 404])
def test_days_beyond_retention_are_refused_by_day_and_the_rest_is_stored(
    runs: Runs, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_ldusage.api.retry.MAX_TROUBLE_RETRIES", 0)
    runs.scheduled("11-05")
    before = (runs.lake / "t" / "usage_date=2026-11-02" / "all.parquet").read_bytes()
    connection = runs.simulator.connection()
    beyond = datetime(2026, 11, 9, tzinfo=timezone.utc).timestamp()

    class Forgetful(UsageClient):
        def download(self, path: str, **how: Any) -> Any:
            if "params" in how and int(dict(how["params"])["from"]) // 1000 < beyond:
                runs.simulator.fail(status, path="service-connections")
            return super().download(path, **how)

    runs.simulator.now = datetime(2026, 11, 20, 3, tzinfo=timezone.utc)
    run = RunWindow(Window(day("11-19"), day("11-20")), "the schedule", scheduled=True, at=runs.simulator.now)
    store = open_store(LocalFileSystem(), str(runs.lake), runs.lake.as_uri())
    with Forgetful(config_from_connection(connection["host"], connection["password"], {})) as client:
        report = load(client, UsageQuery.build(**MINUTES), run, store, "t", now=run.at)
    assert set(Window(day("11-09"), day("11-20")).days()) <= set(report.commit.days("written"))
    assert set(report.refused) == set(Window(day("11-02"), day("11-09")).days())
    assert (runs.lake / "t" / "usage_date=2026-11-02" / "all.parquet").read_bytes() == before


def test_on_empty_fail_of_an_old_day_refuses_that_day_alone(runs: Runs) -> None:
    runs.scheduled("11-05")
    runs.scheduled("11-06")
    runs.options = {"on_empty": "fail"}
    runs.simulator.switches = Switches(retention_days=7)
    report = runs.scheduled("11-15")
    assert set(Window(day("11-08"), day("11-15")).days()) <= set(report.commit.days("written"))
    assert report.refused and max(report.refused) < day("11-08")
    with pytest.raises(LakeError, match="on_empty"):
        runs.named("11-03", "11-05", now="11-15")


def test_a_limit_on_requests_is_one_for_the_own_days_and_one_for_older_ones(runs: Runs) -> None:
    lists = {"metric": "mau_sdks"}
    runs.options = {"max_requests": 5}
    runs.scheduled("11-05", **lists)
    report = runs.scheduled("11-20", **lists)
    assert runs.usage_requests == 9
    assert report.commit.days("written") == list(Window(day("11-11"), day("11-20")).days())
    assert not report.refused and len(report.open) == 3 + 9
    for n in range(4):
        report = runs.scheduled((day("11-21") + n * DAY).isoformat()[5:], **lists)
    assert ranges(report.to_xcom()["open"]) == [["2026-11-21", "2026-11-23"]], "a few days later it has caught up"


def test_days_that_are_refused_do_not_keep_others_waiting_whatever_their_number(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty days that cannot be loaded lie before those that can."""
    runs.scheduled("08-05")
    ask, asked = storing.Storing.ask, []
    bad = set(Window(day("10-13"), day("11-02")).days())

    def refusing(self: Any, part: Any) -> Any:
        asked.append(part.window)
        if bad & set(part.window.days()):
            raise AnswerError("The answer does not fit the contract.")
        return ask(self, part)

    monkeypatch.setattr(storing.Storing, "ask", refusing)
    took = []
    for n in range(8):
        asked.clear()
        report = runs.scheduled((day("11-06") + n * DAY).isoformat()[5:])
        took.append(len(asked))
    assert set(report.refused) == bad
    assert set(report.open) - bad == {day("11-12") - n * DAY for n in range(3)}
    assert took[-1] <= 1 + 4, "once they are known, few of them are tried again each time"
    monkeypatch.undo()
    report = runs.scheduled("11-14")
    assert not report.refused, "once they can be loaded, all of them are, at once"
    assert set(report.commit.outcomes) >= bad


@pytest.mark.parametrize("error", [OverflowError("odd"), KeyError("odd"), AssertionError()], ids=repr)
def test_whatever_goes_wrong_with_older_days_the_load_succeeds(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    runs.scheduled("11-05")
    ask = storing.Storing.ask

    def failing(self: Any, part: Any) -> Any:
        if part.window.start < day("11-10"):
            raise error
        return ask(self, part)

    monkeypatch.setattr(storing.Storing, "ask", failing)
    report = runs.scheduled("11-20")
    assert set(Window(day("11-10"), day("11-20")).days()) <= set(report.commit.days("written"))
    assert type(error).__name__ in str(runs.state()) or report.refused


def test_a_task_that_is_killed_while_it_goes_back_has_not_loaded_its_own_days_in_vain(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.scheduled("11-05")
    ask = storing.Storing.ask

    def killed(self: Any, part: Any) -> Any:
        if part.window.start < day("11-10"):
            raise KeyboardInterrupt
        return ask(self, part)

    monkeypatch.setattr(storing.Storing, "ask", killed)
    with pytest.raises(KeyboardInterrupt):
        runs.scheduled("11-20")
    monkeypatch.undo()
    runs.scheduled("11-24")
    assert runs.usage_requests == 3, "its own days, those that were young then, and those that are still missing"
    assert runs.state()["days"][-1]["status"] == "open"
    assert runs.stale("11-01", "11-20", MINUTES_LOAD) == []


def test_a_finding_in_older_days_does_not_fail_the_load(
    runs: Runs, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "EVIDENCE", 1)
    runs.options = {"checks": {"gaps": "fail"}}
    runs.simulator.switches = Switches(settle_days=0)
    runs.scheduled("11-05")
    whole = {"metadata": [{"projectId": "p"}], "series": [
        {"time": int(datetime(2026, 11, n, tzinfo=timezone.utc).timestamp() * 1000), "0": 1.0} for n in (5, 6, 8, 9)
    ]}  # fmt: skip
    ask = UsageClient.download
    answers = iter([None, whole])

    def second(self: Any, path: str, **how: Any) -> Any:
        if path.startswith("/api/v2/usage/") and next(answers, None):
            runs.simulator.fail(200, body=whole, path="service-connections")
        return ask(self, path, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UsageClient, "download", second)
        runs.scheduled("11-20")
    assert any("gaps" in said and "2026-11-07" in said for said in warnings(caplog))


# --- data export


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


def test_a_look_back_of_none_at_half_past_midnight_stores_every_day_a_day_later(runs: Runs) -> None:
    runs.options = {"lookback": 0}
    runs.simulator.switches = Switches(data_through_lag_hours=2, settle_days=0)
    stored = []
    for n in range(4):
        at = datetime(2026, 11, 10 + n, 0, 30, tzinfo=timezone.utc)
        runs.simulator.now = at
        run = RunWindow(Window(at.date() - DAY, at.date()), "the schedule", scheduled=True, at=at)
        store = open_store(LocalFileSystem(), str(runs.lake), runs.lake.as_uri())
        connection = runs.simulator.connection()
        with UsageClient(config_from_connection(connection["host"], connection["password"], {})) as client:
            report = load(client, UsageQuery.build(**EXPORT), run, store, "t", LoadOptions(**runs.options), now=at)
        assert report.commit.days("left") == [at.date() - DAY]
        stored += report.commit.days("written") + report.commit.days("empty")
    assert stored == [day("11-09"), day("11-10"), day("11-11")]


# --- the state itself


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
