"""Each fault as a function: bring it about so often, with a reader watching, then let the lake recover."""

from __future__ import annotations

import gzip
import json
import random
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any

from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, StoreError
from airflow_provider_ldusage.testing import Simulator
from tests.reliability.harness import NOW, Outcome, Scene, reading, scene, victims

USAGE = "/usage/service-connections"


def killed(tries: int, lake: Path) -> Outcome:
    """SIGKILL at a random moment of a task that rewrites thirty days."""
    chance = random.Random(7)
    with scene("SIGKILL at a random moment of a 30-day rewrite", lake) as on, victims() as run:
        on.move_on()
        whole = run(on.task(delay=None))["seconds"]
        died = 0
        with reading(on):
            for _ in range(tries):
                on.move_on(timedelta(minutes=30))
                died += run(on.task(delay=chance.uniform(0, whole * 1.1)))["killed"]
        on.outcome.tried, on.outcome.note = tries, f"{died} died before they had finished"
        on.converge()
        return on.outcome


def full_disk(tries: int, lake: Path) -> Outcome:
    """The kernel refuses to write more of a file, as a full disk or a quota does."""
    chance = random.Random(11)
    with scene("no space left while a day file is written", lake) as on:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            for _ in range(tries):
                on.move_on()
                resource.setrlimit(resource.RLIMIT_FSIZE, (chance.choice((0, 200, 512, 1500)), hard))
                try:
                    _expect_failure(on)
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                on.look()
        finally:
            signal.signal(signal.SIGXFSZ, before)
        on.outcome.tried = tries
        on.converge()
        return on.outcome


def store_fails(tries: int, lake: Path) -> Outcome:
    """Every n-th write of the store fails."""
    from airflow_provider_ldusage.lake.local import LocalStore

    put, calls = LocalStore.put, 0
    with scene("a store that fails every n-th PUT", lake) as on:
        try:
            for turn in range(tries):
                on.move_on()
                every = 2 + turn % 9

                def failing(self: LocalStore, name: str, data: bytes, every: int = every) -> None:
                    nonlocal calls
                    calls += 1
                    if calls % every == 0:
                        raise StoreError(f"Cannot write {self.uri}/{name}: 503 Slow Down")
                    put(self, name, data)

                LocalStore.put = failing  # type: ignore[method-assign]
                with reading(on):
                    _expect_failure(on)
        finally:
            LocalStore.put = put  # type: ignore[method-assign]
        on.outcome.tried = tries
        on.converge()
        return on.outcome


def two_at_once(tries: int, lake: Path) -> Outcome:
    """Two runs of one task, in two processes, at the same time."""
    with scene("two runs of one task at once", lake) as on, victims() as one, victims() as other:
        with reading(on), ThreadPoolExecutor(2) as pool:
            for _ in range(tries):
                on.move_on()
                done = list(pool.map(lambda run: run(on.task(delay=None)), (one, other)))
                assert [answer["code"] for answer in done] == [0, 0]
        on.outcome.tried = tries
        on.converge()
        return on.outcome


def cleared(tries: int, lake: Path) -> Outcome:
    """A cleared task, or a retry after success: the same window again."""
    with scene("a cleared task runs again", lake) as on:
        on.move_on()
        with reading(on):
            for _ in range(tries):
                on.load()
        on.outcome.tried = tries
        on.converge()
        return on.outcome


# --- LaunchDarkly's faults


def _later(seconds: float) -> str:
    return str(int((time.time() + seconds) * 1000))


LIMITS: dict[str, Callable[[], dict[str, str]]] = {
    "429: global window": lambda: {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Reset": _later(5)},
    "429: route window": lambda: {"X-Ratelimit-Route-Remaining": "0", "X-Ratelimit-Reset": _later(5)},
    "429: token window": lambda: {"X-Ratelimit-Auth-Token-Remaining": "0", "X-Ratelimit-Auth-Token-Reset": _later(5)},
    "429: Retry-After in seconds": lambda: {"Retry-After": "7"},
    "429: Retry-After as a date": lambda: {"Retry-After": formatdate(time.time() + 7, usegmt=True)},
    "429: reset in the past, by a clock that is behind": lambda: {"X-Ratelimit-Reset": _later(-3600)},
    "429: malformed headers": lambda: {"X-Ratelimit-Reset": "soon", "Retry-After": "1e999", "Date": "yesterday"},
    "429: no headers at all": dict,
}


@dataclass(frozen=True)
class Trouble:
    """A scripted answer: arguments of ``Simulator.fail``; ``fails``: whether the task fails with an error of ours."""

    script: Callable[[Scene], dict[str, Any]]
    fails: bool


def _page(on: Scene, link: str) -> dict[str, Any]:
    return {"status": 200, "body": {"items": [], "_links": {"next": {"href": link}}}, "path": "/api/v2/projects"}


TROUBLES: dict[str, Trouble] = {
    "5xx burst, then well": Trouble(lambda _: {"status": 503, "times": 3}, False),
    "5xx without end": Trouble(lambda _: {"status": 500, "times": 99}, True),
    "connection dropped without an answer": Trouble(lambda _: {"status": None, "cut": -1, "times": 2}, False),
    "body cut off": Trouble(lambda _: {"status": None, "cut": 200, "times": 2}, False),
    "hang beyond the timeout": Trouble(lambda _: {"status": None, "delay": 1.5, "times": 1}, False),
    "a proxy's page with status 200": Trouble(lambda _: {"status": 200, "body": b"<html>Sign in</html>"}, True),
    "JSON of another shape": Trouble(lambda _: {"status": 200, "body": {"series": {"0": 1}}}, True),
    "truncated JSON, complete by its length": Trouble(
        lambda _: {"status": 200, "body": b'{"metadata": [{}], "series": [{"time": 17'}, True
    ),
    "gzip bomb": Trouble(
        lambda _: {
            "status": 200,
            "headers": {"Content-Encoding": "gzip", "Content-Type": "application/json"},
            "body": gzip.compress(b"[" + b" " * (64 * 1024 * 1024), 1),
        },
        True,
    ),
    "redirect to another host": Trouble(
        lambda on: {"status": 302, "headers": {"Location": on.trap.url + "/api/v2" + USAGE}}, True
    ),
    "not in the plan (403)": Trouble(lambda _: {"status": 403, "body": {"code": "forbidden", "message": "no"}}, True),
    "gone (404)": Trouble(lambda _: {"status": 404, "body": {"code": "not_found", "message": "no"}}, True),
    "empty where there was data": Trouble(lambda _: {"status": 200, "body": {"metadata": [], "series": []}}, False),
    "figures of another range": Trouble(
        lambda _: {"status": 200, "body": {"metadata": [{}], "series": [{"time": 1700000000, "0": 1}]}}, True
    ),
    "a grouping ignored in silence": Trouble(
        lambda on: {"status": 200, "body": _ungrouped(on)}, True
    ),
}  # fmt: skip

PAGES: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "endless paging": lambda on: _page(on, "/api/v2/projects?limit=100&offset=0"),
    "paging link to another host": lambda on: _page(on, on.trap.url + "/api/v2/projects"),
}


