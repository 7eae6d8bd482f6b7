"""``POST /_simulator/<name>``: what a `Simulator` does, for users in another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.testing.switches import parse_time

if TYPE_CHECKING:
    from airflow_provider_ldusage.testing.simulator import Simulator

_FAULT_FIELDS = ("status", "headers", "body", "times", "path", "delay", "cut")
_AFTER_FIELDS = {"path", "do", "values"}


def control(simulator: Simulator, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Does what the path's last part names. LookupError: no such name; ValueError or TypeError: bad values."""
    return _command(name)(simulator, values)


def _command(name: Any) -> Callable[[Simulator, dict[str, Any]], dict[str, Any]]:
    if name not in _COMMANDS:
        raise LookupError(f"no /_simulator/{name}; there are {', '.join(_COMMANDS)}")
    return _COMMANDS[name]


def _now(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    if set(values) == {"advance_seconds"}:
        simulator.advance(timedelta(seconds=float(values["advance_seconds"])))
    elif set(values) == {"now"}:
        simulator.now = None if values["now"] is None else parse_time(values["now"])
    else:
        raise ValueError('expected {"now": "..."} or {"advance_seconds": n}')
    return {"now": simulator.now.isoformat()}


def _switches(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    simulator.switches = simulator.switches.but(**values)
    return {"switches": simulator.switches.as_json()}


def _fail(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(_FAULT_FIELDS)
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    simulator.fail(**values)
    return {"scripted": True}


def _delete_project(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    simulator.delete_project(**values)
    return {"deleted": True}


def _delete_environment(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    simulator.delete_environment(**values)
    return {"deleted": True}


def _delete_flag(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    simulator.delete_flag(**values)
    return {"deleted": True}


def _restore(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    simulator.restore(**values)
    return {"restored": True}


def _after(simulator: Simulator, values: dict[str, Any]) -> dict[str, Any]:
    """``do`` names another command and ``values`` are its own."""
    if not {"path", "do"} <= set(values) <= _AFTER_FIELDS or not isinstance(values["path"], str):
        raise ValueError('expected {"path": "...", "do": "delete_project", "values": {...}}')
    command, given = _command(values["do"]), dict(values.get("values", {}))
    simulator.after(values["path"], lambda: command(simulator, given))
    return {"scripted": True}


_COMMANDS: Mapping[str, Callable[[Simulator, dict[str, Any]], dict[str, Any]]] = {
    "now": _now,
    "switches": _switches,
    "fail": _fail,
    "after": _after,
    "delete_project": _delete_project,
    "delete_environment": _delete_environment,
    "delete_flag": _delete_flag,
    "restore": _restore,
}
