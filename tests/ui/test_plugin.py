"""The plugin: nothing that goes wrong in the page may keep Airflow from starting."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import compat
from airflow_provider_ldusage.ui import plugin
from airflow_provider_ldusage.ui.plugin import UsagePlugin
from tests.ui.installed import installed

pytestmark = pytest.mark.airflow
HAS_PAGES = hasattr(compat.AirflowPlugin, "external_views")
with_pages = pytest.mark.skipif(not HAS_PAGES, reason="this Airflow shows no pages of plugins")
APP = "airflow_provider_ldusage.ui.app"


@pytest.fixture
def fresh() -> UsagePlugin:
    """The plugin as a process makes it, with a list of views of its own."""
    made = UsagePlugin()
    made.external_views = list(UsagePlugin.external_views)
    return made


@with_pages
def test_the_menu_leads_to_the_page(fresh: UsagePlugin) -> None:
    (view,), (app,) = fresh.external_views, fresh.fastapi_apps
    assert (view["category"], view["destination"], app["url_prefix"]) == ("browse", "nav", "/ldusage")
    assert view["href"] == "ldusage/pages/usage.html"
    assert not any(str(view[key]).startswith("/") for key in view)


@pytest.mark.skipif(HAS_PAGES, reason="this Airflow shows pages of plugins")
def test_without_pages_there_is_neither_menu_nor_application() -> None:
    assert (UsagePlugin().external_views, UsagePlugin().fastapi_apps) == ([], [])


@with_pages
@pytest.mark.parametrize("failure", ["import", "application", "static"])
def test_without_its_application_there_is_no_menu(
    fresh: UsagePlugin, failure: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow_provider_ldusage.ui import app

    if failure == "import":
        monkeypatch.setitem(sys.modules, APP, None)
    elif failure == "application":
        monkeypatch.setattr(app, "create_app", lambda: 1 / 0)
    else:
        monkeypatch.setattr(app.create_app, "__defaults__", (None, tmp_path / "none"))
    assert (fresh.fastapi_apps, fresh.external_views) == ([], [])
    assert "cannot be shown" in caplog.text
    assert plugin._VIEW["name"] == "LaunchDarkly usage", "others are left as they are"


STARTING = """
import json, sys
import airflow_provider_ldusage.ui.plugin
{break_it}
import airflow
from airflow import plugins_manager
from airflow.api_fastapi.app import create_app
app = create_app()
mounted = [route.path for route in app.routes if getattr(route, "path", "") == "/ldusage"]
errors = getattr(plugins_manager, "get_import_errors", lambda: plugins_manager.import_errors)()
print(json.dumps([mounted, errors or {{}}]))
"""
UNBROKEN, BROKEN = "", f"sys.modules[{APP!r}] = None"


def start(break_it: str, extra: Path) -> Any:
    """What the API server of an Airflow has that finds the plugin as it finds an installed one."""
    code = f"import sys; sys.path.insert(0, {str(installed(extra))!r})\n" + STARTING.format(break_it=break_it)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


@with_pages
@pytest.mark.parametrize(("break_it", "mounted"), [(UNBROKEN, ["/ldusage"]), (BROKEN, [])], ids=["whole", "broken"])
def test_the_api_server_starts(break_it: str, mounted: list[str], tmp_path: Path) -> None:
    found, errors = start(break_it, tmp_path)
    assert (found, errors) == (mounted, {})


def test_importing_the_plugin_imports_no_more_than_its_data() -> None:
    code = (
        "import airflow.plugins_manager, sys; before = set(sys.modules); import airflow_provider_ldusage.ui.plugin;"
        "print(sorted(name for name in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    ours = "airflow_provider_ldusage"
    imported = set(eval(done.stdout.splitlines()[-1])) - {ours}
    assert imported == {f"{ours}.{name}" for name in ("compat", "ui", "ui.plugin")}
