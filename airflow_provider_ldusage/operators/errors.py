"""How errors of this package end an Airflow task: one plain message in the log, and no retries where none helps."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from functools import cache
from typing import Any

from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, UnauthorizedError
from airflow_provider_ldusage.log_text import shown

log = logging.getLogger(__name__)

LINE = 100
"""Characters of a line in the log: as many are in sight beside the time and the level."""


class no_retries_for_permanent_errors(AbstractContextManager[None]):
    """Log what went wrong, and raise permanent errors so that Airflow does not retry the task.

    Airflow's log view shows the end of a log. So the error is raised anew, which makes Airflow's own traceback a short
    one: a permanent error as one of its class that is an ``AirflowFailException`` too. The error as it was found is the
    ``__context__``. Its traceback is logged before the message; at level DEBUG if it is permanent, since an argument, a
    connection or a permission is mended without it. A class, since a generator would add contextlib's frames to
    Airflow's traceback.
    """

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, found: object) -> None:
        if isinstance(error, LaunchDarklyUsageError):
            log.log(logging.DEBUG if error.permanent else logging.INFO, "Where the error was found", exc_info=error)
            log.error("%s", for_log(error))
            raise (failing(error) if error.permanent else copy(error)) from None


@contextmanager
def naming_connection(conn_id: str) -> Iterator[None]:
    """Let an error about the token say whose it is: the client knows the token, and not what Airflow calls it."""
    try:
        yield
    except UnauthorizedError as error:
        named = copy(error)
        named.remedy = f"{error.remedy} The connection is {shown(conn_id)}."
        raise named.with_traceback(error.__traceback__) from None


def for_log(error: LaunchDarklyUsageError) -> str:
    """What is wrong, what to do, and what it is about, each on lines of its own; the last whole, to be copied."""
    lines = [
        line
        for part in (error.problem, error.remedy)
        for line in textwrap.wrap(part, LINE, break_long_words=False, break_on_hyphens=False)
    ]
    return "\n".join([*lines, error.about] if error.about else lines)


def failing(error: LaunchDarklyUsageError) -> AirflowFailException:
    """The same error, as one after which Airflow does not retry."""
    own: Any = type(error)
    kind = _failing(own)
    failure: AirflowFailException = kind.__new__(kind, *error.args)
    vars(failure).update(vars(error))
    return failure


@cache
def _failing(kind: Any) -> Any:
    """A subclass of a kind of error and of ``AirflowFailException``, which has the name of the first in logs."""
    return type(kind.__name__, (kind, AirflowFailException), {"__module__": kind.__module__})
