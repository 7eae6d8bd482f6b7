"""The view of owners, beside what SQL finds in ``usage_by_owner``."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.insight.bill.periods import Periods
from airflow_provider_ldusage.insight.views import owners_view as module
from airflow_provider_ldusage.insight.views.bill_view import bill_view
from airflow_provider_ldusage.insight.views.owners_view import owners_view
from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from tests.insight.views.conftest import BILLING_DAY, Viewed

IDS = ("project_id", "environment_id", "application_id")


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["meter"], row["level"], *(row[name] for name in IDS)


@pytest.fixture(scope="module")
def few(viewed: Viewed) -> dict[str, Any]:
    """With two owners that charts tell apart."""
    owners = WrittenDays.of(viewed.lake.load.store, "usage_by_owner")
    assert owners is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BIGGEST", 2)
        bill = viewed.view("bill")
        return owners_view(owners, _with_dates(bill), Periods(BILLING_DAY))


def _with_dates(bill: dict[str, Any]) -> dict[str, Any]:
    """The view of the bill as it was before it became JSON."""
    days = ("period_start", "period_end")
    months = [{**row, **{name: date.fromisoformat(row[name]) for name in days}} for row in bill["months"]]
    return {**bill, "through": date.fromisoformat(bill["through"]), "months": months}


def test_all_owners_of_the_last_day_are_there_the_biggest_first(viewed: Viewed) -> None:
    found = viewed.view("owners")["owners"]
    stored = viewed.lake.sql(
        "SELECT meter, level, project_id, environment_id, application_id, period_to_date, share, allocated, "
        "unattributed, project_key, project_name, environment_key, environment_name "
        "FROM usage_by_owner WHERE usage_date = DATE '2026-04-20'"
    )
    names = (
        "period_to_date", "share", "allocated", "unattributed", "project_key", "project_name", "environment_key",
        "environment_name",
    )  # fmt: skip
    assert {(*key(row), *(row[name] for name in names)) for row in found} == set(stored)
    assert len(found) == len(stored)
    for one, other in itertools.pairwise(found):
        same = (one["meter"], one["level"]) == (other["meter"], other["level"])
        assert not same or (one["allocated"] or 0) >= (other["allocated"] or 0)


def test_an_owner_is_compared_with_the_same_day_of_the_period_before(viewed: Viewed) -> None:
    for row in viewed.view("owners")["owners"]:
        before = viewed.lake.sql(
            "SELECT period_to_date FROM usage_by_owner WHERE usage_date = DATE '2026-03-20' AND meter = $meter AND "
            "level = $level AND project_id IS NOT DISTINCT FROM $project AND "
            "environment_id IS NOT DISTINCT FROM $environment AND application_id IS NOT DISTINCT FROM $application",
            meter=row["meter"], level=row["level"],
            project=row["project_id"], environment=row["environment_id"], application=row["application_id"],
        )  # fmt: skip
        assert row["before"] == (before[0][0] if before else None)


def test_costs_are_shared_out(viewed: Viewed) -> None:
    cost = {row["meter"]: row["cost_to_date"] for row in viewed.view("bill")["meters"]}
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in viewed.view("owners")["owners"]:
        assert (row["cost"] is None) == (cost.get(row["meter"]) is None)
        sums[row["meter"], row["level"]] += row["cost"] or 0
    assert {group: sums[group] for group in sums if cost[group[0]]} == {
        group: pytest.approx(cost[group[0]]) for group in sums if cost[group[0]]
    }


def test_meters_have_their_levels(viewed: Viewed) -> None:
    found = {row["meter"]: (row["levels"], row["additive"], row["unit"]) for row in viewed.view("owners")["meters"]}
    assert found["clientside_mau"] == (["project", "application"], False, "contexts")
    assert found["service_connections"] == (["project", "environment", "application"], True, "connections")


@pytest.mark.parametrize("part", ["days", "months"])
def test_the_biggest_and_all_others_add_up_to_the_account(few: dict[str, Any], viewed: Viewed, part: str) -> None:
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in few[part]:
        when = str(row["day"] if part == "days" else row["period_start"])
        sums[row["meter"], row["level"], when] += row["allocated"]
        counts[row["meter"], row["level"], when] += 1
    on = "usage_date::VARCHAR" if part == "days" else "period_start::VARCHAR"
    stored = viewed.lake.sql(f"SELECT meter, {on}, period_to_date, usage_date + 1 = period_end FROM usage_meters")
    account = {(meter, when): figure for meter, when, figure, ends in stored if part == "days" or ends}
    assert max(counts.values()) == 3
    for (meter, level, when), total in sums.items():
        assert total == pytest.approx(account[meter, when]), (meter, level, when)
    assert len({when for _, _, when in sums}) > 3


def test_an_owner_of_a_chart_is_one_of_the_list(few: dict[str, Any], viewed: Viewed) -> None:
    last = [row for row in few["days"] if str(row["day"]) == "2026-04-20" and row["owner"] is not None]
    for row in last:
        owner = few["owners"][row["owner"]]
        assert (owner["meter"], owner["level"]) == (row["meter"], row["level"])
        assert owner["allocated"] == pytest.approx(row["allocated"])


def test_another_billing_day_breaks_no_period_in_two(viewed: Viewed) -> None:
    """Days that an earlier report has written keep the periods they had."""
    meters, owners = (WrittenDays.of(viewed.lake.load.store, name) for name in ("usage_meters", "usage_by_owner"))
    assert meters is not None and owners is not None
    bill = bill_view(meters, Periods(3), (), ())
    assert bill is not None
    assert {row["meter"] for row in owners_view(owners, bill, Periods(3))["months"]} == {"clientside_mau"}
