"""The view of hygiene: SDKs near the end of their life, and flags that nobody evaluates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_ldusage.insight.views.own_days import OwnDays, Record

SDKS_TABLE, FLAGS_TABLE = "outdated_sdks", "stale_flags"
_SDK = (
    "project_id", "project_key", "project_name", "environment_key", "environment_name", "application_id", "sdk_name",
    "sdk_version", "status", "end_of_life_on", "days_left",
)  # fmt: skip
_FLAG = ("project_key", "project_name", "environment_key", "feature_flag_key", "last_evaluated_on", "days_without")


def hygiene_view(sdks: OwnDays | None, flags: OwnDays | None, stale_after: int) -> Record | None:
    """Make the view.

    :param sdks: the table ``outdated_sdks``, if there is one
    :param flags: the table ``stale_flags``, likewise
    :param stale_after: days without an evaluation that make a flag stale
    :return: None: neither is there yet
    :raises StoreError: the store cannot be read
    """
    days = [each.last for each in (sdks, flags) if each is not None and each.last is not None]
    if not days:
        return None
    return {
        "through": max(days),
        "late": None,
        "sdks": _rows(sdks, _SDK, lambda row: (row["days_left"] is None, row["days_left"] or 0)),
        "flags": _rows(flags, _FLAG, lambda row: (-(row["days_without"] or 0),)),
        "stale_after": stale_after,
    }


def _rows(table: OwnDays | None, names: Sequence[str], first: Any) -> list[Record] | None:
    """The rows of a table's last day, the most urgent first."""
    if table is None or table.last is None:
        return None
    last: date = table.last
    rows = [{name: row.get(name) for name in names} for row in table.records([last], names).get(last, [])]
    return sorted(rows, key=lambda row: (*first(row), *_names(row)))


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in row.values())
