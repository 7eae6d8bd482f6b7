"""The errors of this package: one base class, and one class for each remedy.

::

    LaunchDarklyUsageError
    ├── UsageArgumentError (also a ValueError) *
    ├── ConnectionConfigError (also a ValueError) *
    ├── LaunchDarklyApiError
    │   ├── UnauthorizedError *
    │   ├── ForbiddenError *
    │   │   └── UsageForbiddenError *
    │   ├── NotFoundError *
    │   ├── RequestRefusedError *
    │   ├── DataExportIdentityError *
    │   ├── RateLimitedError
    │   └── ServerTroubleError
    ├── AnswerError
    │   └── OtherTimeError
    ├── TemporaryFileError
    ├── UsageDelayedError *
    ├── LakeError *
    │   └── StoreError
    │       └── StorePermissionError *
    ├── QualityError
    └── PlanAlertError *

An asterisk marks the permanent errors: retrying does not help, so the operators fail without Airflow's retries.

Every message says first what is wrong, then what to do about it, and last which request or place it is about (never the
token): a line of a log is cut at its end. For LaunchDarkly's own errors see the "Errors" and "Rate limiting" chapters
of https://launchdarkly.com/docs/api.
"""

from __future__ import annotations

from typing import ClassVar


class LaunchDarklyUsageError(Exception):
    """Base class of every error that this package raises.

    :param problem: what is wrong, short enough that the remedy begins within the first 200 characters
    :param remedy: what to do about it; the class's own where it is left out
    :param about: the request or the place, or what else may be long
    :cvar permanent: retrying does not help, so the operators fail at once, whatever ``retries`` says
    :cvar usual_remedy: what to do where an error of this class does not say it
    """

    permanent: ClassVar[bool] = False
    usual_remedy: ClassVar[str] = ""

    def __init__(self, problem: str, remedy: str | None = None, *, about: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = self.usual_remedy if remedy is None else remedy
        self.about = about

    def __str__(self) -> str:
        """One line: ``<problem> <remedy> (<about>)``."""
        return " ".join(filter(None, (self.problem, self.remedy, self.about and f"({self.about})")))


class UsageArgumentError(LaunchDarklyUsageError, ValueError):
    """An argument of an operator, sensor or hook is invalid. The message names the allowed values."""

    permanent = True


class ConnectionConfigError(LaunchDarklyUsageError, ValueError):
    """The Airflow connection is incomplete or invalid. The message names the field as the connection form does."""

    permanent = True


class LaunchDarklyApiError(LaunchDarklyUsageError):
    """LaunchDarkly responded with an error, or not at all.

    :param problem: see :class:`LaunchDarklyUsageError`, as for ``remedy`` and ``about``
    :param status: HTTP status; None without a response
    :param code: ``code`` of LaunchDarkly's error body, if it has one
    """

    def __init__(
        self,
        problem: str,
        remedy: str | None = None,
        *,
        about: str = "",
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(problem, remedy, about=about)
        self.status = status
        self.code = code


class UnauthorizedError(LaunchDarklyApiError):
    """401: the access token is invalid or expired, or is no access token but, for example, an SDK key."""

    permanent = True


class ForbiddenError(LaunchDarklyApiError):
    """403: the token's role or the account's plan does not allow this, or a proxy removed the beta header."""

    permanent = True


class UsageForbiddenError(ForbiddenError):
    """403 for a usage endpoint, from LaunchDarkly itself: the account's plan does not include it, or the token's role
    may not read it. LaunchDarkly does not tell the two apart."""


class NotFoundError(LaunchDarklyApiError):
    """404: an unknown project, environment or flag, or an endpoint that this instance does not have."""

    permanent = True


class RequestRefusedError(LaunchDarklyApiError):
    """400, any other 4xx, or a redirect (never followed). The message quotes LaunchDarkly's own."""

    permanent = True


class DataExportIdentityError(LaunchDarklyApiError):
    """409 ``data_export_project_identity_incomplete``: some usage belongs to no project."""

    permanent = True


class RateLimitedError(LaunchDarklyApiError):
    """429, and the wait for the rate limit would exceed the connection's ``max_wait``.

    Also raised, with ``retry_in`` set, for waits that a client leaves to its caller (``defer_from`` of
    :class:`~airflow_provider_ldusage.api.client.UsageClient`).

    :param problem: see :class:`LaunchDarklyUsageError`, as for ``remedy`` and ``about``
    :param status: 429
    :param code: see :class:`LaunchDarklyApiError`
    :param waited: seconds waited for rate limits so far
    :param retry_in: seconds after which to try again, within ``max_wait``; None if that would exceed it
    """

    def __init__(
        self,
        problem: str,
        remedy: str | None = None,
        *,
        about: str = "",
        status: int | None = None,
        code: str | None = None,
        waited: float = 0.0,
        retry_in: float | None = None,
    ) -> None:
        super().__init__(problem, remedy, about=about, status=status, code=code)
        self.waited = waited
        self.retry_in = retry_in


class ServerTroubleError(LaunchDarklyApiError):
    """5xx, a broken connection or a timeout that persists after all retries."""


class AnswerError(LaunchDarklyUsageError):
    """A 200 whose body does not match the API's contract. None of it was written."""

    usual_remedy = (
        "Nothing of it was stored. Let Airflow retry; if it stays, the API may have changed: look for a newer version "
        "of this provider."
    )


class OtherTimeError(AnswerError):
    """The response has points outside the requested range, as it does for a wrong unit of ``from`` and ``to``."""


class TemporaryFileError(LaunchDarklyUsageError):
    """The worker's temporary folder, which holds large responses, is full or not writable."""


class UsageDelayedError(LaunchDarklyUsageError):
    """LaunchDarkly has not counted the window to its end within the allowed time."""

    permanent = True


class LakeError(LaunchDarklyUsageError):
    """The destination refuses the load: its table differs, its bucket is missing, or ``on_empty="fail"`` applies.
    Nothing was written."""

    permanent = True


class StoreError(LakeError):
    """The destination cannot be reached, read or written: a network error, a full disk, a folder of another user."""

    permanent = False
    usual_remedy = "This may pass: let Airflow retry. If it stays, check the store, and the destination's connection."


class StorePermissionError(StoreError):
    """An object store refuses the credentials of the destination's connection, or they do not allow this."""

    permanent = True
    usual_remedy = "The credentials of the destination's connection are wrong, or lack the permission: correct them."


class QualityError(LaunchDarklyUsageError):
    """A data-quality check at level ``fail`` found a problem. The loaded data is stored, as LaunchDarkly reports it.

    Not permanent: late figures are the usual cause, and a retry loads them again.
    """


class PlanAlertError(LaunchDarklyUsageError):
    """Usage has reached a part of the plan, or is expected to pass it, and the report's ``alerts="fail"`` says so. The
    report is written."""

    permanent = True