def _ungrouped(on: Scene) -> dict[str, Any]:
    day = int(NOW.timestamp() // 86400 * 86400 - 5 * 86400) * 1000
    return {"metadata": [{}], "series": [{"time": day, "0": 1.0}]}


def _expect_failure(on: Scene, **more: Any) -> None:
    try:
        on.load(**more)
    except LaunchDarklyUsageError:
        return
    raise AssertionError(f"{on.outcome.fault}: the load went on")


def quick(on: Scene) -> dict[str, Any]:
    """Client arguments for which waiting takes no time, by a clock of their own."""
    clock = [time.time()]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    return {"sleep": sleep, "clock": lambda: clock[0]}


def limited(name: str, tries: int, lake: Path) -> Outcome:
    with scene(name, lake) as on:
        for _ in range(tries):
            on.move_on()
            on.simulator.fail(429, headers=LIMITS[name](), times=2, path=USAGE)
            on.load(client=quick(on), extra={"max_wait": 86400})
            on.look()
        on.outcome.tried = tries
        on.converge()
        return on.outcome


def troubled(name: str, tries: int, lake: Path) -> Outcome:
    trouble = TROUBLES[name]
    with scene(name, lake) as on:
        for _ in range(tries):
            on.move_on()
            on.simulator.fail(**{"path": USAGE, **trouble.script(on)})
            extra = {"timeout": 1} if name.startswith("hang") else {"max_answer_mb": 16}
            if trouble.fails:
                _expect_failure(on, client=quick(on), extra=extra)
            else:
                on.load(client=quick(on), extra=extra)
            on.simulator.clear_faults()
            on.look()
        on.outcome.tried = tries
        on.converge()
        return on.outcome


def paged(name: str, tries: int, lake: Path) -> Outcome:
    with scene(name, lake) as on:
        for _ in range(tries):
            on.simulator.fail(**{**PAGES[name](on), "times": 99})
            projects = {"query": {"metric": "projects"}, "destination": str(lake) + "-projects"}
            today = {"start": NOW.date().isoformat(), "end": (NOW.date() + timedelta(days=1)).isoformat()}
            _expect_failure(on, client=quick(on), **projects, **today)
            on.simulator.clear_faults()
        on.outcome.tried = tries
        on.converge()
        return on.outcome


def another_account(tries: int, lake: Path) -> Outcome:
    """Another account's token on a table that is there."""
    with scene("another account's token", lake) as on, Simulator(now=NOW, account_id="another") as other:
        for _ in range(tries):
            _expect_failure(on, connection=other.connection())
            on.look()
        on.outcome.tried = tries
        on.converge()
        return on.outcome


# name: how often the full table tries it, and how
FAULTS: dict[str, tuple[int, Callable[[int, Path], Outcome]]] = {
    "killed": (500, killed),
    "full disk": (40, full_disk),
    "failing store": (40, store_fails),
    "two at once": (40, two_at_once),
    "cleared": (40, cleared),
    "another account": (10, another_account),
    **{name: (10, lambda tries, lake, name=name: limited(name, tries, lake)) for name in LIMITS},  # type: ignore[misc]
    **{name: (10, lambda tries, lake, name=name: troubled(name, tries, lake)) for name in TROUBLES},  # type: ignore[misc]
    **{name: (10, lambda tries, lake, name=name: paged(name, tries, lake)) for name in PAGES},  # type: ignore[misc]
}


def as_json(outcome: Outcome) -> str:
    return json.dumps(outcome.__dict__)
