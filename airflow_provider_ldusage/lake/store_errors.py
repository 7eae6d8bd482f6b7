"""Errors of filesystems and their libraries: what they mean, and how they are reported without credentials."""

from __future__ import annotations

from airflow_provider_ldusage.api.redaction import without_secrets
from airflow_provider_ldusage.exceptions import StoreError

MAX_INSPECTED = 8192
"""Characters of an error's text that are searched for secrets; a longer text is not shown."""


def store_error(doing: str, where: str, error: Exception, hint: str = "") -> StoreError:
    """Describe a failed operation. Raise the result ``from cause_of(error)``.

    :param doing: the operation: ``read``, ``write``, ``list`` or ``look at``
    :param where: the object's address, without credentials
    :param hint: what to do about it
    """
    reason = in_a_line(f"{type(error).__name__}: {error}")
    return StoreError(f"Cannot {doing} {where}: {reason}{hint and f' ({hint})'}")


def is_forbidden(error: Exception) -> bool:
    """Whether an error means that authentication or authorization failed. Each library has its own form of it."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)  # Azure's; gcsfs's
    google = isinstance(error, OSError) and str(error).startswith("Forbidden: ")
    return isinstance(error, PermissionError) or google or str(status) in ("401", "403")


def in_a_line(text: str, limit: int = 500) -> str:
    """Return a library's message in one line, without credentials.

    :param limit: maximum number of characters; Azure's messages are long, and begin with what matters
    """
    clean = " ".join(without_secrets(text[:MAX_INSPECTED]).split())
    return clean if len(clean) <= limit else f"{clean[: limit - 3]}..."


def cause_of(error: Exception) -> Exception | None:
    """Return what a traceback may show as the cause: the error, or None if it or any of its causes holds a secret."""
    cause: BaseException | None = error
    while cause is not None:
        text = str(cause)
        if len(text) > MAX_INSPECTED or without_secrets(text) != text:
            return None
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return error
