"""LaunchDarkly's account usage API on loopback, for tests of DAGs and of this provider.

    with Simulator(now=datetime(2026, 11, 20, tzinfo=timezone.utc)) as launchdarkly:
        os.environ["AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT"] = json.dumps(launchdarkly.connection())

Or, beside a development Airflow: ``python -m airflow_provider_ldusage.testing.simulator --port 8765``.

It knows the API's documentation and nothing of this provider. It is stricter than the real API: whatever is not
documented is refused with 400. Its figures are made up but consistent: they depend on the account, the dimensions and
the clock alone, hours add up to days, and days grow for a while as late data arrive.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any

from airflow_provider_ldusage.testing.api.truth import Question, truth
from airflow_provider_ldusage.testing.server.control import control
from airflow_provider_ldusage.testing.server.exchange import Request
from airflow_provider_ldusage.testing.server.faults import Fault
from airflow_provider_ldusage.testing.server.http_server import LOOPBACK, SimulatorServer
from airflow_provider_ldusage.testing.server.service import Service
from airflow_provider_ldusage.testing.server.simulated_clock import SimulatedClock
from airflow_provider_ldusage.testing.switches import Switches, parse_time

DEFAULT_TOKEN = "api-sim-5f2b1c9d-8e7a-4b00-9c4d-simulated0001"
DEFAULT_ACCOUNT = "5f2b1c9d8e7a6b0011111111"


class Simulator:
    """A LaunchDarkly of your own on ``http://127.0.0.1:<port>``; a context manager.

    :param now: the moment at which its clock stands still, aware; None follows the real clock
    :param switches: how it behaves where the documentation leaves room; None for the defaults
    :param token: the access token that it accepts
    :param account_id: another account has other ids and other figures
    :param port: the port to listen on; 0 takes a free one
    :raises ValueError: ``now`` has no time zone
    """

    def __init__(
        self,
        now: datetime | None = None,
        switches: Switches | None = None,
        token: str = DEFAULT_TOKEN,
        account_id: str = DEFAULT_ACCOUNT,
        port: int = 0,
    ) -> None:
        self._clock = SimulatedClock(now)
        self._service = Service(account_id, token, self._clock, switches or Switches())
        self._port = port
        self._server: SimulatorServer | None = None

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve, in a thread of its own.

        :raises RuntimeError: the simulator is serving already
        """
        if self._server is not None:
            raise RuntimeError("the simulator is serving already")
        self._server = SimulatorServer(self._port, self._service, partial(control, self))
        self._server.start()

    def stop(self) -> None:
        """Stop serving and close every connection. Recorded requests stay."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end.

        :raises RuntimeError: the simulator is not serving
        """
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
        """The Airflow connection to it.

        :returns: the fields that ``AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT`` takes as JSON
        :raises RuntimeError: the simulator is not serving
        """
        return {"conn_type": "launchdarkly", "host": self.url, "password": self.token}

    @property
    def now(self) -> datetime:
        """The simulated time, UTC. Set an aware datetime to stop the clock there, or None to follow the real one."""
        return self._clock.now

    @now.setter
    def now(self, value: datetime | None) -> None:
        self._clock.set(value)

    def advance(self, step: timedelta) -> datetime:
        """Move the clock. A clock that follows the real one keeps running.

        :param step: how far to move it
        :returns: the new time
        """
        return self._clock.advance(step)

    @property
    def switches(self) -> Switches:
        """The switches in force. Set others at any time: ``sim.switches = sim.switches.but(settle_days=0)``."""
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
        """Script the answers to the next requests that match `path`.

        Scripted answers precede every check, in the order in which they were scripted.

        :param status: HTTP status of the answer; None for the true answer, only late or cut
        :param headers: further headers
        :param body: None for the documented error of the status; text or bytes as they are; anything else as JSON
        :param times: how many requests are answered so
        :param path: part of the path, or a pattern with ``*``; None matches every path
        :param delay: seconds to wait before answering
        :param cut: close the connection after this many bytes of the body; -1 drops it without any answer
        """
        self._service.faults.append(Fault(status, dict(headers or {}), body, times, path, delay, cut))

    def clear_faults(self) -> None:
        """Forget the scripted answers that remain."""
        self._service.faults.clear()

    def after(self, path: str, do: Callable[[], object]) -> None:
        """Run a callback once, after the next request that matches `path` and is answered with 200.

        It runs before that answer is sent, so the client's next request sees its effect: a project is in the list, and
        gone when its environments are asked for. Callbacks run in the order in which they were given.

        :param path: part of the path, or a pattern with ``*``
        :param do: the callback, such as ``lambda: simulator.delete_project("mobile-app")``
        """
        self._service.afterwards.append((path, do))

    def delete_project(self, project_key: str) -> None:
        """Delete a project, from the simulated moment on.

        Lists no longer show it, and paths with it answer 404. Its usage ends; past usage stays in series of the
        account, under the project's id.

        :param project_key: key of the project
        :raises ValueError: there is no such project
        """
        self._service.delete(project_key)

    def delete_environment(self, project_key: str, environment_key: str) -> None:
        """Delete an environment of a project, from the simulated moment on; see `delete_project`.

        :param project_key: key of the project
        :param environment_key: key of the environment
        :raises ValueError: there is no such environment
        """
        self._service.delete(project_key, environment=environment_key)

    def delete_flag(self, project_key: str, flag_key: str) -> None:
        """Delete a flag of a project, from the simulated moment on. Its evaluations can no longer be asked for.

        :param project_key: key of the project
        :param flag_key: key of the flag
        :raises ValueError: there is no such flag
        """
        self._service.delete(project_key, flag=flag_key)

    def restore(self) -> None:
        """Undo every deletion, and forget the callbacks of `after` that have not run."""
        self._service.deletions = ()
        self._service.afterwards.clear()

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
        """The figures that the model holds now, without HTTP, to compare with what was loaded.

        They are free of what switches do to an answer on its way: month-to-date is that of the whole month, retention
        and plan take nothing away, and no zeros stand for missing usage. Switches that decide what a figure means, or
        how metadata are named, apply.

        :param endpoint: URL template below ``/api/v2/usage/``, such as ``clientside-mau`` or ``streams/{source}``
        :param start: first UTC day; not for lists without a range
        :param end: the UTC day after the last; not for lists without a range
        :param group_by: grouping values
        :param filters: filter parameter to one value or several
        :param aggregation_type: aggregation type; None for the endpoint's default
        :param granularity: granularity; also ``daily`` (the default), ``hourly`` or ``minutely`` where the API chooses
        :param path: values for the template's names
        :returns: for series, rows ``{"time": epoch ms, "value": number, **metadata}`` by time; for lists, their items
        :raises ValueError: the endpoint does not have one of the arguments
        """
        question = Question(endpoint, start, end, tuple(group_by), filters or {}, aggregation_type, granularity, path)
        return truth(question, self._service.world())


def _to_paste(simulator: Simulator) -> str:
    """The URL, and two commands for another shell: one sets the connection for that shell, one for a whole Airflow."""
    connection = shlex.quote(json.dumps(simulator.connection()))
    return (
        f"{simulator.url} answers like LaunchDarkly until you stop it (Ctrl+C). In another terminal, paste one of:\n\n"
        f"export AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT={connection}\n\n"
        f"airflow connections add launchdarkly_default --conn-json {connection}\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: print the URL and how to set the connection, then serve until SIGTERM or SIGINT.

    :param arguments: the command line's arguments; None for those of the process
    :returns: exit status
    """
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
        print(_to_paste(simulator), flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
