"""Clients that share limits, simulated: how much of a limit they use, how often they are refused, how fair it is."""

from __future__ import annotations

from statistics import mean

import pytest

from tests.api.pace_world import Limits, Outcome, World

SEEDS = range(1, 5)


def outcomes(limits: Limits, **more: int) -> list[Outcome]:
    return [World(limits, seed=seed, **more).run() for seed in SEEDS]


def refused(found: list[Outcome]) -> float:
    """429s as a share of all answers."""
    return sum(each.refused for each in found) / sum(each.requests for each in found)


@pytest.mark.parametrize(
    ("limits", "tasks", "tokens"),
    [
        (Limits(account=20), 1, 1),
        (Limits(account=20), 4, 1),
        (Limits(account=20), 4, 2),
        (Limits(account=20, token=15), 4, 2),
        (Limits(route=20), 4, 1),
        (Limits(token=20), 4, 1),
        (Limits(account=50), 4, 1),
        (Limits(account=50), 8, 1),
        (Limits(account=100), 4, 1),
    ],
)
def test_a_limit_is_used_and_hardly_exceeded(limits: Limits, tasks: int, tokens: int) -> None:
    limit = limits.account or limits.route or limits.token or 0
    found = outcomes(limits, tasks=tasks, tokens=tokens, questions=4 * limit)
    assert mean(each.per_window for each in found) >= 0.85 * limit
    assert refused(found) <= 0.02
    assert min(each.fairness for each in found) > 0.4


def test_twice_as_many_as_a_limit_has_room_for_are_seldom_refused() -> None:
    found = outcomes(Limits(account=20), tasks=8, questions=60)
    assert refused(found) <= 0.03 and mean(each.per_window for each in found) >= 17


@pytest.mark.parametrize(("limit", "tasks", "most"), [(5, 1, 0), (5, 4, 0.07), (10, 1, 0), (10, 4, 0), (10, 8, 0.09)])
def test_tiny_limits_are_shared_in_turns(limit: int, tasks: int, most: float) -> None:
    assert refused(outcomes(Limits(account=limit), tasks=tasks, questions=30)) <= most


def test_ample_limits_are_bound_by_latency_alone() -> None:
    alone = outcomes(Limits(account=10_000), questions=1000)
    one_by_one = outcomes(Limits(account=10_000), questions=1000, bound=1)
    assert mean(each.seconds for each in one_by_one) > 7.5 * mean(each.seconds for each in alone)
    assert refused(alone) == 0


def test_several_tasks_with_many_in_flight_keep_a_large_limit() -> None:
    found = outcomes(Limits(account=600), tasks=4, questions=600)
    assert refused(found) == 0 and mean(each.per_window for each in found) > 500


def test_without_headers_a_client_goes_up_carefully() -> None:
    found = outcomes(Limits(account=100, headers=False), questions=1000)
    assert refused(found) <= 0.02 and mean(each.per_window for each in found) > 60
    assert all(each.refused > 0 for each in found)  # it learns of the limit by these
