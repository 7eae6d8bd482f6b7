"""The names of all objects below a destination. No other module builds one.

<destination>/<table>/usage_date=YYYY-MM-DD/<slice>.parquet    day files, and nothing else below a table
<destination>/_ldusage/<table>.json                            what the table is
<destination>/_ldusage/state/<table>/<slice>.json              which days of a slice are final
<destination>/_ldusage/totals/<metric>-<hash>.json             the names of the tables that hold the same figures
<destination>/_ldusage/restatements/<table>/<day>-<hash>.parquet  what a load has replaced, until a report gathers it
<destination>/_ldusage/report/<view>.json                      what the page in Airflow's UI shows
<destination>/_ldusage/tmp/                                    temporary files (local disk only)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.visible import unseen

CONTROL = "_ldusage"
STATE = f"{CONTROL}/state"
TOTALS = f"{CONTROL}/totals"
RESTATEMENTS = f"{CONTROL}/restatements"
VIEWS = f"{CONTROL}/report"
TEMPORARY = f"{CONTROL}/tmp"
PARTITION = "usage_date"

_TABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")


def check_table_name(name: object) -> str:
    """Return a table's name if it is valid: it is the name of a folder, and often an SQL name too.

    :raises UsageArgumentError: unless it is 1 to 200 ASCII letters, digits, ``_`` and ``-``, not beginning with ``_``
    """
    if not isinstance(name, str) or not _TABLE.fullmatch(name):
        found = unseen(name) if isinstance(name, str) else None
        hint = f"It holds {found}, which cannot be seen. " if found else ""
        raise UsageArgumentError(
            f"table={shown(name)} is no table name.",
            f"{hint}Give 1 to 200 ASCII letters, digits, '_' and '-', beginning with a letter or digit.",
        )
    return name


def slice_file(slice_: Mapping[str, str]) -> str:
    """Return the file name of a slice: readable, unique, and safe on every store whatever the values.

    The readable part may be cut or altered. The hash behind it differs for slices that differ at all, also on file
    systems that ignore case.
    """
    if not slice_:
        return "all.parquet"
    items = sorted(slice_.items())  # the order of a later catalogue must not give a day a second file
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", "_".join(value for _, value in items)).lstrip("._-")[:80]
    exact = json.dumps(items).encode()
    return f"{readable or 'slice'}-{hashlib.sha256(exact).hexdigest()[:16]}.parquet"


def day_file(table: str, day: date, slice_: Mapping[str, str]) -> str:
    """Return the name of the file of one day of one slice."""
    return f"{table}/{PARTITION}={day.isoformat()}/{slice_file(slice_)}"


def table_file(table: str) -> str:
    """Return the name of the table's description."""
    return f"{CONTROL}/{table}.json"


def state_file(table: str, slice_: Mapping[str, str]) -> str:
    """Return the name of the object that holds the state of a slice's days."""
    return f"{STATE}/{table}/{slice_file(slice_).removesuffix('.parquet')}.json"


def total_file(identity: Mapping[str, Any]) -> str:
    """Return the name of the object that names the tables of an identity, see :attr:`.table.Table.identity`.

    An entry that is None counts as one that is absent, as it does where identities are compared.
    """
    exact = json.dumps({key: value for key, value in identity.items() if value is not None}, sort_keys=True).encode()
    return f"{TOTALS}/{identity['metric']}-{hashlib.sha256(exact).hexdigest()[:16]}.json"


def restatement_note(table: str, day: date, slice_: Mapping[str, str], identity: Sequence[Any]) -> str:
    """Return the name of the note of one replaced day.

    :param identity: what else tells it from other notes of the day
    """
    exact = json.dumps([sorted(slice_.items()), *identity]).encode()
    return f"{RESTATEMENTS}/{table}/{day.isoformat()}-{hashlib.sha256(exact).hexdigest()[:32]}.parquet"


def view_file(view: str) -> str:
    """Return the name of the object that a view of the page shows."""
    return f"{VIEWS}/{view}.json"
