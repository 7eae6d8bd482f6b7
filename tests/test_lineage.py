"""What OpenLineage is told: the names of what is read, and what was stored."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.lineage import Lineage
from airflow_provider_ldusage.query import UsageQuery
from tests.loading import NOW, Loader, window

HOST = "https://app.eu.launchdarkly.com"
FLAG = {"metric": "evaluations", "project_key": "mobile/app", "environment_key": "production"}
FLAGS = "/api/v2/usage/evaluations/mobile%2Fapp/production"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"metric": "service_connections"}, "/api/v2/usage/service-connections"),
        ({"metric": "service_connections", "filters": {"projectKey": ["x"]}}, "/api/v2/usage/service-connections"),
        ({"metric": "streams", "source": "client"}, "/api/v2/usage/streams/client"),
        ({"metric": "events", "event_type": "received"}, "/api/v2/usage/events/received"),
        (
            {**FLAG, "feature_flag_key": "kill switch"},
            FLAGS + "/kill%20switch",
        ),
        (
            {**FLAG, "feature_flag_key": ["a", "b"]},
            FLAGS + "/{featureFlagKey}",
        ),
        (FLAG, FLAGS + "/{featureFlagKey}"),
        ({"metric": "projects"}, "/api/v2/projects"),
    ],
)
def test_the_input_is_the_endpoint_as_it_was_asked(query: dict[str, Any], name: str) -> None:
    assert Lineage.of(HOST, UsageQuery.build(**query)).inputs == ((HOST, name),)


def told(loader: Loader, **arguments: Any) -> Any:
    """What OpenLineage is told of a load from 8 to 11 November."""
    pytest.importorskip("airflow.providers.openlineage", reason="OpenLineage is optional, and is not installed here")
    query = UsageQuery.build(**arguments)
    report = loader.load(window("2026-11-08", "2026-11-11"), query=query)
    return Lineage.of(HOST, query).storing(loader.store, report).to_openlineage()


def written(output: Any) -> tuple[int, int]:
    facet = output.outputFacets["outputStatistics"]
    return facet.rowCount, facet.size


@pytest.mark.airflow
def test_the_output_is_the_table_with_its_columns_and_what_was_written(loader: Loader) -> None:
    lineage = told(loader, metric="streams", source="client")
    (source,), (output,) = lineage.inputs, lineage.outputs
    assert (source.namespace, source.name) == (HOST, "/api/v2/usage/streams/client")
    assert (output.namespace, output.name) == ("file", f"{loader.lake}/t")
    columns = [(field.name, field.type) for field in output.facets["schema"].fields]
    assert columns == [
        ("time", "timestamp[ms, UTC]"), ("value", "int64"), ("source", "string"), ("extra", "string"),
    ]  # fmt: skip
    sizes = [len(data) for data in loader.files().values()]
    assert written(output) == (len(loader.rows()), sum(sizes))


@pytest.mark.airflow
def test_days_that_have_not_changed_are_not_written(loader: Loader) -> None:
    told(loader, metric="streams", source="client")
    (output,) = told(loader, metric="streams", source="client").outputs
    assert written(output) == (0, 0)
    assert output.facets["schema"].fields


@pytest.mark.airflow
def test_a_forecast_is_an_output_of_its_own(loader: Loader) -> None:
    actual, forecast = told(loader, metric="service_connections", aggregation_type="month_to_date").outputs
    assert (actual.name, forecast.name) == (f"{loader.lake}/t", f"{loader.lake}/t_projected")
    assert written(forecast) == (len(loader.rows("t_projected")), sum(map(len, loader.files("t_projected").values())))
    assert written(actual) == (len(loader.rows()), sum(map(len, loader.files().values())))
    assert forecast.facets["schema"] == actual.facets["schema"]


@pytest.mark.airflow
def test_a_load_that_is_skipped_has_no_output(loader: Loader) -> None:
    pytest.importorskip("airflow.providers.openlineage", reason="OpenLineage is optional, and is not installed here")
    query = UsageQuery.build("service_connections")
    day = NOW.date().isoformat()
    report = loader.load(window(day, day), query=query)
    assert report.skipped
    lineage = Lineage.of(HOST, query).storing(loader.store, report).to_openlineage()
    assert len(lineage.inputs) == 1 and lineage.outputs == []
