"""What OpenLineage is told of a load: the endpoint that was asked, and the tables that it has brought up to date.

OpenLineage's modules are imported only when it asks, as it may not be installed and takes a second to import.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_provider_ldusage.lake.store import Dataset

if TYPE_CHECKING:
    from airflow_provider_ldusage.engine.report import Output, Report
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.query import UsageQuery


@dataclass(frozen=True)
class Lineage:
    """The lineage of one load.

    :param inputs: the endpoint; none until it is known what to ask for
    :param outputs: the tables, each with what was stored in it; none if nothing was stored (yet)
    """

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[tuple[Dataset, Output], ...] = ()

    @classmethod
    def of(cls, base_url: str, query: UsageQuery) -> Lineage:
        """The lineage of a load that has not stored anything yet.

        :param base_url: of the LaunchDarkly instance
        """
        return cls((Dataset(base_url, _endpoint(query)),))

    def storing(self, store: Store, report: Report) -> Lineage:
        """This lineage with what the load has stored."""
        return replace(self, outputs=tuple((store.dataset(output.table), output) for output in report.outputs))

    def to_openlineage(self) -> Any:
        """An ``OperatorLineage`` of Airflow's OpenLineage provider.

        The input is told also where nothing was stored: without any dataset, Airflow would name the task's outlets.
        """
        from airflow.providers.common.compat.openlineage.facet import InputDataset
        from airflow.providers.openlineage.extractors import OperatorLineage

        return OperatorLineage(
            inputs=[InputDataset(namespace=each.namespace, name=each.name) for each in self.inputs],
            outputs=[_output(dataset, output) for dataset, output in self.outputs],
        )


def _endpoint(query: UsageQuery) -> str:
    """The endpoint's path as it was asked. Where it was asked for several flags, ``{featureFlagKey}`` stays: the names
    of a project's flags change from day to day, and those of a dataset must not."""
    path = query.metric.path
    for argument in query.metric.path_arguments:
        if value := query.path.get(argument.name):
            path = path.replace(f"{{{argument.parameter}}}", quote(value, safe=""))
    return path


def _output(dataset: Dataset, output: Output) -> Any:
    from airflow.providers.common.compat.openlineage.facet import (
        OutputDataset,
        OutputStatisticsOutputDatasetFacet,
        SchemaDatasetFacet,
        SchemaDatasetFacetFields,
    )

    fields = [SchemaDatasetFacetFields(name=column.name, type=column.type) for column in output.columns]
    written = OutputStatisticsOutputDatasetFacet(rowCount=output.commit.rows, size=output.commit.bytes)
    return OutputDataset(
        namespace=dataset.namespace,
        name=dataset.name,
        facets={"schema": SchemaDatasetFacet(fields=fields)},
        outputFacets={"outputStatistics": written},
    )
