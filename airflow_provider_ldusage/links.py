"""Links from a task in Airflow's UI: the usage in LaunchDarkly, the metric's documentation, the table, the usage page.

Airflow 3 asks for a task's links in the worker, after the task, and keeps them. Airflow 2 asks in the webserver, which
has neither the task nor its connections, so there the pages go through an XCom.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from airflow_provider_ldusage import compat
from airflow_provider_ldusage.compat import BaseOperatorLink

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context

PAGES = "ldusage_pages"
"""The operator's attribute, and the key of the XCom in Airflow 2: the name of each page with its URL."""
USAGE, DOCUMENTATION, TABLE, REPORT = "usage", "documentation", "table", "report"


def usage_page(base_url: str) -> str:
    """Where LaunchDarkly shows an account's usage: under Plan usage and Diagnostic usage of this page.

    LaunchDarkly documents how to click there, and no address of the pages themselves. Federal environments have none:
    see https://launchdarkly.com/docs/home/account/metrics and its federal edition.

    :param base_url: of the API, as in :attr:`.ClientConfig.base_url`
    :return: empty for federal environments, and for hosts that are not LaunchDarkly's, such as a proxy
    """
    host = urlsplit(base_url).hostname or ""
    return f"{base_url}/settings" if host.endswith(".launchdarkly.com") else ""


def report_page() -> str:
    """Where Airflow shows the usage page, relative to its own address; empty before Airflow 3.1, which shows none.

    It names the page and no view of it: Airflow takes what follows the page's name for the frame's path from the
    server's root, which would have to contain Airflow's path prefix.
    """
    has_pages = hasattr(getattr(compat, "AirflowPlugin", None), "external_views")
    return "plugin/ldusage" if has_pages else ""


class _PageLink(BaseOperatorLink):
    """A link to one of the pages that a task has told.

    :cvar page: its name
    """

    page: ClassVar[str]

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The page's URL; empty if there is none, and Airflow shows no link."""
        pages = getattr(operator, PAGES, None)
        if pages is None:  # the operator as Airflow 2 has serialized it
            from airflow_provider_ldusage.compat import XCom

            pages = XCom.get_value(key=PAGES, ti_key=ti_key) or {}
        return str(pages.get(self.page, ""))


class UsagePageLink(_PageLink):
    """To the usage in LaunchDarkly, see :func:`usage_page`."""

    name = "LaunchDarkly usage"
    page = USAGE


class DocumentationLink(_PageLink):
    """To what LaunchDarkly's documentation says of the metric."""

    name = "Metric documentation"
    page = DOCUMENTATION


class TablePageLink(_PageLink):
    """To the table's folder in the store's console, see :meth:`.lake.store.Store.console`."""

    name = "Table in the store"
    page = TABLE


class ReportPageLink(_PageLink):
    """To the usage page in Airflow, see :func:`report_page`."""

    name = "Usage page"
    page = REPORT


class ShowsPages:
    """A mixin for operators that have such links."""

    ldusage_pages: Mapping[str, str] = {}

    def show_pages(self, context: Context, **pages: str) -> None:
        """Tell the URLs of pages, beside those that were told before.

        :param pages: by name; empty where there is none
        """
        self.ldusage_pages = {**self.ldusage_pages, **pages}
        if not hasattr(BaseOperatorLink, "xcom_key") and (task := context.get("ti")):  # Airflow 2
            task.xcom_push(key=PAGES, value=dict(self.ldusage_pages))
