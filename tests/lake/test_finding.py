"""Tables are found by what they are."""

from __future__ import annotations

from airflow_provider_ldusage.lake.finding import find_table
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery
from tests.loading import Loader


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
