"""A load is for the account that its table holds. Whose a token is, is asked once for each connection and slice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.engine.account import MAX_CONNECTIONS, with_connection
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import (
    ForbiddenError,
    LakeError,
    UnauthorizedError,
    UsageForbiddenError,
)
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader
from tests.scenarios.runs import Runs, at_three, day

USAGE = {"metric": "ai_runs", "group_by": ["projectId"]}
WHOSE = "/api/v2/caller-identity"
ASKED = "/api/v2/usage/ai-runs"
OTHER_TOKEN = "api-7d3f91c2-ab4e-4c8d-9b6f-e1205a7c84d3"
DENIED = {"status": 403, "body": {"code": "forbidden", "message": "no"}}


def asked(loader: Loader, **how: Any) -> list[str]:
    """The paths of a load's requests."""
    simulator = how.get("simulator", loader.simulator)
    simulator.clear_requests()
    loader.load(**{**USAGE, **how})
    return [request.path for request in simulator.requests]


def state_of(loader: Loader, name: str = "all") -> Path:
    return loader.lake / "_ldusage" / "state" / "t" / f"{name}.json"


def connections(loader: Loader) -> list[str]:
    found: list[str] = json.loads(state_of(loader).read_text())["connections"]
    return found


def test_only_the_first_load_asks_whose_the_token_is(loader: Loader) -> None:
    assert asked(loader) == [WHOSE, ASKED]
    assert asked(loader) == asked(loader) == [ASKED]
    assert len(connections(loader)) == 1


def test_each_slice_asks_once(loader: Loader) -> None:
    server, client = ({"metric": "streams", "source": source} for source in ("server", "client"))
    found = [asked(loader, **query, group_by=None) for query in (server, client, server, client)]
    assert [paths.count(WHOSE) for paths in found] == [1, 1, 0, 0]


@pytest.mark.parametrize("harm", ["lost", "damaged", "of another table", "the field", "the table"])
def test_what_is_lost_is_asked_for_again(loader: Loader, harm: str) -> None:
    asked(loader)
    state = state_of(loader)
    content = json.loads(state.read_text())
    if harm == "lost":
        state.unlink()
    elif harm == "damaged":
        state.write_text(json.dumps({**content, "connections": 7}))
    elif harm == "of another table":
        state.write_text(json.dumps({**content, "table_id": "another"}))
    elif harm == "the field":
        state.write_text(json.dumps({**content, "connections": ["0" * 16]}))
    else:
        (loader.lake / "_ldusage" / "t.json").unlink()
    assert asked(loader) == [WHOSE, ASKED]
    assert asked(loader) == [ASKED]


def test_a_rotated_token_is_asked_about_once_and_either_is_known_then(loader: Loader) -> None:
    asked(loader)
    port = int(loader.simulator.url.rpartition(":")[2])
    loader.simulator.stop()
    with Simulator(now=NOW, token=OTHER_TOKEN, port=port) as rotated:
        assert asked(loader, simulator=rotated) == [WHOSE, ASKED]
        assert asked(loader, simulator=rotated) == [ASKED]
    with Simulator(now=NOW, port=port) as old:
        assert asked(loader, simulator=old) == [ASKED]
    assert len(connections(loader)) == 2


def test_another_accounts_token_is_refused_before_usage_is_asked_for(loader: Loader) -> None:
    asked(loader)
    before = loader.everything(), state_of(loader).read_bytes()
    for _ in range(2):
        with Simulator(now=NOW, account_id="another", token=OTHER_TOKEN) as other:
            with pytest.raises(LakeError, match="account is"):
                loader.load(simulator=other, **USAGE)
            assert [request.path for request in other.requests] == [WHOSE]
    assert (loader.everything(), state_of(loader).read_bytes()) == before


def test_the_same_token_at_another_host_is_asked_about(loader: Loader) -> None:
    asked(loader)
    with Simulator(now=NOW) as elsewhere:
        assert asked(loader, simulator=elsewhere)[0] == WHOSE


def test_a_token_that_is_not_launchdarklys_own_is_asked_about_each_time(loader: Loader) -> None:
    with Simulator(now=NOW, token="what-a-gateway-replaces") as gateway:
        found = [asked(loader, simulator=gateway) for _ in range(2)]
    assert found == [[WHOSE, ASKED]] * 2
    assert b"connections" not in state_of(loader).read_bytes()


def test_a_state_of_a_later_version_is_left_as_it_is(loader: Loader) -> None:
    asked(loader)
    later = json.dumps({**json.loads(state_of(loader).read_text()), "format": 99})
    state_of(loader).write_text(later)
    assert asked(loader) == asked(loader) == [WHOSE, ASKED]
    assert state_of(loader).read_text() == later


def test_the_last_few_connections_are_remembered() -> None:
    table = Table.of("t", UsageQuery.build("ai_runs"), {"id": "account", "host": "host"})
    found: tuple[str, ...] = ()
    for number in range(MAX_CONNECTIONS + 3):
        client = UsageClient(ClientConfig(f"{OTHER_TOKEN}{number}"))
        before, found = found, with_connection(found, client, table)
        assert with_connection(found, client, table) == found
        assert found[:-1] == before[-(MAX_CONNECTIONS - 1) :]
    assert len(set(found)) == MAX_CONNECTIONS
    assert with_connection(found, UsageClient(ClientConfig("guessed")), table) == found


