"""One base, and one class for each thing a person would do differently about it.

Every message says what was asked (never the token), what came back, and what to do. The classes are meant to
be used in Airflow's ``retry_policy`` rules; what LaunchDarkly answers when is described in the "Errors" and
"Rate limiting" chapters of https://launchdarkly.com/docs/api.
"""

from __future__ import annotations


class LaunchDarklyUsageError(Exception):
    """Base of every error that this package raises itself."""


class UsageArgumentError(LaunchDarklyUsageError, ValueError):
    """An argument of an operator or hook is wrong. Raised before the first request; names what is allowed."""


class ConnectionConfigError(LaunchDarklyUsageError, ValueError):
    """The Airflow connection is incomplete or wrong. Names the field in the words of the connection form."""


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


class ForbiddenError(LaunchDarklyApiError):
    """403: the token may not read this, the plan does not include it, or the beta header got lost."""


class NotFoundError(LaunchDarklyApiError):
    """404: unknown project, environment or flag, or an endpoint this instance does not have."""


class RequestRefusedError(LaunchDarklyApiError):
    """400 and other 4xx, and redirects (never followed): carries LaunchDarkly's own message."""


class DataExportIdentityError(LaunchDarklyApiError):
    """409 ``data_export_project_identity_incomplete``: rows that belong to no project. Retrying does not help."""


class RateLimitedError(LaunchDarklyApiError):
    """429, and waiting for the limit to lift would take longer than the connection's ``max_wait`` allows."""


class ServerTroubleError(LaunchDarklyApiError):
    """5xx, a broken connection or a timeout, still there after the retries."""


class AnswerError(LaunchDarklyUsageError):
    """A 200 whose body does not fit the contract of the API: nothing of it was written."""


class LakeError(LaunchDarklyUsageError):
    """The destination refuses the load, or cannot be reached: another variant, another account, no such bucket."""
