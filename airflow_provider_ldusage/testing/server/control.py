"""Remote control: what a `Simulator` does, for users in another process, by ``POST /_simulator/<name>``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from airflow_provider_ldusage.testing.switches import Switches, parse_time

Json = dict[str, Any]

_FAULT_FIELDS = frozenset({"status", "headers", "body", "times", "path", "delay", "cut"})


class Controlled(Protocol):
    """What is controlled: the part of `Simulator` that another process may use."""

    switches: Switches

    @property
    def now(self) -> datetime: ...
    @now.setter
    def now(self, value: datetime | None) -> None: ...
    def advance(self, step: timedelta) -> datetime: ...
    def fail(self, status: int | None = 500) -> None: ...
    def after(self, path: str, do: Callable[[], object]) -> None: ...
    def delete_project(self, project_key: str) -> None: ...
    def delete_environment(self, project_key: str, environment_key: str) -> None: ...
    def delete_flag(self, project_key: str, flag_key: str) -> None: ...
    def restore(self) -> None: ...


Command = Callable[[Controlled, Json], Json]


def control(simulator: Controlled, name: str, values: Json) -> Json:
    """Run a command.

    :param simulator: what is controlled
    :param name: the last part of the path, which names the command
    :param values: the command's arguments
    :returns: what the command changed
    :raises LookupError: there is no such command
    :raises ValueError: the arguments are invalid
    :raises TypeError: an argument is missing or unknown
    """
    return _command(name)(simulator, values)


def _command(name: Any) -> Command:
    if name not in _COMMANDS:
        raise LookupError(f"no /_simulator/{name}; there are {', '.join(_COMMANDS)}")
    return _COMMANDS[name]


def _method(name: str, result: str) -> Command:
    """The command that calls a method of the simulator with the arguments as they are."""

    def command(simulator: Controlled, values: Json) -> Json:
        getattr(simulator, name)(**values)
        return {result: True}

    return command


def _now(simulator: Controlled, values: Json) -> Json:
    if set(values) == {"advance_seconds"}:
        simulator.advance(timedelta(seconds=float(values["advance_seconds"])))
    elif set(values) == {"now"}:
        simulator.now = None if values["now"] is None else parse_time(values["now"])
    else:
        raise ValueError('expected {"now": "..."} or {"advance_seconds": n}')
    return {"now": simulator.now.isoformat()}


def _switches(simulator: Controlled, values: Json) -> Json:
    simulator.switches = simulator.switches.but(**values)
    return {"switches": simulator.switches.as_json()}


def _fail(simulator: Controlled, values: Json) -> Json:
    unknown = set(values) - _FAULT_FIELDS
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    simulator.fail(**values)
    return {"scripted": True}


def _after(simulator: Controlled, values: Json) -> Json:
    """``do`` names another command, whose arguments are ``values``."""
    if not {"path", "do"} <= set(values) <= {"path", "do", "values"} or not isinstance(values["path"], str):
        raise ValueError('expected {"path": "...", "do": "delete_project", "values": {...}}')
    command, given = _command(values["do"]), dict(values.get("values", {}))
    simulator.after(values["path"], lambda: command(simulator, given))
    return {"scripted": True}


_COMMANDS: Mapping[str, Command] = {
    "now": _now,
    "switches": _switches,
    "fail": _fail,
    "after": _after,
    "delete_project": _method("delete_project", "deleted"),
    "delete_environment": _method("delete_environment", "deleted"),
    "delete_flag": _method("delete_flag", "deleted"),
    "restore": _method("restore", "restored"),
}
