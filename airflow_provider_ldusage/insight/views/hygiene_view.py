"""The view of hygiene: SDKs at or near the end of their life, and flags that nobody evaluates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from airflow_provider_ldusage.insight.stored_days import Record
from airflow_provider_ldusage.insight.views.written_days import WrittenDays

_SDK = (
    "project_id", "project_key", "project_name", "environment_id", "environment_key", "environment_name",
    "application_id", "sdk_name", "sdk_version", "status", "latest_version", "relay_version", "relay_status",
)  # fmt: skip
_FLAG = (
    "project_key", "project_name", "environment_key", "environment_name", "feature_flag_key", "last_evaluated_on",
    "days_without", "since",
)  # fmt: skip


def hygiene_view(sdks: WrittenDays | None, flags: WrittenDays | None, stale_after: int) -> Record:
    """Make the view. A list is null while its table is not there.

    :param sdks: the table ``outdated_sdks``, if there is one
    :param flags: the table ``stale_flags``, likewise
    :param stale_after: days without an evaluation that make a flag stale
    :raises StoreError: the store cannot be read
    """
    outdated, stale = _rows(sdks, _SDK, "outdated"), _rows(flags, _FLAG, "stale")
    return {
        "through": max((each.last for each in (sdks, flags) if each is not None and each.last), default=None),
        "late": None,
        "sdks": None if outdated is None else sorted(outdated, key=_by_end_of_life),
        "flags": None if stale is None else sorted(stale, key=_by_days_without),
        "stale_after": stale_after,
    }


def _rows(table: WrittenDays | None, names: Sequence[str], wanted: str) -> list[Record] | None:
    """The rows of a table's last day for which a column is true."""
    if table is None or table.last is None:
        return None
    last: date = table.last
    rows = table.records([last], (*names, wanted)).get(last, [])
    return [{name: row.get(name) for name in names} for row in rows if row[wanted]]


def _by_end_of_life(row: Mapping[str, object]) -> tuple[object, ...]:
    """Those that are past it first."""
    return row["status"] != "EolPast", *_texts(row)


def _by_days_without(row: Mapping[str, object]) -> tuple[object, ...]:
    days = row["days_without"]
    return -days if isinstance(days, int) else 0, *_texts(row)


def _texts(row: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(value) for value in row.values())
