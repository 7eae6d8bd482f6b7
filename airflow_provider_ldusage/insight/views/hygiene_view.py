"""The view of hygiene: SDKs near the end of their life, and flags that nobody evaluates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_ldusage.insight.views.own_days import OwnDays, Record

PAST = "EolPast"
"""What LaunchDarkly says of an SDK version whose end of life is over. Others that are listed are near it."""
_SDK = (
    "project_id", "project_key", "project_name", "environment_key", "environment_name", "application_id", "sdk_name",
    "sdk_version", "sdk_type", "status", "latest_version", "relay_version", "relay_status",
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
        "sdks": _rows(sdks, "outdated", _SDK, lambda row: row["status"] != PAST),
        "flags": _rows(flags, "stale", _FLAG, lambda row: -(row["days_without"] or 0)),
        "stale_after": stale_after,
    }


def _rows(table: OwnDays | None, told: str, names: Sequence[str], order: Any) -> list[Record] | None:
    """The rows of a table's last day that need somebody, the most urgent first.

    :param told: the column that tells whether a row does
    """
    if table is None or table.last is None:
        return None
    rows = table.records([table.last], (*names, told)).get(table.last, [])
    found = [{name: row.get(name) for name in names} for row in rows if row.get(told)]
    return sorted(found, key=lambda row: (order(row), *_names(row)))


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in row.values())
