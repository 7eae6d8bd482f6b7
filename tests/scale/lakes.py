"""What a lake holds, to compare two of them: what was loaded, without the report, which only a run has."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from airflow_provider_ldusage.insight.report import TABLES


def day_files(lake: Path) -> dict[str, bytes]:
    """Every file of the lake that is not below ``_ldusage/``, whatever it is, byte for byte."""
    return {name: path.read_bytes() for name, path in _files(lake) if not name.startswith("_ldusage/")}


def tables(lake: Path) -> dict[str, Any]:
    """Every table's description, without its id, which is random."""
    return {
        name: {key: value for key, value in json.loads(path.read_bytes()).items() if key != "id"}
        for name, path in _files(lake)
        if name.startswith("_ldusage/") and not name.startswith("_ldusage/state/")
    }


def states(lake: Path) -> dict[str, Any]:
    """Every slice's state: its days one by one, each with its status.

    Without the id of the table, the fingerprint of the connection, which depends on that id, the times at which days
    were asked for, and what is still to be announced, which names a run's task and try. Days that were asked for at one
    time share a range, so ranges are of the times.
    """
    found = {name: json.loads(path.read_bytes()) for name, path in _files(lake) if name.startswith("_ldusage/state/")}
    assert all(state.pop("table_id") for state in found.values())
    assert {len(state.pop("connections")) for state in found.values()} == {1}
    return {
        name: {
            **{key: value for key, value in state.items() if key not in ("forecast_asked_at", "announcements")},
            "days": {day: _without_times(entry) for entry in state["days"] for day in _days(entry)},
            "has a forecast": state["forecast_asked_at"] is not None,
        }
        for name, state in found.items()
    }


def _without_times(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("first", "last", "asked_at")}


def _days(entry: dict[str, Any]) -> list[str]:
    first, last = date.fromisoformat(entry["first"]), date.fromisoformat(entry["last"])
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _files(lake: Path) -> list[tuple[str, Path]]:
    found = [(path.relative_to(lake), path) for path in lake.rglob("*") if path.is_file()]
    return sorted((name.as_posix(), path) for name, path in found if not _is_of_the_report(name))


def _is_of_the_report(name: Path) -> bool:
    return not {part.removesuffix(".json") for part in name.parts}.isdisjoint((*TABLES, "report"))
