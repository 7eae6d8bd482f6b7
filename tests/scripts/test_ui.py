"""``make ui``: servers with a login, which end with the command."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import stat
import threading
from pathlib import Path

import pytest
import requests

from scripts import ui
from tests.memory import folder_in_memory
from tests.system.installation import Airflow

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.skipif(not importlib.util.find_spec("airflow.sdk"), reason="Airflow 2 has no simple auth manager"),
]


@pytest.mark.timeout(900)
def test_it_serves_with_a_login_until_it_is_told_to_stop(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with folder_in_memory() as home:
        airflow = Airflow(home, tmp_path)
        airflow.cli("db", "migrate")
        seen: list[int] = []

        def look() -> None:
            told = capsys.readouterr().out
            assert f"{airflow.url}/plugin/ldusage\n" in told
            passwords = json.loads((home / "passwords.json").read_text())
            for user, password in passwords.items():
                assert f"{user} / {password}" in told
                given = requests.post(
                    f"{airflow.url}/auth/token", json={"username": user, "password": password}, timeout=60
                )
                token = {"Authorization": f"Bearer {given.json()['access_token']}"}
                seen.append(requests.get(f"{airflow.url}/api/v2/dags", headers=token, timeout=60).status_code)
            seen.append(requests.get(f"{airflow.url}/api/v2/dags", timeout=60).status_code)

        ui.serve(airflow, {"AIRFLOW_VAR_ONE": "1"}, look)
        assert seen == [200, 200, 401]
        assert airflow.environment["AIRFLOW_VAR_ONE"] == "1"
        assert all(server.poll() is not None for server in airflow._servers)
        with pytest.raises(requests.ConnectionError):
            requests.get(airflow.url, timeout=5)


def test_passwords_are_for_this_user_alone(tmp_path: Path) -> None:
    settings = ui.login(tmp_path, {"admin": "secret"})
    file = Path(settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    assert (stat.S_IMODE(file.stat().st_mode), json.loads(file.read_text())) == (0o600, {"admin": "secret"})
    assert settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "admin:admin,viewer:viewer"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_end_it(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    timer = threading.Timer(0.3, os.kill, (os.getpid(), number))
    timer.start()
    try:
        ui.wait_for_a_signal()
    finally:
        timer.join()
        for each, handler in before.items():
            signal.signal(each, handler)
    assert "Stopping." in capsys.readouterr().out
