"""What Airflow asks of the page at start-up. Every process that loads plugins imports this, so it imports no more."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from airflow_provider_ldusage.compat import AirflowPlugin

log = logging.getLogger(__name__)

NAME = "LaunchDarkly usage"
PREFIX = "/ldusage"

# Addresses are relative, so that they lead to the same place behind a proxy's prefix.
_VIEW = {
    "name": NAME,
    "href": "ldusage/pages/usage.html",
    "destination": "nav",
    "category": "browse",
    "url_route": "ldusage",
    "icon": "ldusage/static/icon.svg",
    "icon_dark_mode": "ldusage/static/icon-dark.svg",
}


class UsagePlugin(AirflowPlugin):
    """The page "LaunchDarkly usage" in the menu Browse.

    An Airflow without pages of plugins (before 3.1) gets neither the menu nor the application behind it.
    """

    name = "ldusage"
    external_views = [dict(_VIEW)] if hasattr(AirflowPlugin, "external_views") else []

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The application. Whatever goes wrong, the API server starts: then without the page, and without its menu."""
        if not self.external_views:
            return []
        try:
            from airflow_provider_ldusage.ui.app import create_app

            return [{"name": NAME, "app": create_app(), "url_prefix": PREFIX}]
        except Exception:
            log.exception("The page %r cannot be shown. Everything else works.", NAME)
            self.external_views = []
            return []
