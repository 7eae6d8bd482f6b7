"""What a load tells Airflow of where its data comes from and goes to: links in the UI, and lineage."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.lineage import Lineage
from airflow_provider_ldusage.links import DocumentationLink, ShowsPages, TablePageLink, UsagePageLink, usage_page

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import BaseOperatorLink, Context
    from airflow_provider_ldusage.engine.report import Report
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.query import UsageQuery

log = logging.getLogger(__name__)


class Provenance(ShowsPages):
    """A mixin for the operators that load usage."""

    operator_extra_links: Collection[BaseOperatorLink] = (UsagePageLink(), DocumentationLink(), TablePageLink())
    _lineage = Lineage()

    def asking(self, context: Context, base_url: str, query: UsageQuery) -> None:
        """Tell what is about to be asked. It is known also if the load fails.

        :param base_url: of the LaunchDarkly instance
        """
        self._lineage = Lineage.of(base_url, query)
        self.show_pages(context, usage=usage_page(base_url), documentation=query.metric.documentation)

    def stored(self, context: Context, store: Store, report: Report) -> Report:
        """Tell what was stored, and return the report. Nothing that fails here fails a task that has stored."""
        try:
            self._lineage = self._lineage.storing(store, report)
            if report.outputs and (console := store.console(report.table)):
                self.show_pages(context, table=console)
        except Exception:
            log.warning("Neither lineage nor a link tells of %s.", report.uri, exc_info=True)
        return report

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """What Airflow's OpenLineage provider asks for once the task is over, whether or not it has failed.

        :return: see :meth:`.lineage.Lineage.to_openlineage`
        """
        return self._lineage.to_openlineage()
