"""An application as Airflow's API server mounts it, and people with and without rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import compat
from tests.names import find

if not hasattr(compat.AirflowPlugin, "external_views"):  # before 3.1 there is no page
    collect_ignore = [f"test_{name}.py" for name in ("app", "guard", "lakes")]
else:
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from airflow_provider_ldusage.ui.app import CachedReader, create_app
    from airflow_provider_ldusage.ui.lakes import Lake, Lakes
    from airflow_provider_ldusage.ui.reading import Stores

BILL = {"version": 1, "written_at": "2026-11-12T06:00:00.000Z", "through": "2026-11-11", "late": None, "meters": []}


class Pages:
    """The page's application and a lake of its own.

    :ivar lake: the folder
    """

    def __init__(self, lake: Path, static: Path) -> None:
        self.lake, self.static = lake, static
        self.names = {"default": lake.as_uri()}
        for name in ("usage.html", "icon.svg"):
            (static / name).write_text(f"<p>{name}")
        self.store("bill", BILL)

    def store(self, view: str, content: dict[str, Any]) -> None:
        path = self.lake / "_ldusage" / "report" / f"{view}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def lakes(self) -> Lakes:
        return Lakes({name: Lake(name, destination) for name, destination in self.names.items()})

    def visited_by(self, role: str | None, prefix: str = "/ldusage", **more: Any) -> TestClient:
        """What somebody sees: of a role of the simple auth manager, or nobody in particular."""
        app = FastAPI()
        app.mount(prefix, create_app(CachedReader(Stores(), self.lakes), self.static))
        headers = {} if role is None else {"Authorization": f"Bearer {token(role)}"}
        return TestClient(app, base_url=f"http://testserver{prefix}/", headers=headers, **more)


@pytest.fixture
def pages(tmp_path: Path, auth: None) -> Pages:
    for name in ("lake", "static"):
        (tmp_path / name).mkdir()
    return Pages(tmp_path / "lake", tmp_path / "static")


@pytest.fixture(scope="session")
def auth() -> Iterator[None]:
    """The simple auth manager, as the API server has it, and the table of tokens that were taken back."""
    from airflow import settings
    from airflow.api_fastapi.app import init_auth_manager

    if revoked := find("airflow.models.revoked_token:RevokedToken"):
        revoked.__table__.create(settings.engine, checkfirst=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "a" * 64)
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "False")
        init_auth_manager()
        yield


def token(role: str) -> str:
    """What somebody of a role has after the login."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username="somebody", role=None if role == "none" else role)
    return get_auth_manager().generate_jwt(user)
