"""One base, and one class for each thing a person would do differently about it.

Every message says what was asked (never the token), what came back, and what to do. What LaunchDarkly answers when
is described in the "Errors" and "Rate limiting" chapters of https://launchdarkly.com/docs/api.
"""

from __future__ import annotations

from typing import ClassVar


class LaunchDarklyUsageError(Exception):
    """Base of every error that this package raises itself.

    ``permanent``: trying again changes nothing, so the operators fail at once, whatever ``retries`` says.
    """

    permanent: ClassVar[bool] = False


class UsageArgumentError(LaunchDarklyUsageError, ValueError):
    """An argument of an operator or hook is wrong. Raised before the first request; names what is allowed."""

    permanent = True


class ConnectionConfigError(LaunchDarklyUsageError, ValueError):
    """The Airflow connection is incomplete or wrong. Names the field in the words of the connection form."""

    permanent = True


class LaunchDarklyApiError(LaunchDarklyUsageError):
    """LaunchDarkly answered with an error, or not at all.

    :param message: what was asked, what came back, what to do
    :param status: the HTTP status, or None where there was no answer
    :param code: the ``code`` of LaunchDarkly's error body, where it has one
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class UnauthorizedError(LaunchDarklyApiError):
    """401: the access token is wrong, expired, or not an access token (an SDK key, say)."""

    permanent = True


class ForbiddenError(LaunchDarklyApiError):
    """403: the token may not read this, the plan does not include it, or the beta header got lost."""

    permanent = True


class NotFoundError(LaunchDarklyApiError):
    """404: unknown project, environment or flag, or an endpoint this instance does not have."""

    permanent = True


class RequestRefusedError(LaunchDarklyApiError):
    """400 and other 4xx, and redirects (never followed): carries LaunchDarkly's own message."""

    permanent = True


class DataExportIdentityError(LaunchDarklyApiError):
    """409 ``data_export_project_identity_incomplete``: rows that belong to no project. Retrying does not help."""

    permanent = True


class RateLimitedError(LaunchDarklyApiError):
    """429, and waiting for the limit to lift would take longer than the connection's ``max_wait`` allows.

    Or, for a client that hands long waits back (``UsageClient.hand_back``), it is up to the caller to wait.

    :param waited: seconds that were waited for rate limits so far
    :param retry_in: seconds after which asking again is worth it, within ``max_wait``; None: it is not
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
    """5xx, a broken connection or a timeout, still there after the retries."""


class AnswerError(LaunchDarklyUsageError):
    """A 200 whose body does not fit the contract of the API: nothing of it was written."""


class OtherTimeError(AnswerError):
    """The answer has points of another time than was asked for: a wrong unit of ``from`` and ``to`` looks like that."""


class TemporaryFileError(LaunchDarklyUsageError):
    """The worker's temporary folder is full or cannot be written to: large answers are set aside there."""


class UsageDelayedError(LaunchDarklyUsageError):
    """The window is not counted to its end, and waiting for that has taken longer than was allowed."""

    permanent = True


class LakeError(LaunchDarklyUsageError):
    """The destination refuses the load: the table is another one, or ``on_empty="fail"``. Nothing was written."""

    permanent = True


class StoreError(LakeError):
    """The destination cannot be reached, read or written: no such bucket, no permission, a full disk."""

    permanent = False


class QualityError(LaunchDarklyUsageError):
    """A data-quality check at level ``fail`` found something. What was loaded is stored, as LaunchDarkly reports it.

    Not permanent: figures that come late are the usual cause, and a retry asks for them again.
    """
