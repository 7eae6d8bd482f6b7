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
    └── QualityError

An asterisk marks the permanent errors: retrying does not help, so the operators fail without Airflow's retries.

Every message says what was requested (never the token), what went wrong, and what to do about it. For LaunchDarkly's
own errors see the "Errors" and "Rate limiting" chapters of https://launchdarkly.com/docs/api.
"""

from __future__ import annotations

from typing import ClassVar


class LaunchDarklyUsageError(Exception):
    """Base class of every error that this package raises.

    :cvar permanent: retrying does not help, so the operators fail at once, whatever ``retries`` says
    """

    permanent: ClassVar[bool] = False


class UsageArgumentError(LaunchDarklyUsageError, ValueError):
    """An argument of an operator, sensor or hook is invalid. The message names the allowed values."""

    permanent = True


class ConnectionConfigError(LaunchDarklyUsageError, ValueError):
    """The Airflow connection is incomplete or invalid. The message names the field as the connection form does."""

    permanent = True


class LaunchDarklyApiError(LaunchDarklyUsageError):
    """LaunchDarkly responded with an error, or not at all.

    :param message: what was requested, what the response was, and what to do
    :param status: HTTP status; None without a response
    :param code: ``code`` of LaunchDarkly's error body, if it has one
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
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

    :param message: see :class:`LaunchDarklyApiError`
    :param status: 429
    :param code: see :class:`LaunchDarklyApiError`
    :param waited: seconds waited for rate limits so far
    :param retry_in: seconds after which to try again, within ``max_wait``; None if that would exceed it
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        waited: float = 0.0,
        retry_in: float | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.waited = waited
        self.retry_in = retry_in


class ServerTroubleError(LaunchDarklyApiError):
    """5xx, a broken connection or a timeout that persists after all retries."""


class AnswerError(LaunchDarklyUsageError):
    """A 200 whose body does not match the API's contract. None of it was written."""


class OtherTimeError(AnswerError):
    """The response has points outside the requested range, as it does for a wrong unit of ``from`` and ``to``."""


class TemporaryFileError(LaunchDarklyUsageError):
    """The worker's temporary folder, which holds large responses, is full or not writable."""


class UsageDelayedError(LaunchDarklyUsageError):
    """LaunchDarkly has not counted the window to its end within the allowed time."""

    permanent = True


class LakeError(LaunchDarklyUsageError):
    """The destination refuses the load: its table differs, or ``on_empty="fail"`` applies. Nothing was written."""

    permanent = True


class StoreError(LakeError):
    """The destination cannot be reached, read or written: a missing bucket, no permission, a full disk."""

    permanent = False


class QualityError(LaunchDarklyUsageError):
    """A data-quality check at level ``fail`` found a problem. The loaded data is stored, as LaunchDarkly reports it.

    Not permanent: late figures are the usual cause, and a retry loads them again.
    """
