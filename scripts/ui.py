"""``make ui``: a real Airflow with the demo's lake of thirteen months, to look around in until Ctrl+C.

The lake and Airflow's database are those of ``make demo``, below ``.demo/``, and are made first if they are not of
today. So the page about usage has something to show, and the tasks that loaded it are there too. LaunchDarkly is the
demo's simulator, so that every DAG can be run. All servers listen on this machine alone; they and what they start end
with this command.
"""

from __future__ import annotations

import json
import secrets
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scripts import demo  # noqa: E402 - scripts/ and tests/ are on the path only now
from tests.system.installation import Airflow  # noqa: E402

PAGE = "/plugin/ldusage"
USERS = {"admin": "admin", "viewer": "viewer"}
"""User to role of the simple auth manager: one who may do everything, and one who may look."""


def main() -> int:
    today = datetime.now(timezone.utc).date()
    with demo.account() as (connection, simulator):
        if not (demo.LOADED.exists() and demo.LOADED.read_text() == today.isoformat()):
            for task in demo.load(today, connection, simulator):
                demo.console.print(f"[red]failed:[/] {task} (see {demo.HOME / 'airflow.log'})")
        serve(Airflow(demo.HOME, ROOT / "dags_examples"), demo.airflow_environment(connection), wait_for_a_signal)
    return 0


def serve(airflow: Airflow, environment: dict[str, str], until: Callable[[], None]) -> None:
    """Run Airflow's servers until a call returns, and end them and all that they have started.

    :param environment: connections and Variables of the servers
    """
    passwords = {user: secrets.token_urlsafe(9) for user in USERS}
    airflow.environment = {**environment, **airflow.environment, **login(airflow.home, passwords)}
    try:
        with demo.console.status(f"Starting Airflow (logs are in {airflow.home})"):
            airflow.start()
        print(f"\nThe page:  {airflow.url}{PAGE}\nAirflow:   {airflow.url}")
        for user, role in USERS.items():
            print(f"Log in as  {user} / {passwords[user]} (role {role})")
        print("\nCtrl+C ends it.", flush=True)
        until()
    finally:
        airflow.stop()


def login(home: Path, passwords: dict[str, str]) -> dict[str, str]:
    """Settings by which these users log in with these passwords, which hold for this time only."""
    file = home / "passwords.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(passwords))
    return {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(file),
    }


def wait_for_a_signal() -> None:
    """Return at Ctrl+C, or when the process is to end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before Airflow is up
        sys.exit(130)
