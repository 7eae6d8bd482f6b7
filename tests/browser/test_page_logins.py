"""Who sees the page: in an API server with two workers and a path before all its addresses, where people log in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.conftest import DAILY
from tests.browser.page_reader import TITLES, follow_to_the_page, see_in_airflow
from tests.browser.visitor import Visitor, visiting
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

PREFIX = "/data/airflow"
VIEWER = {"username": "vera", "password": "a password"}
DATA = [f"/ldusage/data/{name}.json" for name in ("lakes", *TITLES)]


class BehindAPath(Airflow):
    """Another API server of an Airflow."""

    def __init__(self, first: Airflow, folder: Path) -> None:
        super().__init__(folder, folder)
        self.url += PREFIX
        passwords = folder / "passwords.json"
        passwords.write_text(json.dumps({VIEWER["username"]: VIEWER["password"]}))
        self.environment = first.environment | {
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{VIEWER['username']}:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        }

    def commands(self) -> tuple[tuple[str, ...], ...]:
        (server, *_) = super().commands()
        return ((*server, "--workers", "2"),)


@pytest.fixture(scope="module")
def server(airflow: Airflow, daily_run: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BehindAPath]:
    found = BehindAPath(airflow, tmp_path_factory.mktemp("second"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def viewer(browser: Browser, server: BehindAPath) -> Iterator[Visitor]:
    """Somebody who may look and nothing else, logged in. All that the browser asks for has the path."""
    with visiting(browser, server.url) as found:
        found.open("/")
        found.page.get_by_label("Username").fill(VIEWER["username"])
        found.page.get_by_label("Password").fill(VIEWER["password"])
        found.page.get_by_role("button", name="Sign in").click()
        found.page.get_by_role("button", name="Browse").wait_for()
        found.complaints.clear()  # Airflow's page asks for its settings before it asks who is there
        yield found


def test_a_viewer_sees_every_view_below_a_path(viewer: Visitor) -> None:
    viewer.page.get_by_role("button", name="Browse").click()
    viewer.page.get_by_role("menuitem", name="LaunchDarkly usage").click()
    frame = see_in_airflow(viewer, "bill")
    for view in ("owners", "health", "hygiene"):
        frame.get_by_role("link", name=TITLES[view], exact=True).click()
        frame = see_in_airflow(viewer, view)
    viewer.page.reload()
    see_in_airflow(viewer, "hygiene")


def test_links_to_and_from_the_page_lead_there_below_a_path(viewer: Visitor, daily_run: str) -> None:
    follow_to_the_page(viewer, daily_run)
    see_in_airflow(viewer, "bill").get_by_role("link", name="Health", exact=True).click()
    see_in_airflow(viewer, "health").get_by_role("link", name=f"{DAILY} / mau.clientside_mau", exact=True).first.click()
    viewer.page.wait_for_url(f"{viewer.url}/dags/**/tasks/mau.clientside_mau?try_number=1")
    viewer.page.get_by_role("heading", name="mau.clientside_mau").wait_for()


def test_both_workers_answer_a_viewer_and_nobody_else(server: BehindAPath) -> None:
    token = requests.post(f"{server.url}/auth/token", json=VIEWER, timeout=60).json()["access_token"]
    for headers, status in (({"Authorization": f"Bearer {token}"}, 200), ({}, 401)):
        # Each request has a connection of its own, so that both workers get some.
        found = [requests.get(server.url + path, headers=headers, timeout=60).status_code for path in DATA * 4]
        assert set(found) == {status}


def test_somebody_who_has_not_logged_in_is_asked_to(browser: Browser, server: BehindAPath) -> None:
    with visiting(browser, server.url) as stranger:
        stranger.open("/plugin/ldusage")
        stranger.page.get_by_label("Password").wait_for()
        assert stranger.page.url.startswith(f"{server.url}/auth/login")
        answer = stranger.page.request.get(f"{server.url}/ldusage/pages/usage.html")
        assert answer.status == 401
        stranger.complaints.clear()
