"""Objects that name the tables which hold the same figures without groups.

A load lists nothing. So the check ``groups`` reads here under which names the total of its groups may be stored. A name
is noted before its table is created: a task that is killed in between leaves a name without a table, and never a table
without its name. Names are kept for good. A table may be deleted, or created again as something else, so whoever reads
a name looks at the table's description too (:mod:`.finding`).
"""

from __future__ import annotations

import json
import logging

from airflow_provider_ldusage.exceptions import StoreError, UsageArgumentError
from airflow_provider_ldusage.lake.layout import check_table_name
from airflow_provider_ldusage.lake.store import MAX_ROUNDS, Store
from airflow_provider_ldusage.log_text import table_named

log = logging.getLogger(__name__)

FORMAT = 1


def names(store: Store, file: str) -> tuple[str, ...]:
    """Return the names of tables that may hold the same figures, in the order of their names.

    :param file: the object, see :attr:`.table.Table.total_file`
    :raises StoreError: the store cannot be read
    """
    return _parse(store.read(file), f"{store.uri}/{file}") or ()


def note(store: Store, file: str, name: str) -> None:
    """Note a table. Nothing is written if it is noted already.

    :param file: the object, see :attr:`.table.Table.total_file`
    :param name: of the table
    :raises StoreError: the store cannot be read or written to, or other tasks keep writing the object
    """
    for _ in range(MAX_ROUNDS):
        before = store.read_versioned(file)
        known = _parse(before and before.data, f"{store.uri}/{file}")
        if known is None or name in known or store.swap(file, _to_json((*known, name)), before):
            return
    raise StoreError(
        f"Other tasks keep writing the object that names table {table_named(name)!r}, so the table was not created.",
        about=f"{store.uri}/{file}",
    )


def _to_json(tables: tuple[str, ...]) -> bytes:
    return json.dumps({"format": FORMAT, "tables": sorted(tables)}, indent=1, sort_keys=True).encode() + b"\n"


def _parse(data: bytes | None, name: str) -> tuple[str, ...] | None:
    """Return the names in an object's content: none if there is no object or it is damaged.

    :return: None: it is of a later version, and is to be left as it is
    """
    if data is None:
        return ()
    try:
        content = json.loads(data)
        if content["format"] != FORMAT:
            log.warning("%s is of a later version of the provider: it is left as it is, and not made use of.", name)
            return None
        return tuple(check_table_name(table) for table in content["tables"])
    except (ValueError, KeyError, TypeError, UsageArgumentError) as error:
        log.warning("%s cannot be read (%s), so the tables that it names are not known.", name, type(error).__name__)
        return ()