# --- what becomes of a token that has changed since


def test_a_revoked_token_is_told_as_ever(loader: Loader) -> None:
    said = []
    for known in (False, True):
        loader.simulator.fail(401, path=ASKED if known else WHOSE)
        with pytest.raises(UnauthorizedError) as caught:
            loader.load(**USAGE)
        said.append(str(caught.value).replace(caught.value.about, ""))
        loader.load(**USAGE)
    assert said[0] == said[1]


def test_denied_usage_is_told_from_a_token_that_is_denied_altogether(loader: Loader) -> None:
    asked(loader)
    loader.simulator.fail(**DENIED, path=ASKED)
    with pytest.raises(UsageForbiddenError):
        loader.load(**USAGE)
    loader.simulator.fail(**DENIED, times=2)
    with pytest.raises(ForbiddenError) as caught:
        loader.load(**USAGE)
    assert not isinstance(caught.value, UsageForbiddenError)


# --- secrets


def test_no_piece_of_the_token_is_in_the_lake(loader: Loader) -> None:
    with Simulator(now=NOW, token=OTHER_TOKEN) as simulator:
        asked(loader, simulator=simulator)
    pieces = {OTHER_TOKEN[at : at + 6].encode() for at in range(len(OTHER_TOKEN) - 5)}
    files = [path for path in loader.lake.rglob("*") if path.is_file()]
    assert state_of(loader) in files
    assert not [path for path in files if any(piece in path.read_bytes() for piece in pieces)]


def test_of_a_connection_64_bits_are_stored_and_no_more(loader: Loader) -> None:
    asked(loader)
    content = json.loads(state_of(loader).read_text())
    (one,) = content.pop("connections")
    assert re.fullmatch("[0-9a-f]{16}", one)
    assert content.keys() == {"format", "table_id", "slice", "scheduled_from", "forecast_asked_at", "days"}


def test_two_tables_of_one_connection_have_nothing_in_common(loader: Loader) -> None:
    asked(loader)
    loader.load(table="other", **USAGE)
    other = json.loads((loader.lake / "_ldusage" / "state" / "other" / "all.json").read_text())
    assert not {*connections(loader)} & {*other["connections"]}


# --- LaunchDarkly's time

SKEWS = [timedelta(hours=hours) for hours in (-20, -2, 3, 50)] + [timedelta(days=days) for days in (-400, -2, 900)]
FAR_BEHIND = timedelta(days=-1)
"""To such a clock, days that the run before has asked for are from the future, and would have to be gone back to."""


def skewed(runs: Runs, skew: timedelta) -> Callable[[ClientConfig], UsageClient]:
    """A client whose machine has a wrong clock."""
    off = skew.total_seconds()
    return partial(UsageClient, clock=lambda: runs.simulator.now.timestamp() + off)


def paths(runs: Runs) -> list[str]:
    return [request.path for request in runs.simulator.requests]


def run(runs: Runs, at: str, skew: timedelta) -> Report:
    runs.simulator.now = at_three(day(at))  # before the client reads its clock
    return runs.scheduled(at, client=skewed(runs, skew))


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_a_wrong_clock_notes_launchdarklys_time_without_a_look_up(runs: Runs, skew: timedelta) -> None:
    run(runs, "11-05", timedelta())
    run(runs, "11-06", skew)
    assert (WHOSE in paths(runs)) == (skew < FAR_BEHIND) and runs.usage_requests == 1
    times = {each["asked_at"][:15] for each in runs.state()["days"] if each["last"] >= "2026-11-03"}
    assert times == {"2026-11-06T03:0"}


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_punctual_runs_by_a_wrong_clock_are_as_those_by_a_right_one(
    runs: Runs, tmp_path: Path, skew: timedelta
) -> None:
    right = Runs(runs.simulator, tmp_path / "right")
    for number in range(5, 14):
        at = f"11-{number:02}"
        found = run(runs, at, skew).to_xcom()
        assert (WHOSE in paths(runs)) == (number == 5 or skew < FAR_BEHIND)
        expected = run(right, at, timedelta()).to_xcom()
        assert {**found, "uri": "", "requests": 0} == {**expected, "uri": "", "requests": 0}
    assert runs.files() == right.files()


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_going_back_by_a_wrong_clock_finds_the_same_days(runs: Runs, tmp_path: Path, skew: timedelta) -> None:
    right = Runs(runs.simulator, tmp_path / "right")
    reports = []
    for each, wrong in ((runs, skew), (right, timedelta())):
        run(each, "10-05", timedelta())
        reports.append(run(each, "11-05", wrong).to_xcom() | {"uri": ""})
        assert WHOSE in paths(each)
    assert reports[0] == reports[1]
    assert reports[0]["given_up"]["count"] == 0
    assert reports[0]["days"]["written"]["count"] > 20
    assert runs.files() == right.files()


def test_a_clock_that_is_behind_asks_for_no_final_day_again(runs: Runs) -> None:
    """To it, days that were asked for a moment ago are from the future."""
    run(runs, "10-05", timedelta())
    run(runs, "11-05", timedelta())
    report = run(runs, "11-05", timedelta(hours=-30))
    assert runs.usage_requests == 1
    assert min(report.commit.outcomes) == date(2026, 11, 1)
