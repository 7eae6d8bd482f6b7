"""Every form of a 429, as a task meets it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.testing import Simulator
from tests.operators.waiting import Clock, a_run, task

pytestmark = pytest.mark.airflow


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
