"""LaunchDarkly's account usage API on loopback, for tests of DAGs and of this provider.

    with Simulator(now=datetime(2026, 11, 20, tzinfo=timezone.utc)) as launchdarkly:
        os.environ["AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT"] = json.dumps(launchdarkly.connection())

or, beside a development Airflow: ``python -m airflow_provider_ldusage.testing.simulator --port 8765``.

It knows the API's documentation and nothing of this provider. It is stricter than the real API: everything that is
not documented is refused with 400. Its figures are made up but honest: they follow from the account, the dimensions
and the clock alone, hours add up to days, and days grow for a while as late data arrive.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import partial
from types import TracebackType
from typing import Any

from airflow_provider_ldusage.testing.control import control
from airflow_provider_ldusage.testing.deletions import Deletion
from airflow_provider_ldusage.testing.server import LOOPBACK, SimulatorServer
from airflow_provider_ldusage.testing.service import Fault, Request, Service
from airflow_provider_ldusage.testing.switches import Switches, parse_time
from airflow_provider_ldusage.testing.truth import Asked, truth

DEFAULT_TOKEN = "api-sim-5f2b1c9d-8e7a-4b00-9c4d-simulated0001"
DEFAULT_ACCOUNT = "5f2b1c9d8e7a6b0011111111"


class Simulator:
    """A LaunchDarkly of your own on ``http://127.0.0.1:<port>``; a context manager.

    Args:
        now: the simulated clock, aware; None: the real clock.
        switches: the readings of what the documentation leaves open.
        token: the access token that it accepts.
        account_id: another account has other ids and other figures.
        port: 0 takes a free one.
    """

    def __init__(
        self,
        now: datetime | None = None,
        switches: Switches | None = None,
        token: str = DEFAULT_TOKEN,
        account_id: str = DEFAULT_ACCOUNT,
        port: int = 0,
    ) -> None:
        self._frozen: datetime | None = None
        self._ahead = timedelta(0)
        self._service = Service(account_id, token, lambda: self.now, self._passing, switches or Switches())
        self._port = port
        self._server: SimulatorServer | None = None
        self._thread: threading.Thread | None = None
        self.now = now

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        if self._server is not None:
            raise RuntimeError("the simulator is serving already")
        self._server = SimulatorServer(self._port, self._service, partial(control, self))
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="launchdarkly-simulator",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every connection. Recorded requests stay."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the simulator is not serving: use it in a with statement, or call start()")
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def token(self) -> str:
        """The access token that it accepts."""
        return self._service.token

    @property
    def account_id(self) -> str:
        """The account's id."""
        return self._service.account_id

    def connection(self) -> dict[str, str]:
        """The Airflow connection to it, as ``AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT`` takes it in JSON."""
        return {"conn_type": "launchdarkly", "host": self.url, "password": self.token}

    @property
    def now(self) -> datetime:
        """The simulated time, UTC. Set an aware datetime to stop the clock there, or None to follow the real one."""
        return self._frozen if self._frozen is not None else datetime.now(timezone.utc) + self._ahead

    @now.setter
    def now(self, value: datetime | None) -> None:
        if value is not None and value.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self._ahead = timedelta(0)
        self._frozen = None if value is None else value.astimezone(timezone.utc)

    def _passing(self) -> float:
        return 0.0 if self._frozen is None else time.time()

    def advance(self, step: timedelta) -> datetime:
        """Move the clock, and return the new time. A clock that follows the real one keeps running."""
        if self._frozen is not None:
            self._frozen += step
        else:
            self._ahead += step
        return self.now

    @property
    def switches(self) -> Switches:
        """The switches in force; set others at any time: ``sim.switches = sim.switches.but(settle_days=0)``."""
        return self._service.switches

    @switches.setter
    def switches(self, value: Switches) -> None:
        self._service.switches = value

    @property
    def requests(self) -> list[Request]:
        """The requests since the start, or since `clear_requests`, in the order of their answers."""
        return list(self._service.requests)

    def clear_requests(self) -> None:
        """Forget the recorded requests."""
        self._service.requests.clear()

    def fail(
        self,
        status: int | None = 500,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        times: int = 1,
        path: str | None = None,
        delay: float = 0.0,
        cut: int | None = None,
    ) -> None:
        """Answer the next `times` requests that match `path` in another way; see `Fault` for each argument.

        Scripted answers come before every other check, in the order in which they were scripted.
        """
        self._service.faults.append(Fault(status, dict(headers or {}), body, times, path, delay, cut))

    def clear_faults(self) -> None:
        """Forget the scripted answers that are left."""
        self._service.faults.clear()

    def after(self, path: str, do: Callable[[], object]) -> None:
        """Do something once, when the next request that matches `path` has been answered with 200.

        It is done before the answer is sent, so whoever asked finds it done with the next question: a project is in
        the list, and gone when its environments are asked for. Several are done in the order in which they were given.

        Args:
            path: part of the path, or a pattern with ``*``.
            do: such as ``lambda: simulator.delete_project("mobile-app")``.
        """
        self._service.afterwards.append((path, do))

    def delete_project(self, project_key: str) -> None:
        """Delete a project, from the simulated moment on.

        It is in no list any more, and paths with it answer 404. Its usage ends; what it was stays in series of the
        account, under the project's id. Raises ValueError where there is no such project, as the others do.
        """
        self._delete(project_key)

    def delete_environment(self, project_key: str, environment_key: str) -> None:
        """Delete an environment of a project, from the simulated moment on; see `delete_project`."""
        self._delete(project_key, environment=environment_key)

    def delete_flag(self, project_key: str, flag_key: str) -> None:
        """Delete a flag of a project, from the simulated moment on; its evaluations cannot be asked for any more."""
        self._delete(project_key, flag=flag_key)

    def restore(self) -> None:
        """Undo every deletion, as if it had not been, and forget what was to be done `after` something."""
        self._service.deletions = ()
        self._service.afterwards.clear()

    def _delete(self, project_key: str, environment: str | None = None, flag: str | None = None) -> None:
        world = self._service.world()
        project = world.account.project(project_key)
        if project is None:
            raise ValueError(f"no project {project_key!r}")
        if environment is not None and project.environment(environment) is None:
            raise ValueError(f"project {project_key!r} has no environment {environment!r}")
        if flag is not None and project.flag(flag) is None:
            raise ValueError(f"project {project_key!r} has no flag {flag!r}")
        self._service.delete(Deletion(world.now, project_key, environment, flag))

    def truth(
        self,
        endpoint: str,
        *,
        start: date | None = None,
        end: date | None = None,
        group_by: Iterable[str] = (),
        filters: Mapping[str, str | Sequence[str]] | None = None,
        aggregation_type: str | None = None,
        granularity: str | None = None,
        **path: str,
    ) -> list[Any]:
        """What the model holds now, without HTTP and without what the switches do to an answer on its way.

        Month-to-date is always that of the whole month, nothing is cut off by retention or plan, and there is no zero
        for no usage. The readings of what a figure means, and of how metadata are named, are those in force.

        Args:
            endpoint: URL template below ``/api/v2/usage/``, such as ``clientside-mau`` or ``streams/{source}``.
            start, end: UTC days [start, end); not for the snapshot lists.
            granularity: also ``daily`` (default), ``hourly`` or ``minutely`` where the API chooses by itself.
            path: values for the template's names.

        Returns:
            For series, rows ``{"time": epoch ms, "value": number, **metadata}`` by time. For lists, their items.

        Raises:
            ValueError: an argument that the endpoint does not have.
        """
        asked = Asked(endpoint, start, end, tuple(group_by), filters or {}, aggregation_type, granularity, path)
        return truth(asked, self._service.world())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: prints one line with the URL and the connection, then serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_ldusage.testing.simulator",
        description="LaunchDarkly's account usage API on 127.0.0.1, with made-up figures.",
    )
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    parser.add_argument("--now", type=parse_time, help="stop the clock at this ISO 8601 time; default: the real clock")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the access token that it accepts")
    parser.add_argument("--account-id", default=DEFAULT_ACCOUNT, help="another account has other ids and figures")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    options = parser.parse_args(arguments)
    try:
        switches = Switches().but_text(options.switch)
    except (ValueError, TypeError) as error:
        parser.error(str(error))
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Simulator(options.now, switches, options.token, options.account_id, options.port) as simulator:
        connection = json.dumps(simulator.connection())
        print(f"{simulator.url} AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT='{connection}'", flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
