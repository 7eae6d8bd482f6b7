"""Tables are found by what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_ldusage.lake import totals
from airflow_provider_ldusage.lake.finding import find_totals
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery
from tests.loading import Loader

ACCOUNT = {"id": "acc-1", "host": "app.launchdarkly.com"}


def table(name: str, metric: str = "ai_runs", **arguments: Any) -> Table:
    return Table.of(name, UsageQuery.build(metric, **arguments), ACCOUNT)


def found_in(place: Any, wanted: Table) -> list[str]:
    return [each.name for each in find_totals(place.store, wanted)]


def test_every_table_of_the_same_figures_is_found(place: Any) -> None:
    others = [
        table("other-metric", "vega_ai"), table("month-to-date", aggregation_type="month_to_date"),
        table("groups", group_by=["projectId"]), table("slice", filters={"projectKey": ["a"]}),
        table("filter", filters={"projectKey": ["a", "b"]}), replace(table("account"), account={}),
    ]  # fmt: skip
    for each in [table("two"), *others, table("one")]:
        each.create(place.store)
    assert found_in(place, table("any")) == ["one", "two"]
    assert all(each.stands for each in find_totals(place.store, table("any")))
    assert found_in(place, table("any", "vega_ai")) == ["other-metric"]
    assert found_in(place, table("any", "events", event_type="received")) == []
    assert found_in(place, table("any", group_by=["projectId"])) == []


def test_a_table_that_is_gone_or_something_else_by_now_is_not_found(place: Any) -> None:
    for name in ("stays", "gone", "another"):
        table(name).create(place.store)
    place.remove("_ldusage/gone.json")
    place.remove("_ldusage/another.json")
    table("another", "vega_ai").create(place.store)
    assert found_in(place, table("any")) == ["stays"]
    table("gone").create(place.store)
    assert found_in(place, table("any")) == ["gone", "stays"]


@pytest.mark.parametrize("content", [b"{", b'{"format": 9}', b""], ids=["broken", "newer", "empty"])
def test_a_table_that_cannot_be_read_is_not_found(place: Any, content: bytes) -> None:
    for name in ("damaged", "whole"):
        table(name).create(place.store)
    place.write("_ldusage/damaged.json", content)
    assert found_in(place, table("any")) == ["whole"]


def test_a_description_is_read_for_each_name_and_nothing_is_listed(s3: Any) -> None:
    for name in ("one", "two"):
        table(name).create(s3.store)
    with s3.requests() as seen:
        assert len(find_totals(s3.store, table("any"))) == 2
    assert len(seen) == 3 and all(line.startswith("GET ") for line in seen)


def test_loads_find_what_loads_have_created(loader: Loader) -> None:
    loader(metric="vega_ai", table="anything-at-all")
    account = {"id": loader.simulator.account_id, "host": "127.0.0.1"}
    wanted = Table.of("any", UsageQuery.build("vega_ai"), account)
    assert [each.name for each in find_totals(loader.store, wanted)] == ["anything-at-all"]
    assert totals.names(loader.store, str(wanted.total_file)) == ("anything-at-all",)
