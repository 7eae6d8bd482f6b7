"""Errors of filesystems and their libraries: what they mean, and how they are reported without credentials."""

from __future__ import annotations

import re

from airflow_provider_ldusage.api.redaction import without_secrets
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.log_text import cut, cut_about

MAX_INSPECTED = 8192
"""Characters of an error's text that are searched for secrets; a longer text is not shown."""
MAX_REASON = 100
"""Characters of a library's words in what is wrong. The whole follows the place."""
_PASSING = re.compile("expired|skewed|rate.?limit|quota|throttl|slow.?down", re.IGNORECASE)


def store_error(
    doing: str, where: str, error: Exception, remedy: str | None = None, *, kind: type[StoreError] = StoreError
) -> StoreError:
    """Describe a failed operation. Raise the result ``from cause_of(error)``.

    :param doing: the operation: ``read``, ``write to``, ``remove from``, ``list`` or ``look at``
    :param where: the object's address, without credentials
    :param remedy: what to do about it; None: what usually helps
    """
    return failed(doing, where, f"{type(error).__name__}: {error}", remedy, kind=kind)


def failed(
    doing: str, where: str, said: str, remedy: str | None = None, *, kind: type[StoreError] = StoreError
) -> StoreError:
    """Describe a failed operation, as :func:`store_error`.

    :param said: what is wrong, in the words of the system or of a library
    """
    reason, about = cut_about(in_a_line(said), MAX_REASON, where)
    return kind(f"Cannot {doing} the destination: {reason.removesuffix('.')}.", remedy, about=about)


def is_forbidden(error: Exception) -> bool:
    """Whether an error means that authentication or authorization failed. Each library has its own form of it."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)  # Azure's; gcsfs's
    google = isinstance(error, OSError) and str(error).startswith("Forbidden: ")
    return isinstance(error, PermissionError) or google or str(status) in ("401", "403")


def may_pass(error: Exception) -> bool:
    """Whether a refusal may be over by itself: a token that is renewed, a clock that is set, a limit of requests."""
    return bool(_PASSING.search(f"{error} {error.__cause__}"))


def in_a_line(text: str, limit: int = 500) -> str:
    """Return a library's message in one line, without credentials.

    :param limit: maximum number of characters; Azure's messages are long, and begin with what matters
    """
    return cut(" ".join(without_secrets(text[:MAX_INSPECTED]).split()), limit)


def cause_of(error: Exception) -> Exception | None:
    """Return what a traceback may show as the cause: the error, or None if it or any of its causes holds a secret."""
    cause: BaseException | None = error
    while cause is not None:
        text = str(cause)
        if len(text) > MAX_INSPECTED or without_secrets(text) != text:
            return None
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return error
