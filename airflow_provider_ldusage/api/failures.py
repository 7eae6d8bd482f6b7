"""Maps failed requests to actionable exceptions.

See "Errors" in https://launchdarkly.com/docs/api: bodies are ``{"code", "message"}``. The code may be missing, and
proxies respond in HTML.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.body import EXCERPT_BYTES
from airflow_provider_ldusage.api.redaction import Redactor

IDENTITY_INCOMPLETE = "data_export_project_identity_incomplete"

_RETRY_LATER = "LaunchDarkly or the network is in trouble: see https://status.launchdarkly.com; let Airflow retry."
_PROXY = (
    "This is the proxy between Airflow and LaunchDarkly, not LaunchDarkly: check its address, user and password in "
    "proxies in Extra of the LaunchDarkly connection or, where that is empty, in HTTPS_PROXY on the workers."
)
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_PASSING = ("408", "425", "429")  # statuses of a proxy that may succeed later
PROXY_AUTHENTICATION = 407
_USAGE = "/api/v2/usage/"
_NOT_INCLUDED = (
    "Either the account's plan does not include this usage, or the token's role may not read it (a Reader token can "
    'read all usage that the plan includes). To skip such tasks: on_forbidden="skip".'
)
_ADVICE: Mapping[int, tuple[type[exceptions.LaunchDarklyApiError], str]] = {
    401: (
        exceptions.UnauthorizedError,
        "Put a valid access token, not an SDK key, into the password field of the LaunchDarkly connection; tokens "
        "expire and belong to one instance (commercial, eu, federal).",
    ),
    403: (
        exceptions.ForbiddenError,
        "Either the token's role or the account's plan does not include this (a Reader token can read all usage that "
        "the plan includes), or a proxy removed the LD-API-Version: beta header.",
    ),
    404: (
        exceptions.NotFoundError,
        "Check the project, environment and flag keys (keys, not names); not every instance has every endpoint.",
    ),
    409: (exceptions.RequestRefusedError, "According to LaunchDarkly, this conflicts with the state of its data."),
    429: (exceptions.RateLimitedError, "Ask less often."),
}


def error_from_status(
    request: str, status: int, headers: Mapping[str, str], body: bytes, redact: Redactor
) -> exceptions.LaunchDarklyApiError | exceptions.ConnectionConfigError:
    """The error for a status other than 200.

    :param request: the request, as ``GET https://host/path?query``
    :param status: HTTP status
    :param headers: headers of the response
    :param body: the start of the body, decompressed
    :param redact: removes secrets from whatever the message quotes
    """
    code, message = _code_and_message(body, redact)
    kind: type[exceptions.LaunchDarklyApiError]
    response = f"{status} {code}" if code else str(status)
    if status == PROXY_AUTHENTICATION:
        return exceptions.ConnectionConfigError(f"{redact(request, 2000)} -> {response}. {_PROXY}")
    if 300 <= status < 400:
        kind, message = exceptions.RequestRefusedError, f"redirect to {redact(_target_host(request, headers))}"
        advice = "Redirects are not followed, as the token would be sent along. Check Host in the connection."
    elif status >= 500:
        kind, advice = exceptions.ServerTroubleError, _RETRY_LATER
    elif status == 409 and code == IDENTITY_INCOMPLETE:
        kind = exceptions.DataExportIdentityError
        advice = "Some usage belongs to no project, and retrying does not help: load it without grouping by project."
    elif status == 403 and code and _USAGE in request:  # without a code: the beta header is missing, or it is a proxy
        kind, advice = exceptions.UsageForbiddenError, _NOT_INCLUDED
    else:
        kind, advice = _ADVICE.get(
            status, (exceptions.RequestRefusedError, "Correct the arguments: the same request will be refused again.")
        )
    ending = "" if message.endswith((".", "!", "?")) else "."
    return kind(f"{redact(request, 2000)} -> {response}: {message}{ending} {advice}", status=status, code=code)


def error_from_exception(
    request: str, error: BaseException, redact: Redactor
) -> exceptions.LaunchDarklyApiError | exceptions.ConnectionConfigError:
    """The error for a request without a response. Its message holds neither headers nor credentials.

    :param request: see :func:`error_from_status`
    :param error: the error of requests or urllib3
    :param redact: see :func:`error_from_status`
    """
    causes = list(_causes(error))
    message = f"{type(error).__name__}: {redact(str(causes[-1]), 200) or type(causes[-1]).__name__}"
    request = redact(request, 2000)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CA certificate" in str(error):
        return exceptions.ConnectionConfigError(
            f"{request} -> {message}. The certificate is not trusted: where a proxy inspects traffic, set verify in "
            "Extra of the LaunchDarkly connection to the path of its CA bundle."
        )
    if type(error).__name__ == "InvalidProxyURL":
        return exceptions.ConnectionConfigError(f"{request} -> {message}. {_PROXY}")
    if type(error).__name__ in ("InvalidSchema", "InvalidURL"):
        return exceptions.ConnectionConfigError(
            f"{request} -> {message}. Check Host, and proxies in Extra, of the LaunchDarkly connection."
        )
    if type(error).__name__ == "ProxyError":
        status = _TUNNEL.match(str(causes[-1]))
        refused = status is not None and status[1].startswith("4") and status[1] not in _PASSING
        kind = exceptions.ConnectionConfigError if refused else exceptions.ServerTroubleError
        return kind(f"{request} -> {message}. {_PROXY}")
    return exceptions.ServerTroubleError(f"{request} -> no answer: {message}. {_RETRY_LATER}")


def misfit(request: str, reason: str, redact: Redactor, status: int = 200) -> exceptions.AnswerError:
    """The error for a 2xx that does not match the API's contract.

    :param request: see :func:`error_from_status`
    :param reason: completes "200 with ..."
    :param redact: see :func:`error_from_status`
    :param status: HTTP status
    """
    return exceptions.AnswerError(
        f"{redact(request, 2000)} -> {status} with {reason}. The API may have changed, or Host in the LaunchDarkly "
        "connection is not LaunchDarkly: check it, and look for a newer version of this provider."
    )


def not_json(request: str, body: bytes, content_type: str, redact: Redactor, reason: str) -> exceptions.AnswerError:
    """The error for a 200 whose body is not JSON. It is usually the page of a proxy or a login.

    :param request: see :func:`error_from_status`
    :param body: the body or its start, which the message quotes in part
    :param content_type: ``Content-Type`` of the response
    :param redact: see :func:`error_from_status`
    :param reason: completes "200 with a body that ..."
    """
    return exceptions.AnswerError(
        f"{redact(request, 2000)} -> 200 with a body that {reason} "
        f"({redact(content_type, 100) or 'no content type'}): {_excerpt(body, redact)!r}. "
        "Something between Airflow and LaunchDarkly may have responded; check Host and proxies."
    )


def _code_and_message(body: bytes, redact: Redactor) -> tuple[str | None, str]:
    """``code`` of an error's body, and its message or the start of the body."""
    try:
        fields: Any = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return None, _excerpt(body, redact) or "no message"
    code, message = fields.get("code"), fields.get("message")
    code = redact(code, 100) if isinstance(code, str) else None
    return code or None, (redact(message) if isinstance(message, str) else "") or "no message"


def _excerpt(body: bytes, redact: Redactor) -> str:
    return redact(body[:EXCERPT_BYTES].decode("utf-8", "replace"), 100)


def _target_host(request: str, headers: Mapping[str, str]) -> str:
    try:
        return urlsplit(urljoin(request.partition(" ")[2], headers.get("Location", ""))).hostname or "nowhere"
    except ValueError:
        return "an invalid address"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and the errors that it wraps, outermost first. urllib3 also wraps in ``args`` and ``reason``."""
    causes: list[BaseException] = []
    current: Any = error
    while isinstance(current, BaseException) and current not in causes and len(causes) < 10:
        causes.append(current)
        inner = [getattr(current, "reason", None), *current.args, current.__cause__, current.__context__]
        current = next((each for each in inner if isinstance(each, BaseException)), None)
    return causes
