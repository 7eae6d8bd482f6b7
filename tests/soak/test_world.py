"""The world by itself: as strict as the API's description, and the same answer for the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import pytest
import requests

from tests.soak.account import Account, Feed, Flag, Project, Trouble, midnight
from tests.soak.figures import figure
from tests.soak.world import Ticket, World

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)
FIRST, END = date(2026, 11, 15), date(2026, 11, 19)
TROUBLE = Trouble("total_mau", date(2026, 10, 1), date(2026, 10, 3), NOW - timedelta(days=1), NOW, "400")
SERIES = {"groupBy": "projectId", "aggregationType": "incremental", "granularity": "daily"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    flags = tuple(Flag(f"flag-{n}", "alpha") for n in range(9))
    with World(Account((Project("alpha"), Project("beta")), flags, (TROUBLE,))) as found:
        yield found


def ask(world: World, path: str, ticket: Ticket, **params: Any) -> requests.Response:
    headers = {**ticket.headers, "LD-API-Version": "beta"}
    return requests.get(f"{world.url}/api/v2/{path}", params=params, headers=headers, timeout=10)


def between(first: date, end: date) -> dict[str, int]:
    return {"from": int(midnight(first).timestamp() * 1000), "to": int(midnight(end).timestamp() * 1000)}


def test_an_answer_is_the_callers_moments_and_says_so(world: World) -> None:
    with world.admit(NOW) as (ticket, caller):
        answer = ask(world, "usage/service-connections", ticket, **between(FIRST, END), **SERIES)
    assert answer.status_code == 200
    assert parsedate_to_datetime(answer.headers["Date"]) == NOW
    assert caller.asked == [("usage/service-connections", FIRST, END - timedelta(days=1))]
    told = {
        (point["time"], place["projectId"], point[str(n)])
        for point in answer.json()["series"]
        for n, place in enumerate(answer.json()["metadata"])
        if str(n) in point
    }
    rows = [dict(row) for day in (15, 16, 17, 18) for row in world.truth.rows(
        Feed("service_connections"), date(2026, 11, day), NOW)]  # fmt: skip
    assert told == {(row["time"], row["project_id"], row["value"]) for row in rows}
    assert told


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("usage/service-connections", {**between(FIRST, END), **SERIES, "groupby": "x"}, 400),
        ("usage/service-connections", {**between(END, FIRST), **SERIES}, 400),
        ("usage/service-connections", {**between(date(2025, 1, 1), END), **SERIES}, 400),
        ("usage/service-connections", {**between(FIRST, END), **SERIES, "projectKey": "nowhere"}, 404),
        ("usage/service-connections", SERIES, 400),
        ("usage/evaluations/alpha/production/nothing", between(FIRST, END), 404),
        ("usage/evaluations/alpha/nowhere/flag-1", between(FIRST, END), 404),
        ("usage/nothing", {}, 404),
        ("flags/nowhere", {}, 404),
    ],
)
def test_it_is_strict(world: World, path: str, params: dict[str, Any], status: int) -> None:
    with world.admit(NOW) as (ticket, _):
        assert ask(world, path, ticket, **params).status_code == status


def test_lists_are_paged(world: World) -> None:
    with world.admit(NOW) as (ticket, _):
        page = ask(world, "flags/alpha", ticket, limit=100).json()
    assert len(page["items"]) < page["totalCount"] == 9
    assert "offset=4" in page["_links"]["next"]["href"]


def test_troubles_last_for_their_time(world: World) -> None:
    asked = {**between(TROUBLE.first, TROUBLE.last), **SERIES, "aggregationType": "month_to_date"}
    found = []
    for moment in (TROUBLE.since - timedelta(hours=1), TROUBLE.since, TROUBLE.until):
        with world.admit(moment) as (ticket, _):
            found.append(ask(world, "usage/total-mau", ticket, **asked).status_code)
    assert found == [200, 400, 200]


def test_faults_come_in_turn(world: World) -> None:
    with world.admit(NOW, faults=("429", "503")) as (ticket, caller):
        asked = [ask(world, "usage/mau/sdks", ticket, **between(FIRST, END)).status_code for _ in range(3)]
    assert asked == [429, 503, 200]
    assert caller.questions == 1


def test_figures_settle_within_three_days_of_the_days_end() -> None:
    late = restated = 0
    for number in range(400):
        day = date(2026, 1, 1) + timedelta(days=number)
        end = midnight(day) + timedelta(days=1)
        told = [figure("m", "s", day, end + timedelta(hours=hours)) for hours in range(0, 200, 2)]
        assert len(set(told[36:])) == 1
        late += told[0] is None and told[-1] is not None
        restated += any(before and (after or 0) < before for before, after in pairwise(told))
        assert figure("m", "s", day, midnight(day) - timedelta(seconds=1)) is None
    assert late > 10
    assert restated > 10
