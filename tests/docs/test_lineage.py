"""lineage.md: the event is one that OpenLineage is told of the load."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.lineage import Lineage
from airflow_provider_ldusage.query import UsageQuery
from tests.docs.pages import LAKE, json_example
from tests.loading import Loader

pytestmark = pytest.mark.airflow


def shown(value: Any) -> Any:
    """As the page shows it: without the fields that it leaves out."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, dict):
        kept = {name: shown(each) for name, each in value.items() if name not in ("_producer", "_schemaURL")}
        return {name: each for name, each in kept.items() if each not in (None, {}, [])}
    return value


def test_the_event_names_what_a_load_names(loader: Loader) -> None:
    pytest.importorskip("airflow.providers.openlineage", reason="OpenLineage is optional, and is not installed here")
    from openlineage.client.serde import Serde

    query = UsageQuery.build("streams", source="client")
    report = loader("2026-11-08", "2026-11-11", query=query, table="streams")
    told = Lineage.of("http://127.0.0.1:8090", query).storing(loader.store, report).to_openlineage()
    event = json_example("lineage.md", "eventType")
    for name in ("inputs", "outputs"):
        found = [shown(Serde.to_dict(each)) for each in getattr(told, name)]
        for dataset in found:
            dataset["name"] = dataset["name"].replace(str(loader.lake), LAKE)
        for output in (*found, *event[name]):  # the size depends on the version of pyarrow
            assert output.get("outputFacets", {}).get("outputStatistics", {}).pop("size", 1) > 0
        assert found == event[name]
