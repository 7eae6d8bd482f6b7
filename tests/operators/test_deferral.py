"""A long rate limit: a deferrable task gives its slot back and loads the same; any other waits, within max_wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.serde import deserialize, serialize

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.operators import deferral
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow

pytestmark = pytest.mark.airflow

TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)


class Clock:
    """Time that passes when a client waits, and no other."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return datetime.now(timezone.utc).timestamp() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.ahead += seconds


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    made = UsageClient.__init__
    monkeypatch.setattr(
        UsageClient, "__init__", lambda self, config: made(self, config, sleep=clock.sleep, clock=clock)
    )
    return clock


@pytest.fixture
def connect(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_extra(**extra: Any) -> None:
        connection = {**simulator.connection(), "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(connection))

    set_extra()
    return set_extra


def task(tmp_path: Path, **arguments: Any) -> LaunchDarklyUsageOperator:
    what = {"metric": "vega_ai", "destination": (tmp_path / "lake").as_uri(), "deferrable": True}
    return LaunchDarklyUsageOperator(task_id="load", **{**what, **arguments})


def a_run(run_after: datetime | None = None) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(conf=None, run_after=run_after or datetime.now(timezone.utc))}


def deferred(operator: LaunchDarklyUsageOperator, **kept: Any) -> TaskDeferred:
    """The deferral that an execution, or a resumption with what was kept, ends in."""
    with pytest.raises(TaskDeferred) as caught:
        operator.resume(a_run(), **kept) if kept else operator.execute(a_run())
    return caught.value


def passed_through_airflow(found: TaskDeferred) -> dict[str, Any]:
    """The keyword arguments of a deferral as they come back from Airflow's database, with the trigger's event."""
    stored = json.loads(json.dumps(serialize(found.kwargs)))
    return {**deserialize(stored), "event": datetime.now(timezone.utc)}  # type: ignore[dict-item]


def limited(simulator: Simulator, seconds: float = 120, **more: Any) -> None:
    simulator.fail(429, headers={"Retry-After": str(seconds)}, path="vega-ai", **more)


def figures(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in ("uri", "requests")}


def test_a_long_wait_is_deferred_with_airflows_own_trigger(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator)
    found = deferred(task(tmp_path))
    path, kwargs = found.trigger.serialize()
    assert path == "airflow.providers.standard.triggers.temporal.DateTimeTrigger"
    assert 118 <= (kwargs["moment"] - datetime.now(timezone.utc)).total_seconds() <= 122
    assert found.method_name == "resume" and not clock.waits


def test_a_resumed_task_loads_what_an_undisturbed_one_loads(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    undisturbed = task(tmp_path / "a").execute(a_run())
    limited(simulator)
    found = deferred(task(tmp_path / "b"))
    resumed = task(tmp_path / "b").resume(a_run(), **passed_through_airflow(found))
    assert figures(resumed) == figures(undisturbed)
    days = [sorted((tmp_path / side / "lake").rglob("*.parquet")) for side in "ab"]
    assert len(days[0]) == len(days[1]) == 4
    assert [path.read_bytes() for path in days[0]] == [path.read_bytes() for path in days[1]]


def test_nothing_secret_is_kept(tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any) -> None:
    limited(simulator)
    found = deferred(task(tmp_path))
    kept = json.dumps([serialize(found.kwargs), [str(part) for part in found.trigger.serialize()]])
    assert simulator.token not in kept and simulator.url not in kept
    assert set(found.kwargs["attempt"]) == {"run", "now", "waited", "deferrals"}


def test_the_window_and_what_counts_as_closed_stay_when_midnight_passes(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    """As if the task had been deferred for two days: the days stay, whatever templates and the clock say now."""
    limited(simulator)
    found = passed_through_airflow(deferred(task(tmp_path, start=str((TODAY - DAY).date()), end=str(TODAY.date()))))
    then = TODAY - 2 * DAY
    found["attempt"]["now"] = then.isoformat()
    found["attempt"]["run"]["window"] = [str((then - DAY).date()), str((then + DAY).date())]
    report = task(tmp_path, start="2020-01-01", end="2020-01-02").resume(a_run(), **found)
    assert report["window"] == [str((then - DAY).date()), str(then.date())]


def test_a_list_without_history_is_stored_under_the_day_it_was_seen(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    run = RunWindow(Window((TODAY - DAY).date(), TODAY.date()), "the schedule", scheduled=True, at=TODAY)
    attempt = {"run": run.to_json(), "waited": 0, "deferrals": 1, "now": (TODAY - DAY).isoformat()}
    before = datetime.now(timezone.utc)
    report = task(tmp_path, metric="sdk_versions_all").resume(a_run(), attempt=attempt)
    days = {moment.date() for moment in (before, datetime.now(timezone.utc))}
    assert report["window"] in [[str(day), str(day + DAY)] for day in days]


def test_short_waits_are_waited_in_place(tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any) -> None:
    limited(simulator, deferral.DEFER_FROM - 2)
    assert task(tmp_path).execute(a_run())["rows"] > 0
    assert len(clock.waits) == 1 and 58 <= clock.waits[0] < 60


def test_a_task_that_is_not_deferrable_waits_in_place(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator)
    assert task(tmp_path, deferrable=False).execute(a_run())["rows"] > 0
    assert len(clock.waits) == 1 and 120 <= clock.waits[0] <= 122


def test_max_wait_is_for_all_executions_together(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator, times=3)
    found = deferred(task(tmp_path))
    assert 120 <= found.kwargs["attempt"]["waited"] <= 122
    found = deferred(task(tmp_path), **passed_through_airflow(found))
    assert 240 <= found.kwargs["attempt"]["waited"] <= 244 and found.kwargs["attempt"]["deferrals"] == 2
    with pytest.raises(exceptions.RateLimitedError, match=r"has waited 24\d\.\d s .* max_wait allows 300.0 s"):
        task(tmp_path).resume(a_run(), **passed_through_airflow(found))
    assert not clock.waits


def test_waits_in_place_before_a_deferral_count_too(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator, 30)
    limited(simulator, 90)
    found = deferred(task(tmp_path))
    assert len(clock.waits) == 1 and 120 <= found.kwargs["attempt"]["waited"] <= 124


def test_a_wait_beyond_max_wait_fails_at_once_deferrable_or_not(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator, 3600, times=2)
    for deferrable in (True, False):
        with pytest.raises(exceptions.RateLimitedError, match="would need 360"):
            task(tmp_path, deferrable=deferrable).execute(a_run())
    assert not clock.waits


def test_a_load_that_exhausts_the_limit_itself_comes_to_an_end(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    """A resumed task asks for everything anew, and so would meet the same limit for ever."""
    connect(max_wait=86_400)
    limited(simulator, times=deferral.MOST_DEFERRALS + 1)
    found = deferred(task(tmp_path))
    for _ in range(deferral.MOST_DEFERRALS - 1):
        found = deferred(task(tmp_path), **passed_through_airflow(found))
    assert task(tmp_path).resume(a_run(), **passed_through_airflow(found))["rows"] > 0
    assert len(clock.waits) == 1


def test_without_what_was_kept_a_resumed_task_waits_in_place(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    """``airflow dags test`` hands back the trigger's event alone."""
    limited(simulator)
    assert task(tmp_path).resume(a_run(), event=datetime.now(timezone.utc))["rows"] > 0
    assert len(clock.waits) == 1


def test_the_default_is_airflows_own_setting(tmp_path: Path) -> None:
    assert LaunchDarklyUsageOperator(task_id="load", destination="x").deferrable is False


IN_40_S = {
    "global": {"X-Ratelimit-Global-Limit": "5", "X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Reset": "{reset}"},
    "route": {"X-Ratelimit-Route-Limit": "5", "X-Ratelimit-Route-Remaining": "0", "X-Ratelimit-Reset": "{reset}"},
    "token": {"X-Ratelimit-Auth-Token-Remaining": "0", "X-Ratelimit-Auth-Token-Reset": "{reset}"},
    "token's reset, while the account's is later": {
        "X-Ratelimit-Global-Remaining": "3", "X-Ratelimit-Route-Remaining": "3", "X-Ratelimit-Reset": "{later}",
        "X-Ratelimit-Auth-Token-Remaining": "0", "X-Ratelimit-Auth-Token-Reset": "{reset}",
    },
    "seconds": {"Retry-After": "40"},
    "a date": {"Retry-After": "{date}"},
    "a date by a clock that is two hours off": {"Retry-After": "{skewed_date}", "Date": "{skewed}"},
    "a reset by a clock that is two hours off": {"X-Ratelimit-Reset": "{skewed_reset}", "Date": "{skewed}"},
}  # fmt: skip
NONSENSE = {
    "past": {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Reset": "1000"},
    "seconds where milliseconds are due": {"X-Ratelimit-Reset": "{seconds}"},
    "overflowing": {"X-Ratelimit-Reset": "9" * 40, "Retry-After": "9" * 40},
    "no numbers": {"X-Ratelimit-Global-Remaining": "none", "X-Ratelimit-Reset": "soon", "Retry-After": "-5"},
    "no headers": {},
}


def told(headers: dict[str, str]) -> dict[str, str]:
    now = datetime.now(timezone.utc).replace(microsecond=0)
    skewed = now - timedelta(hours=2)
    values = {
        "reset": _ms(now, 40), "later": _ms(now, 55), "date": _date(now, 40), "skewed": _date(skewed, 0),
        "skewed_date": _date(skewed, 40), "skewed_reset": _ms(skewed, 40), "seconds": _ms(now, 40)[:-3],
    }  # fmt: skip
    return {name: value.format(**values) for name, value in headers.items()}


def _ms(moment: datetime, seconds: int) -> str:
    return str(int((moment.timestamp() + seconds) * 1000))


def _date(moment: datetime, seconds: int) -> str:
    return format_datetime(moment + timedelta(seconds=seconds), usegmt=True)


def without_date(monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]) -> None:
    """The simulator's server writes a Date of its own before one that is scripted."""
    if "Date" in headers:
        from airflow_provider_ldusage.testing.server import http_server as server

        monkeypatch.setattr(server._Handler, "date_time_string", lambda self, timestamp=None: headers["Date"])


@pytest.mark.parametrize("form", IN_40_S)
def test_every_form_of_a_429_is_waited_out_by_a_task(
    form: str, tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = told(IN_40_S[form])
    without_date(monkeypatch, headers)
    simulator.fail(429, headers=headers, path="vega-ai")
    assert task(tmp_path, deferrable=False).execute(a_run())["rows"] > 0  # with its jitter, 40 s may be a deferral's 60
    assert len(clock.waits) == 1 and 38.5 <= clock.waits[0] <= 61.5


@pytest.mark.parametrize("form", NONSENSE)
def test_a_429_without_a_usable_time_is_waited_out_in_seconds(
    form: str, tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    simulator.fail(429, headers=told(NONSENSE[form]), path="vega-ai", times=3)
    assert task(tmp_path).execute(a_run())["rows"] > 0
    assert [low <= wait <= 2 * low for low, wait in zip((1, 2, 4), clock.waits, strict=True)] == [True] * 3


@pytest.mark.parametrize("form", [*IN_40_S, *NONSENSE])
def test_a_429_that_never_ends_fails_within_max_wait(
    form: str, tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(max_wait=100)
    headers = told({**IN_40_S, **NONSENSE}[form])
    without_date(monkeypatch, headers)
    simulator.fail(429, headers=headers, path="vega-ai", times=1000)
    with pytest.raises(exceptions.RateLimitedError, match=r"max_wait allows 100\.0 s"):
        task(tmp_path, deferrable=False).execute(a_run())
    assert sum(clock.waits) <= 100 and len(simulator.requests) < 20
    assert not list((tmp_path / "lake").rglob("*.parquet"))
