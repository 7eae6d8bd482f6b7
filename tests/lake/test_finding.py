"""Tables are found by what they are."""

from __future__ import annotations

from airflow_provider_ldusage.lake.finding import find_table, tables_in
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery
from tests.loading import Loader


def test_tables_are_the_descriptions_of_a_lake_and_nothing_else(loader: Loader) -> None:
    assert tables_in(loader.store) == []
    loader(metric="vega_ai", table="b")
    loader(metric="streams", source="client", table="a")
    (loader.lake / "_ldusage" / "notes.txt").touch()
    assert tables_in(loader.store) == ["a", "b"]


def test_the_first_of_the_names_that_is_the_same_is_found(loader: Loader) -> None:
    for table in ("one", "two"):
        loader(metric="vega_ai", table=table)
    loader(metric="ai_runs", table="other")
    account = {"id": loader.simulator.account_id, "host": "127.0.0.1"}
    wanted = Table.of("any", UsageQuery.build("vega_ai"), account)
    found = find_table(loader.store, wanted, ["absent", "other", "two", "one", "two"])
    assert found is not None
    assert (found.name, found.stands) == ("two", True)
    assert find_table(loader.store, wanted, ["absent", "other"]) is None
    assert find_table(loader.store, Table.of("any", UsageQuery.build("vega_ai"), {}), ["one"]) is None
