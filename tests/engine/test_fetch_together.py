"""Questions that are asked together make the lake, the refusals and the warnings of questions one after the other."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import requests
from fsspec.implementations.local import LocalFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.windows import RunWindow
from tests.support import day_files

FLAGS = [f"flag-{number:02}" for number in range(12)]
PROJECTS = [f"project-{number}" for number in range(8)]
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
TIMES = {"points": 1_794_355_200_000, "another time": 86_400_000}

# What becomes of a question: statuses of its tries before the answer, or what is wrong with that.
FATES = st.sampled_from(
    (
        *("points", "points", "points", "empty", "gone", "429", "429 429", "500", "500 502", "cut"),
        *("broken", "another time", "403", "500 500 500 500 500 500", "400"),
    )
)


@dataclass
class Account:
    """A session that answers by script, each question after a delay of its own.

    :param fates: of the questions about the first flags; those of all others have points
    """

    fates: list[str]
    seed: int
    tries: Counter[str] = field(default_factory=Counter)
    lock: Any = field(default_factory=threading.Lock)
    adapters: dict[str, Any] = field(default_factory=dict)

    def get(self, url: str, **_: Any) -> requests.Response:
        path = urlsplit(url).path
        name = path.rsplit("/", 1)[1]
        with self.lock:
            self.tries[url] += 1
            number = self.tries[url]
        time.sleep(Random(f"{self.seed} {url} {number}").choice([0.0, 0.0005, 0.002]))
        if "/usage/" in path:
            return self._usage(url, name, number)
        if name == "environments":
            project = path.split("/")[4]
            fate = self._fate(PROJECTS.index(project), number)
            if fate.isdigit() or fate == "gone":
                return response(url, 404 if fate == "gone" else int(fate), {})
            return response(url, 200, {"items": [{"_id": f"{project}-env", "key": "production", "name": fate}]})
        return response(url, 200, self._lists(path, "filter=" in url))

    def _lists(self, path: str, archived: bool) -> Any:
        if path.startswith("/api/v2/flags"):
            return {"items": [{"key": key} for key in (FLAGS[8:] if archived else FLAGS[:8])]}
        if path == "/api/v2/projects":
            return {"items": [{"_id": f"{key}-id", "key": key, "name": key} for key in PROJECTS]}
        return {"accountId": "the account"}

    def _usage(self, url: str, flag: str, number: int) -> requests.Response:
        fate = self._fate(FLAGS.index(flag), number)
        if fate == "cut":
            raise requests.exceptions.ConnectionError("cut off")
        if fate.isdigit() or fate == "gone":
            return response(url, 404 if fate == "gone" else int(fate), {"code": "refused", "message": fate})
        if fate == "broken":
            return response(url, 200, {"series": [{"time": 1}]})
        figures = {str(key): len(flag) + key for key in range(2)}
        points = [] if fate == "empty" else [{"time": TIMES[fate], **figures}]
        return response(url, 200, {"metadata": [{"variation": "a"}, {"variation": flag}], "series": points})

    def _fate(self, index: int, number: int) -> str:
        """What becomes of a try of a question."""
        fate = self.fates[index] if index < len(self.fates) else "points"
        if fate == "cut":
            return "cut" if number == 1 else "points"
        if fate in ("403", "400") or not fate[0].isdigit():
            return fate
        statuses = fate.split()
        return statuses[number - 1] if number <= len(statuses) else "points"


def response(url: str, status: int, body: Any) -> requests.Response:
    made = requests.Response()
    made.status_code, made.url, made.raw = status, url, io.BytesIO(json.dumps(body).encode())
    made.headers["Content-Type"] = "application/json"
    return made


class Warnings(logging.Handler):
    """The texts of warnings, in their order."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def outcome(account: Account, bound: int, **query: Any) -> dict[str, Any]:
    """What a load does: its rows or its refusal, its warnings, and the bytes of the lake."""
    warnings, logger = Warnings(), logging.getLogger("airflow_provider_ldusage")
    config = ClientConfig(token="t", base_url="https://ld.invalid", max_wait=86_400.0, max_in_flight=bound)
    session: Any = account
    logger.addHandler(warnings)
    try:
        with tempfile.TemporaryDirectory() as lake:
            store = open_store(LocalFileSystem(), lake, Path(lake).as_uri())
            run = RunWindow(Window(date(2026, 11, 11), date(2026, 11, 12)), "the test", named=True)
            asked = UsageQuery.build(**query)
            with UsageClient(config, session=session, sleep=lambda _: None, rng=Random(1)) as client:
                try:
                    ended: Any = load(client, asked, run, store, "t", LoadOptions(lookback=0), now=NOW).rows
                except LaunchDarklyUsageError as error:
                    ended = f"{type(error).__name__}: {error}"
            files = day_files(Path(lake)) if Path(lake, "t").exists() else {}
    finally:
        logger.removeHandler(warnings)
    lake_bytes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if "usage_date=" in name}
    return {"ended": ended, "warnings": [text for text in warnings.texts if text], "lake": lake_bytes}


def compare(fates: list[str], seed: int, bound: int, **query: Any) -> dict[str, Any]:
    alone = outcome(Account(fates, seed), 1, **query)
    together = outcome(Account(fates, seed), bound, **query)
    assert together == alone
    assert not [thread for thread in threading.enumerate() if thread.name == "launchdarkly"]
    return together


@settings(max_examples=25, deadline=None)
@given(fates=st.lists(FATES, max_size=12), seed=st.integers(0, 99), bound=st.sampled_from([2, 3, 8]))
def test_flags_together_are_as_one_after_the_other(fates: list[str], seed: int, bound: int) -> None:
    compare(fates, seed, bound, metric="evaluations", project_key="default", environment_key="production")


@settings(max_examples=10, deadline=None)
@given(
    fates=st.lists(st.sampled_from(["points", "gone", "429", "500", "403"]), max_size=8),
    seed=st.integers(0, 99),
    bound=st.sampled_from([2, 8]),
)
def test_environments_together_are_as_one_after_the_other(fates: list[str], seed: int, bound: int) -> None:
    compare(fates, seed, bound, metric="environments")


def test_flags_that_are_gone_are_warned_of_in_their_order() -> None:
    found = compare(
        ["gone", "429", "gone", "500", "points", "gone"],
        1,
        8,
        metric="evaluations",
        project_key="default",
        environment_key="production",
    )
    gone = [text.split("'")[1] for text in found["warnings"] if "is gone" in text]
    assert gone == ["flag-00", "flag-02", "flag-05"] and found["ended"] == 18 and len(found["lake"]) == 1


def test_nothing_is_stored_where_the_last_answer_is_refused() -> None:
    fates = ["points"] * 11 + ["another time"]
    found = compare(fates, 1, 8, metric="evaluations", project_key="default", environment_key="production")
    assert found["ended"].startswith("OtherTimeError") and not found["lake"]
