"""Older days that are still open are loaded, never at the cost of the run's own days."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.checks import gaps
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine import storing
from airflow_provider_ldusage.exceptions import AnswerError, LakeError
from airflow_provider_ldusage.testing import Switches
from tests.loading import warnings
from tests.scenarios.runs import DAY, MINUTES, MINUTES_LOAD, Runs, day, ranges


def test_an_old_day_that_cannot_be_read_costs_no_other_day(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    runs.scheduled("11-05")
    poison = day("11-08")

    class Poisoned(UsageClient):
        def download(self, path: str, **how: Any) -> Any:
            params = dict(how.get("params", ()))
            start, end = (int(params[name]) // 1000 for name in ("from", "to")) if "from" in params else (0, 0)
            if start <= datetime.combine(poison, datetime.min.time(), timezone.utc).timestamp() < end:
                raise AnswerError("The answer does not fit the contract.")
            return super().download(path, **how)

    report = runs.scheduled("11-20", client=Poisoned, **MINUTES)
    assert set(report.commit.days("written")) == set(Window(day("11-05"), day("11-20")).days()) - {poison}
    assert report.refused == (poison,)
    assert ranges(report.to_xcom()["refused"]) == [["2026-11-08", "2026-11-08"]]
    assert ranges(report.to_xcom()["open"]) == [["2026-11-08", "2026-11-08"], ["2026-11-17", "2026-11-19"]]
    assert report.final_through == day("11-07")
    (said,) = [message for message in warnings(caplog) if message.startswith("Older days")]
    assert "2026-11-08" in said and "does not fit the contract" in said
    report = runs.scheduled("11-21", client=Poisoned, **MINUTES)
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
    beyond = datetime(2026, 11, 9, tzinfo=timezone.utc).timestamp()

    class Forgetful(UsageClient):
        def download(self, path: str, **how: Any) -> Any:
            if "params" in how and int(dict(how["params"])["from"]) // 1000 < beyond:
                runs.simulator.fail(status, path="service-connections")
            return super().download(path, **how)

    report = runs.scheduled("11-20", client=Forgetful, **MINUTES)
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


def test_own_days_and_older_ones_have_a_limit_on_requests_each(runs: Runs) -> None:
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


def test_refused_days_do_not_keep_others_waiting_whatever_their_number(
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


def test_a_task_that_is_killed_while_it_goes_back_has_its_own_days_stored(
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
