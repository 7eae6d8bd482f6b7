"""The account with a history: what happens in it, as its answers show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.testing.account.growing import (
    CHECKOUT_IS_DELETED,
    MOBILE_IS_LAUNCHED,
    build_growing_account,
)
from tests.testing.asking import Api, flip

FIRST = date(2025, 11, 1)
NOW = datetime(2026, 11, 27, 9, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def shop() -> Iterator[Simulator]:
    with Simulator(now=NOW, switches=Switches(growing_from=FIRST.isoformat())) as simulator:
        yield simulator


def by_project(simulator: Simulator, endpoint: str, start: date, end: date, **kind: Any) -> dict[str, list[float]]:
    """The figures of each project, by its key and day."""
    keys = {each.id: each.key for each in build_growing_account(simulator.account_id, FIRST).projects}
    found: dict[str, list[float]] = {}
    for row in simulator.truth(endpoint, start=start, end=end, group_by=["projectId"], **kind):
        found.setdefault(keys[row["projectId"]], []).append(row["value"])
    return found


def connections(simulator: Simulator, month: int, year: int = 2026) -> dict[str, float]:
    start = date(year, month, 1)
    found = by_project(
        simulator, "service-connections", start, start + timedelta(days=28), aggregation_type="incremental"
    )
    return {project: sum(values) for project, values in found.items()}


def test_projects_grow_begin_jump_and_end(shop: Simulator) -> None:
    first, summer, last = connections(shop, 11, 2025), connections(shop, 8), connections(shop, 10)
    assert first.keys() == {"web-shop", "mobile-apps", "classic-checkout", "back-office", "partner-api"}
    assert last["web-shop"] > 1.2 * first["web-shop"]
    assert summer.keys() - first.keys() == {"loyalty"}
    assert connections(shop, 11)["mobile-apps"] > 1.3 * last["mobile-apps"], "the launch began on 27 October"
    assert 0 < last.get("classic-checkout", 0) < summer["classic-checkout"] / 10


def test_unique_keys_jump_at_the_launch_and_stay_a_union(shop: Simulator) -> None:
    kind = {"aggregation_type": "month_to_date"}
    before, after = (
        by_project(shop, "clientside-mau", date(2026, month, 1), date(2026, month, 26), **kind) for month in (9, 11)
    )
    assert after["mobile-apps"][-1] > 1.4 * before["mobile-apps"][-1]
    assert FIRST + timedelta(days=MOBILE_IS_LAUNCHED) < date(2026, 11, 1)
    whole = [
        row["value"] for row in shop.truth("clientside-mau", start=date(2026, 11, 1), end=date(2026, 11, 26), **kind)
    ]
    assert whole == sorted(whole) and whole[-1] > 10_000
    assert max(values[-1] for values in after.values()) < whole[-1] < sum(values[-1] for values in after.values())


def test_invoices_make_the_ends_of_months_busy(shop: Simulator) -> None:
    days = by_project(
        shop, "service-connections", date(2026, 9, 21), date(2026, 10, 1), aggregation_type="incremental"
    )["back-office"]  # fmt: skip
    monday_to_wednesday, the_last_three = days[:3], days[7:]
    assert sum(the_last_three) > 1.6 * sum(monday_to_wednesday)


def test_the_old_checkout_is_deleted(shop: Simulator) -> None:
    end = datetime(2025, 11, 1, tzinfo=timezone.utc) + timedelta(days=CHECKOUT_IS_DELETED)
    with Simulator(now=end - timedelta(hours=1), switches=shop.switches) as simulator:
        api = Api(simulator)
        assert "classic-checkout" in api.keys("projects")
        simulator.now = end
        assert "classic-checkout" not in api.keys("projects")
        simulator.restore()
        assert "classic-checkout" not in api.keys("projects"), "this is no test's deletion"


def test_some_flags_are_forgotten(shop: Simulator) -> None:
    api = Api(shop)
    span = {"since": int(NOW.timestamp() - 40 * 86_400) * 1000, "to": int(NOW.timestamp()) * 1000}
    evaluated = {
        flag: bool(api.json(f"evaluations/web-shop/production/{flag}", **span)["series"])
        for flag in api.keys("flags/web-shop")
    }
    assert {flag for flag, seen in evaluated.items() if not seen} == {"new-checkout-rollout", "try-winter-sale"}
    assert sum(evaluated.values()) == 5


def test_some_sdks_are_at_the_end_of_their_life(shop: Simulator) -> None:
    details = shop.truth("sdk-versions/details")
    found = {(each["projectKey"], each["name"]): each["eolStatus"] for each in details if "projectKey" in each}
    assert found["back-office", "Node.js"] == "EolPast"
    assert found["back-office", "JavaScript"] == "EolNear"
    assert found["web-shop", "Go"] == "EolAllClear"
    kiosk = {each["eolStatus"] for each in details if each.get("applicationId") == "kiosk-ios"}
    assert kiosk == {"EolPast"}


def test_applications_are_named_unknown_and_absent(shop: Simulator) -> None:
    rows = shop.truth("clientside-mau", start=date(2026, 9, 1), end=date(2026, 9, 5), group_by=["sdkAppId"])
    names = {row.get("sdkAppId") for row in rows}
    assert {"Unknown", None, "checkout-web", "shop-ios"} <= names


def test_growing_from(sim: Simulator, api: Any) -> None:
    assert "web-shop" not in api.keys("projects")
    flip(sim, growing_from="2026-01-01", extra_projects=1, extra_flags=1)
    assert {"web-shop", "spare-0000"} <= api.keys("projects")
    assert "release-0000" in api.keys("flags/web-shop")
    with pytest.raises(ValueError, match="ISO 8601"):
        Switches(growing_from="last year")
    assert Switches().but_text(["growing_from=2026-01-01"]).growing_from == "2026-01-01"


def test_thirteen_months_are_the_same_in_every_view(shop: Simulator) -> None:
    later = Simulator(now=NOW + timedelta(days=3), switches=shop.switches)
    span = {"start": date(2026, 10, 1), "end": date(2026, 11, 20), "aggregation_type": "month_to_date"}
    assert shop.truth("clientside-mau", **span) == later.truth("clientside-mau", **span)
