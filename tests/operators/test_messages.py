"""What a user reads when a task fails: the cause and what to do first, the request or place last, and no secret."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.operators.errors import LINE
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("clock")]

IN_SIGHT = 200
"""Characters within which the remedy begins: two lines of a log."""
LONG = "x" * 400
FLAG = {"metric": "evaluations", "project_key": "default", "environment_key": "production"}
DAYS = {"start": "2026-11-01", "end": "2026-11-04"}

Arrange = Callable[[Simulator, pytest.MonkeyPatch], object]


def fails(status: int | None, body: Any = None, **answer: Any) -> Arrange:
    def arrange(simulator: Simulator, patch: pytest.MonkeyPatch) -> None:
        said = body and json.loads(json.dumps(body).replace("TOKEN", simulator.token))
        simulator.fail(status, body=said, times=50, **answer)

    return arrange


def connection(**fields: Any) -> Arrange:
    def arrange(simulator: Simulator, patch: pytest.MonkeyPatch) -> None:
        made = {**simulator.connection(), **fields}
        patch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(made))

    return arrange


def nothing(simulator: Simulator, patch: pytest.MonkeyPatch) -> None:
    """The simulator as it is."""


LONG_WORDS = {"code": "some_code", "message": f"You sent TOKEN. {'Many words. ' * 60}"}
WAYS: dict[str, tuple[str, Arrange, dict[str, Any]]] = {
    # LaunchDarkly's answers
    "bad request": ("RequestRefusedError", fails(400, body=LONG_WORDS), {}),
    "bad token": ("UnauthorizedError", fails(401), {}),
    "not in the plan": ("ForbiddenError", fails(403, body=LONG_WORDS), {}),
    "blocked by a proxy": ("ForbiddenError", fails(403, body=f"<html>{LONG}"), {}),
    "no such thing": ("NotFoundError", fails(404), {}),
    "no such flag": ("NotFoundError", nothing, {**FLAG, "feature_flag_key": "gone-for-good"}),
    "no such project": ("NotFoundError", nothing, {**FLAG, "project_key": "No such project"}),
    "conflict": ("RequestRefusedError", fails(409, {"code": "conflict", "message": "Busy"}), {}),
    "usage of no project": (
        "DataExportIdentityError",
        fails(409, body={"code": "data_export_project_identity_incomplete", "message": "x"}),
        {},
    ),
    "redirect": ("RequestRefusedError", fails(302, headers={"Location": "https://sso.example/x"}), {}),
    "proxy wants a password": ("ConnectionConfigError", fails(407), {}),
    "too many requests": ("RateLimitedError", fails(429, body=LONG_WORDS), {}),
    "server error": ("ServerTroubleError", fails(503, body=LONG_WORDS), {}),
    "no answer": ("ServerTroubleError", fails(None, cut=-1), {}),
    "a login page": ("AnswerError", fails(200, body=f"<html>{LONG}"), {}),
    "other JSON": ("AnswerError", fails(200, body={"items": [LONG]}, path="usage"), {}),
    "an odd point": ("AnswerError", fails(200, {"metadata": [], "series": [{LONG: LONG}]}, path="usage"), {}),
    # the connection
    "an SDK key": ("ConnectionConfigError", connection(password="sdk-0123hush4567"), {}),
    "no token": ("ConnectionConfigError", connection(password=""), {}),
    "a path in the host": ("ConnectionConfigError", connection(host=f"https://app.launchdarkly.com/{LONG}"), {}),
    "an unknown instance": ("ConnectionConfigError", connection(host="", extra={"instance": "fedral"}), {}),
    "no connection": ("ConnectionConfigError", nothing, {"launchdarkly_conn_id": "launchdarkly_defualt"}),
    # arguments
    "metric": ("UsageArgumentError", nothing, {"metric": "total_maus"}),
    "a long metric": ("UsageArgumentError", nothing, {"metric": LONG}),
    "group_by": ("UsageArgumentError", nothing, {"group_by": ["project_id"]}),
    "filter": ("UsageArgumentError", nothing, {"filters": {"projectkey": ["a"]}}),
    "filters of another kind": ("UsageArgumentError", nothing, {"filters": [LONG]}),
    "aggregation": ("UsageArgumentError", nothing, {"aggregation_type": "month-to-date"}),
    "granularity": ("UsageArgumentError", nothing, {"granularity": "day"}),
    "source": ("UsageArgumentError", nothing, {"metric": "streams", "source": "cleint"}),
    "event_type": ("UsageArgumentError", nothing, {"metric": "events", "event_type": "recieved"}),
    "on_empty": ("UsageArgumentError", nothing, {"on_empty": "kep"}),
    "a check": ("UsageArgumentError", nothing, {"checks": {"gap": "warn"}}),
    "a level": ("UsageArgumentError", nothing, {"checks": {"gaps": "failed"}}),
    "compression": ("UsageArgumentError", nothing, {"compression": "zstandard"}),
    "table": ("UsageArgumentError", nothing, {"table": f"a/{LONG}"}),
    "lookback": ("UsageArgumentError", nothing, {"lookback": "three"}),
    "start alone": ("UsageArgumentError", nothing, {"start": "2026-11-01", "end": None}),
    "start and end of one day": ("UsageArgumentError", nothing, {"start": LONG[:1], "end": LONG}),
    "an empty key": ("UsageArgumentError", nothing, {"filters": {"projectKey": ""}}),
    "too many requests planned": ("UsageArgumentError", nothing, {"metric": "mau_sdks", "max_requests": 1}),
    # the destination
    "a path": ("UsageArgumentError", nothing, {"destination": "/data/lake"}),
    "two slashes": ("UsageArgumentError", nothing, {"destination": "file://data/lake"}),
    "another scheme": ("UsageArgumentError", nothing, {"destination": f"wasb://c@lake/{LONG}"}),
    "a long path": ("UsageArgumentError", nothing, {"destination": f"s3://c@lake/{LONG}/../x"}),
    "credentials": ("UsageArgumentError", nothing, {"destination": "s3://AKIA:hush@lake/x"}),
    "no connection of the destination": ("LakeError", nothing, {"destination": "file://nobody@/data/x"}),
    "a file in its place": ("StoreError", nothing, {"destination": Path(__file__)}),
}


def failure(lake: Path, **arguments: Any) -> LaunchDarklyUsageError:
    given = {"metric": "service_connections", "destination": lake.as_uri(), **DAYS, **arguments}
    context = {"dag_run": SimpleNamespace(conf=None, run_after=datetime.now(timezone.utc))}
    with pytest.raises(LaunchDarklyUsageError) as caught:
        LaunchDarklyUsageOperator(task_id="load", **given).execute(context)
    return caught.value


@pytest.mark.parametrize("way", WAYS)
def test_cause_and_remedy_are_in_sight_and_the_request_is_last(
    way: str, tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kind, arrange, arguments = WAYS[way]
    arrange(simulator, monkeypatch)
    caplog.set_level(logging.DEBUG)
    error = failure(tmp_path / "lake", **arguments)
    assert type(error).__name__ == kind
    said = str(error)
    assert error.problem.endswith(".") and error.remedy and 0 < said.index(error.remedy) < IN_SIGHT
    assert said.startswith(error.problem) and (not error.about or said.endswith(f"({error.about})"))
    assert said.isprintable() and len(said) < 2000
    requests = re.findall(r"GET http", said)
    assert len(requests) == error.about.startswith("GET http") and (requests or not simulator.requests)
    records = [each for each in caplog.records if each.levelname == "ERROR"]
    (record,) = [
        each for each in records if each.name.startswith("airflow_provider_ldusage")
    ]  # not of Airflow 2 itself
    lines = record.getMessage().split("\n")
    assert all(len(line) <= LINE or " " not in line for line in lines[: -1 if error.about else None])
    assert " ".join(lines) == f"{error.problem} {error.remedy} {error.about}".strip()
    assert simulator.token not in said + caplog.text and "hush" not in said + caplog.text


@pytest.mark.parametrize(
    ("way", "meant"),
    [
        ("metric", "'total_mau'"), ("group_by", "'projectId'"), ("filter", "'projectKey'"),
        ("aggregation", "'month_to_date'"), ("granularity", "'daily'"), ("source", "'client'"),
        ("event_type", "'received'"), ("on_empty", "'keep'"), ("a check", "'gaps'"), ("a level", "'fail'"),
        ("compression", "'zstd'"), ("an unknown instance", "'federal'"), ("no connection", "'launchdarkly_default'"),
        ("a path", "'file:///data/lake'"), ("two slashes", "'file:///data/lake'"),
    ],
)  # fmt: skip
def test_a_near_miss_names_what_was_meant(
    way: str, meant: str, tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, arrange, arguments = WAYS[way]
    arrange(simulator, monkeypatch)
    error = failure(tmp_path / "lake", **arguments)
    assert error.remedy.startswith(f"Did you mean {meant}?")
    assert not simulator.requests


def test_keys_that_are_not_found_are_named(tmp_path: Path, simulator: Simulator) -> None:
    error = failure(tmp_path / "lake", **FLAG, feature_flag_key="gone-for-good")
    assert "Check flag 'gone-for-good' (deleted?), environment 'production', project 'default': keys" in error.remedy
