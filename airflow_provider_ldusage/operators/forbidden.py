"""What becomes of a task whose usage LaunchDarkly denies: the values of ``on_forbidden``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow_provider_ldusage.compat import AirflowSkipException
from airflow_provider_ldusage.exceptions import UsageForbiddenError
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.operators import arguments

log = logging.getLogger(__name__)


class Fail:
    """The task fails with the error."""

    @contextmanager
    def loading(self, what: str) -> Iterator[None]:
        """The load of something, such as ``vega_ai``."""
        yield


class Skip(Fail):
    """The task is skipped. Any other 403 fails it all the same: a missing beta header, a proxy, the account."""

    @contextmanager
    def loading(self, what: str) -> Iterator[None]:
        """See :meth:`Fail.loading`.

        :raises AirflowSkipException: LaunchDarkly denies its usage
        """
        try:
            yield
        except UsageForbiddenError as error:
            log.info("%s", error)
            raise AirflowSkipException(
                f"LaunchDarkly denies {what} ({error.status} {error.code}): the account's plan does not include it, or "
                "the token's role may not read it. Nothing was loaded."
            ) from error


ON_FORBIDDEN = {"fail": Fail(), "skip": Skip()}


def on_forbidden_of(value: Any) -> Fail:
    """Return what an argument ``on_forbidden`` names.

    :raises UsageArgumentError: it names nothing
    """
    name = arguments.text("on_forbidden", value) or "fail"
    if name not in ON_FORBIDDEN:
        raise not_allowed("on_forbidden", value, ON_FORBIDDEN)
    return ON_FORBIDDEN[name]
