"""Plans and what they cost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.bill.plan import Plan, Terms

MAU = {"included": 100_000, "price": 8.33, "per": 1000, "currency": "USD"}


@pytest.mark.parametrize("given", [{"clientside_mau": MAU}, json.dumps({"clientside_mau": MAU})])
def test_a_plan_may_be_a_dict_or_its_json(given: Any) -> None:
    terms = Plan.of(given).of_meter("clientside_mau")
    assert terms == Terms(Decimal(100_000), Decimal("8.33"), Decimal(1000), "USD")


@pytest.mark.parametrize("given", [None, "", " ", {}, "{}", {"ai_runs": {}}, {"ai_runs": {"price": None}}])
def test_everything_is_optional(given: Any) -> None:
    assert Plan.of(given).of_meter("ai_runs") == Terms()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"clientside_maus": {}}, "Did you mean 'clientside_mau'"),
        ({"ai_runs": {"include": 5}}, "Did you mean 'included'"),
        ({"ai_runs": {"price": "8,33"}}, "must be a number"),
        ({"ai_runs": {"price": "$8"}}, "must be a number"),
        ({"ai_runs": {"price": float("nan")}}, "0 or more"),
        ({"ai_runs": {"included": float("inf")}}, "0 or more"),
        ({"ai_runs": {"included": -1}}, "0 or more"),
        ({"ai_runs": {"included": True}}, "must be a number"),
        ({"ai_runs": {"per": 0}}, "is 0"),
        ({"ai_runs": {"currency": "usd"}}, "ISO 4217"),
        ({"ai_runs": 5}, "must be a dict"),
        ([], "must be a dict"),
        ("{'ai_runs'", "is no JSON"),
    ],
)
def test_anything_else_is_refused_with_what_is_right(given: Any, said: str) -> None:
    with pytest.raises(UsageArgumentError, match=said):
        Plan.of(given)


@pytest.mark.parametrize(
    ("terms", "quantity", "cost"),
    [
        (MAU, 100_000, 0),
        (MAU, 99_999, 0),
        (MAU, 101_500, 12.495),
        ({"price": 0.1}, 3, 0.3),
        ({"included": 0, "price": "0.07", "per": 1}, 1.1, 0.077),
        ({"included": 2, "price": 10}, 2.019, 0.19),
        ({"included": 2}, 5, None),
        (MAU, None, None),
    ],
)
def test_what_lies_beyond_the_plan_costs_exactly_its_part(terms: Any, quantity: Any, cost: Any) -> None:
    assert Plan.of({"ai_runs": terms}).of_meter("ai_runs").cost(quantity) == cost


@pytest.mark.parametrize(("included", "percent"), [(200, 75.0), (0, None), (None, None)])
def test_per_cent_are_of_what_is_included(included: Any, percent: Any) -> None:
    assert Plan.of({"ai_runs": {"included": included}}).of_meter("ai_runs").percent(150) == percent
