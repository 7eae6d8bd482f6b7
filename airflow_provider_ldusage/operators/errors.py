"""How errors of this package end an Airflow task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError


@contextmanager
def no_retries_for_permanent_errors() -> Iterator[None]:
    """Raise permanent errors as ``AirflowFailException``, after which Airflow does not retry the task."""
    try:
        yield
    except LaunchDarklyUsageError as error:
        if error.permanent:
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error
        raise
