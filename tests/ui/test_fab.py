"""The page's rights under FAB's roles, in a real API server. FAB is installed in one of ``make test-matrix``'s
environments."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator

import pytest
import requests

from airflow_provider_ldusage import compat
from airflow_provider_ldusage.insight.views.stored_view import VIEWS
from tests.system.installation import ROOT, Airflow
from tests.ui.conftest import BILL
from tests.ui.installed import installed

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.skipif(
        not importlib.util.find_spec("airflow.providers") or not importlib.util.find_spec("airflow.providers.fab"),
        reason="Airflow's FAB provider is not installed",
    ),
    pytest.mark.skipif(
        not hasattr(compat.AirflowPlugin, "external_views"), reason="this Airflow shows no pages of plugins"
    ),
]
MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
DATA = [f"data/{name}.json" for name in ("lakes", *VIEWS)]
ROLES = ("Viewer", "User", "Op", "Admin")


class OnlyPages(Airflow):
    """An API server and nothing else, with FAB."""

    def commands(self) -> tuple[tuple[str, ...], ...]:
        return super().commands()[:1]

    def is_healthy(self) -> bool:
        return bool(requests.get(f"{self.url}/api/v2/version", timeout=5).ok)

    def statuses(self, role: str | None) -> set[int]:
        """What somebody gets at every address of data."""
        headers = {}
        if role:
            login = {"username": role.lower(), "password": "secret"}
            answer = requests.post(f"{self.url}/auth/token", json=login, timeout=60)
            headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return {requests.get(f"{self.url}/ldusage/{path}", headers=headers, timeout=60).status_code for path in DATA}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnlyPages]:
    home, lake, path = (tmp_path_factory.mktemp(name) for name in ("home", "lake", "path"))
    (lake / "_ldusage" / "report").mkdir(parents=True)
    for view in VIEWS:
        (lake / "_ldusage" / "report" / f"{view}.json").write_text(json.dumps(BILL))
    found = OnlyPages(home, home)
    found.environment |= {
        "AIRFLOW__CORE__AUTH_MANAGER": MANAGER,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",  # Airflow 3.2 heeds it with FAB too
        "AIRFLOW__FAB__CACHE_TTL": "1",
        "AIRFLOW_VAR_LDUSAGE_DESTINATION": lake.as_uri(),
        "PYTHONPATH": f"{ROOT}:{installed(path)}",
    }
    try:
        found.cli("db", "migrate")
        found.start()
        for role in ROLES:
            name = role.lower()
            found.cli(
                "users", "create", "-u", name, "-p", "secret", "-r", role, "-f", name, "-l", name, "-e", f"{name}@e.org"
            )
        yield found
    finally:
        found.stop()


def test_admins_and_ops_see_the_page_and_nobody_else(server: OnlyPages) -> None:
    found = {role: server.statuses(role) for role in (None, *ROLES)}
    assert found == {None: {401}, "Viewer": {403}, "User": {403}, "Op": {200}, "Admin": {200}}


def test_the_documented_command_lets_viewers_see_it(server: OnlyPages) -> None:
    page = (ROOT / "docs" / "page.md").read_text()
    (command,) = [line for line in page.splitlines() if line.startswith("airflow roles add-perms ")]
    server.cli(*command.split()[1:])
    server.wait("the right to be known", lambda: server.statuses("Viewer") == {200}, 60)
    assert server.statuses("User") == {403}
