"""Arguments of a report that are whole numbers within bounds."""

from __future__ import annotations

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown


def whole_number(name: str, value: object, allowed: range, hint: str, *, fault: str = "is not allowed") -> int:
    """Return an argument if it is a whole number within its bounds.

    :param name: of the argument, for the message
    :param hint: what to give instead
    :param fault: what is wrong with any other value, as the message says it
    :raises UsageArgumentError: it is another number, or no whole number
    """
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise UsageArgumentError(f"{name}={shown(value)} {fault}.", hint)
    return value
