"""Destinations and connections of a shell: the environment first, then Airflow's database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.cli import places
from airflow_provider_ldusage.cli.places import local_place, open_lake, provide
from airflow_provider_ldusage.exceptions import LakeError
from tests.lake.conftest import Moto

pytest.importorskip("airflow")
pytestmark = pytest.mark.airflow


def test_a_folder_is_opened_as_tasks_open_it(tmp_path: Path) -> None:
    from airflow_provider_ldusage.operators.destination import open_store

    destination = f"{tmp_path.as_uri()}/a%20b"
    here, task = open_lake(destination), open_store(destination)
    assert (type(here), here.root, here.uri) == (type(task), task.root, task.uri)


def test_only_folders_need_no_airflow(tmp_path: Path) -> None:
    assert local_place(tmp_path.as_uri()) is not None
    assert local_place("s3://aws@lake/usage") is local_place("file://fs@localhost/data") is None


def test_a_connection_of_the_environment_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HERE", json.dumps({"conn_type": "aws"}))
    monkeypatch.setattr(places, "_stored", lambda conn_id: pytest.fail("the database was asked"))
    assert provide("here") is True


def test_a_connection_that_nobody_has_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_stored", lambda conn_id: None)
    assert provide("nowhere") is False
    with pytest.raises(LakeError, match=r"'nowhere' is not defined where this shell finds it.*AIRFLOW_CONN_NOWHERE"):
        open_lake("s3://nowhere@lake/usage")


def test_a_database_that_cannot_be_reached_has_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_ldusage import compat

    def fail(conn_id: str) -> None:
        raise ConnectionRefusedError("the database is gone")

    monkeypatch.setattr(compat.StoredConnection, "get_connection_from_secrets", fail)
    assert provide("nowhere") is False


def test_a_bucket_without_a_connection_is_wrong_usage(ldusage: Any) -> None:
    pytest.importorskip("s3fs")
    ended = ldusage("tables", "s3://lake/usage")
    assert (ended.code, ended.out) == (2, "")
    assert "names no connection" in ended.err and len(ended.err.splitlines()) <= 2


@pytest.mark.slow
def test_a_connection_of_airflows_database_is_found(tmp_path: Path, simulator: Any) -> None:
    """In processes of their own: Airflow knows its database from its first import on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONWARNINGS": "ignore"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", *command], env=environment, capture_output=True, text=True)

    assert run("airflow", "db", "migrate").returncode == 0
    added = run("airflow", "connections", "add", "in_database", "--conn-json", json.dumps(simulator.connection()))
    assert added.returncode == 0, added.stderr
    done = run("airflow_provider_ldusage", "check", "in_database", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["account"] == simulator.account_id
    assert simulator.token not in done.stdout + done.stderr


@pytest.mark.slow
def test_a_lake_in_s3_is_shown_as_one_on_disk(
    ldusage: Any, lake: Any, moto: Moto, new_s3: Any, monkeypatch: Any
) -> None:
    pytest.importorskip("s3fs")
    new_s3().put(str(lake.folder), "lake/usage", recursive=True)
    extra = {"endpoint_url": moto.endpoint, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "testing", "password": "very-secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_MOTO", json.dumps(connection))
    for command in (["tables"], ["status"], ["ddl", "--engine", "duckdb", "--location", "/x"]):
        name, *more = command
        here, there = (
            ldusage(name, destination, *more, "--json") for destination in (lake.destination, "s3://moto@lake/usage")
        )
        assert there.code == 0, there.err
        assert {**there.data, "destination": None} == {**here.data, "destination": None}
    missing = ldusage("tables", "s3://moto@no-such-bucket/usage")
    assert missing.code == 1
    assert "no-such-bucket" in missing.err and "very-secret" not in missing.err
