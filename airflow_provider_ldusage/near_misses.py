"""What was meant by a value that is not allowed: the nearest of those that are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown

MIN_LENGTH = 2
"""Characters that say enough, such as the ``eu`` of ``europe``."""


def not_allowed(argument: str, value: object, allowed: Iterable[str], of: str = "") -> UsageArgumentError:
    """The error for a value that is none of some words. It names the one that was meant, then all of them.

    :param of: what the value is not allowed for, beginning with a blank
    """
    names = tuple(allowed)
    return UsageArgumentError(
        f"{argument}={shown(value)} is not allowed{of}.",
        f"{did_you_mean(value, names)}Allowed: {', '.join(names) or 'none'}.",
    )


def did_you_mean(value: object, allowed: Iterable[str]) -> str:
    """``Did you mean 'total_mau'? ``, with a blank at the end; empty if no word is near."""
    meant = nearest(value, allowed)
    return f"Did you mean {meant!r}? " if meant else ""


def nearest(value: object, allowed: Iterable[str]) -> str | None:
    """The word that a value was probably meant to be, whatever its capitals, underscores and hyphens; None if none is
    near."""
    if not isinstance(value, str) or len(said := _plain(value)) < MIN_LENGTH:
        return None
    words = {_plain(word): word for word in allowed}
    if found := get_close_matches(said, words, n=1):
        return words[found[0]]
    begun = [word for word in words if len(word) >= MIN_LENGTH and (said.startswith(word) or word.startswith(said))]
    return words[begun[0]] if len(begun) == 1 else None


def connection_meant(conn_id: str) -> str:
    """Like :func:`did_you_mean`, for the id of a connection, among those that environment variables define: Airflow
    lists no others to a task."""
    prefix = variable_of("")
    return did_you_mean(conn_id, [name[len(prefix) :].lower() for name in os.environ if name.startswith(prefix)])


def variable_of(conn_id: str) -> str:
    """The environment variable that defines a connection."""
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
