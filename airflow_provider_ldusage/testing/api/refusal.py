"""Answers other than 200, with the documented error bodies.

Source: the "Errors" chapter of https://launchdarkly.com/docs/api and the error models of the account usage API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ErrorBody(NamedTuple):
    """The documented body of an error."""

    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        """The body as the API sends it."""
        return self._asdict()


DOCUMENTED: Mapping[int, ErrorBody] = {
    400: ErrorBody("invalid_request", "Invalid request body"),
    401: ErrorBody("unauthorized", "Invalid access token"),
    403: ErrorBody("forbidden", "Forbidden. Access to the requested resource was denied."),
    404: ErrorBody("not_found", "Invalid resource identifier"),
    409: ErrorBody("data_export_project_identity_incomplete", "Usage cannot be attributed completely to projects"),
    429: ErrorBody("rate_limited", "You've exceeded the API rate limit. Try again later."),
    500: ErrorBody("internal_server_error", "Internal server error"),
    503: ErrorBody("service_unavailable", "Requested service unavailable"),
}
"""HTTP status to the documented error."""

_UNDOCUMENTED = {405: "method_not_allowed", 413: "too_large"}


class Refusal(Exception):
    """An answer other than 200.

    :param status: HTTP status
    :param message: what is wrong; None for the documented message of the status
    """

    def __init__(self, status: int, message: str | None = None) -> None:
        self.status = status
        self.message = DOCUMENTED[status].message if message is None else message
        super().__init__(f"{status}: {self.message}")

    @property
    def body(self) -> dict[str, str]:
        """The error body, ``{code, message}``."""
        code = _UNDOCUMENTED.get(self.status) or DOCUMENTED[self.status].code
        return ErrorBody(code, self.message).as_json()


class BetaRequired(Refusal):
    """A usage request without the beta version header. This error is published without a code."""

    def __init__(self) -> None:
        super().__init__(403, "This is a beta API, you must pass beta in the LD-API-Version header to use it.")

    @property
    def body(self) -> dict[str, str]:
        """The error body, ``{message}``."""
        return {"message": self.message}
