"""The object of a view in the lake: what all of them have, and which of two reports it is of."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from airflow_provider_ldusage.days import instant_text, parse_instant, utc_now
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.layout import view_file
from airflow_provider_ldusage.lake.state import MAX_AHEAD
from airflow_provider_ldusage.lake.store import MAX_ROUNDS, Store

log = logging.getLogger(__name__)

VERSION = 1
VIEWS = ("bill", "owners", "health", "hygiene")

View = Mapping[str, Any]
"""The content of an object, as JSON has it."""


class NewerVersionError(ValueError):
    """A later version of the provider has written the object."""


def parse_view(data: bytes) -> View:
    """Return the content of an object.

    :raises NewerVersionError: this version does not understand it
    :raises ValueError: it is damaged
    """
    try:
        content = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict) or not isinstance(content.get("version"), int):
        raise ValueError("it is no view")
    if content["version"] > VERSION:
        raise NewerVersionError(f"it has version {content['version']}; this one knows {VERSION}")
    parse_instant(str(content.get("written_at")))
    through, late = content.get("through"), content.get("late")
    if not (isinstance(through, str | None) and isinstance(late, str | None)):
        raise ValueError("what it is through, or why it is late, is no text")
    if through is not None:
        date.fromisoformat(through)
    return content


def read_view(store: Store, view: str) -> View | None:
    """Return what a view shows now.

    :return: None if there is no object, or none that this version understands
    :raises StoreError: the store cannot be read
    """
    data = store.read(view_file(view))
    try:
        return None if data is None else parse_view(data)
    except ValueError:
        return None


def store_view(store: Store, view: str, content: Mapping[str, Any], began: datetime) -> bool:
    """Store what a view shows, unless a report that began later has.

    :param content: dates, instants and numbers as Python has them
    :param began: when the report began to read
    :return: whether it was stored
    :raises StoreError: the store cannot be read or written to
    """
    name = view_file(view)
    data = _to_json({"version": VERSION, "written_at": began, **content})
    for _ in range(MAX_ROUNDS):
        before = store.read_versioned(name)
        if before and (before.data == data or not _may_replace(before.data, f"{store.uri}/{name}", began)):
            return False
        if store.swap(name, data, before):
            return True
    raise StoreError("Other tasks keep writing the object.", about=f"{store.uri}/{name}")


def _may_replace(stored: bytes, name: str, began: datetime) -> bool:
    try:
        written_at = parse_instant(parse_view(stored)["written_at"])
    except NewerVersionError as error:
        log.warning("%s is left as it is: %s.", name, error)
        return False
    except ValueError:
        return True
    return not began < written_at <= utc_now() + MAX_AHEAD  # one from further ahead comes from a wrong clock


def _to_json(content: View) -> bytes:
    text = json.dumps(_plain(content), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _plain(value: Any) -> Any:
    """A value as JSON has it. What is no number (infinity) is not known."""
    if isinstance(value, Mapping):
        return {_key(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)
