"""Maps failed requests to actionable exceptions.

See "Errors" in https://launchdarkly.com/docs/api: bodies are ``{"code", "message"}``. The code may be missing, and
proxies respond in HTML.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.body import EXCERPT_BYTES
from airflow_provider_ldusage.api.redaction import Redactor
from airflow_provider_ldusage.log_text import cut_about, shown

IDENTITY_INCOMPLETE = "data_export_project_identity_incomplete"

_RETRY_LATER = (
    "Let Airflow retry: the network or LaunchDarkly is in trouble (see https://status.launchdarkly.com for the latter)."
)
_PROXY = (
    "This is the proxy between Airflow and LaunchDarkly, not LaunchDarkly: check its address, user and password in "
    "proxies in Extra of the LaunchDarkly connection or, where that is empty, in HTTPS_PROXY on the workers."
)
_CHANGED = (
    "Check Host in the LaunchDarkly connection. If it is LaunchDarkly, the API may have changed: look for a newer "
    "version of this provider."
)
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_PASSING = ("408", "425", "429")  # statuses of a proxy that may succeed later
PROXY_AUTHENTICATION = 407
MAX_SAID = 70
"""Characters of the other side's own words in a problem. The whole follows the request."""
MAX_KEYS = 5
_KEYS = {"featureFlagKey": "flag", "environmentKey": "environment", "environment": "environment",
         "projectKey": "project", "project": "project"}  # fmt: skip
_USAGE = "/api/v2/usage/"
_NOT_INCLUDED = (
    "Either the account's plan does not include it, or the token's role may not read it (a Reader token can read all "
    'usage that the plan includes). To skip such tasks: on_forbidden="skip".'
)
_STATUSES: Mapping[int, tuple[type[exceptions.LaunchDarklyApiError], str, str]] = {
    401: (
        exceptions.UnauthorizedError,
        "LaunchDarkly refuses the access token",
        "Put a valid access token, not an SDK key, into the password field of the LaunchDarkly connection; tokens "
        "expire and belong to one instance (commercial, eu, federal).",
    ),
    403: (
        exceptions.ForbiddenError,
        "LaunchDarkly does not allow this",
        "Either the token's role or the account's plan does not include it (a Reader token can read all usage that "
        "the plan includes), or a proxy removed the LD-API-Version: beta header.",
    ),
    404: (
        exceptions.NotFoundError,
        "LaunchDarkly does not find what was asked for",
        "Check the project, environment and flag keys (keys, not names); not every instance has every endpoint.",
    ),
    409: (
        exceptions.RequestRefusedError,
        "This conflicts with the state of LaunchDarkly's data",
        "Correct the arguments, or ask again once that has changed.",
    ),
    429: (exceptions.RateLimitedError, "LaunchDarkly's rate limit is reached", "Ask less often."),
}
_REFUSED = (
    exceptions.RequestRefusedError,
    "LaunchDarkly refuses the request",
    "Correct the arguments: the same request will be refused again.",
)


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
        return exceptions.ConnectionConfigError(
            f"The proxy refuses its user and password ({response}).", _PROXY, about=redact(request, 2000)
        )
    if 300 <= status < 400:
        kind, message = exceptions.RequestRefusedError, f"to {redact(_target_host(request, headers))}"
        what = "The answer is a redirect"
        remedy = "Redirects are not followed, as the token would be sent along. Check Host in the connection."
    elif status >= 500:
        kind, what, remedy = exceptions.ServerTroubleError, "LaunchDarkly cannot answer", _RETRY_LATER
    elif status == 409 and code == IDENTITY_INCOMPLETE:
        kind, what = exceptions.DataExportIdentityError, "Some usage belongs to no project"
        remedy = "Load it without grouping by project: retrying does not help."
    elif status == 403 and code and _USAGE in request:  # without a code: the beta header is missing, or it is a proxy
        kind, what, remedy = exceptions.UsageForbiddenError, "LaunchDarkly denies this usage", _NOT_INCLUDED
    else:
        kind, what, remedy = _STATUSES.get(status, _REFUSED)
    said, about = cut_about(f"{response}: {message.removesuffix('.')}", MAX_SAID, redact(request, 2000))
    return kind(f"{what} ({said}).", remedy, about=about, status=status, code=code)


def naming_keys(
    error: exceptions.LaunchDarklyUsageError, path_args: Mapping[str, str], params: Sequence[tuple[str, str]] = ()
) -> exceptions.LaunchDarklyUsageError:
    """An error that names the keys which LaunchDarkly may not have found; any other than a 404 as it is.

    :param path_args: of the request, as for ``params``
    """
    keys = [(_KEYS[name], value) for name, value in (*path_args.items(), *params) if name in _KEYS]
    if not isinstance(error, exceptions.NotFoundError) or not keys:
        return error
    ordered = sorted(keys, key=lambda each: list(_KEYS.values()).index(each[0]))
    named = ", ".join(f"{what} {shown(key)}{' (deleted?)' * (what == 'flag')}" for what, key in ordered[:MAX_KEYS])
    return exceptions.NotFoundError(
        error.problem, f"Check {named}: keys, not names.", about=error.about, status=error.status, code=error.code
    )


def error_from_exception(
    request: str, error: BaseException, redact: Redactor
) -> exceptions.LaunchDarklyApiError | exceptions.ConnectionConfigError:
    """The error for a request without a response. Its message holds neither headers nor credentials.

    :param request: see :func:`error_from_status`
    :param error: the error of requests or urllib3
    :param redact: see :func:`error_from_status`
    """
    causes = list(_causes(error))
    kind: type[exceptions.ConnectionConfigError | exceptions.ServerTroubleError]
    kind, what, remedy = _trouble(error, causes)
    message = f"{type(error).__name__}: {redact(str(causes[-1]), 200) or type(causes[-1]).__name__}"
    said, about = cut_about(message, MAX_SAID, redact(request, 2000))
    return kind(f"{what} ({said}).", remedy, about=about)


def _trouble(
    error: BaseException, causes: Sequence[BaseException]
) -> tuple[type[exceptions.ConnectionConfigError | exceptions.ServerTroubleError], str, str]:
    """Class, problem and remedy of a request without a response."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CA certificate" in str(error):
        return (
            exceptions.ConnectionConfigError,
            "The certificate is not trusted",
            "Where a proxy inspects traffic, set verify in Extra of the LaunchDarkly connection to the path of its CA "
            "bundle.",
        )
    name = type(error).__name__
    if name == "InvalidProxyURL":
        return exceptions.ConnectionConfigError, "The proxy's address cannot be used", _PROXY
    if name in ("InvalidSchema", "InvalidURL"):
        remedy = "Check Host, and proxies in Extra, of the LaunchDarkly connection."
        return exceptions.ConnectionConfigError, "The address cannot be used", remedy
    if name == "ProxyError":
        status = _TUNNEL.match(str(causes[-1]))
        if status is not None and status[1].startswith("4") and status[1] not in _PASSING:
            return exceptions.ConnectionConfigError, "The proxy refuses", _PROXY
        return exceptions.ServerTroubleError, "The proxy does not connect to LaunchDarkly", _PROXY
    return exceptions.ServerTroubleError, "LaunchDarkly did not answer", _RETRY_LATER


def misfit(
    request: str, reason: str, redact: Redactor, status: int = 200, remedy: str = _CHANGED
) -> exceptions.AnswerError:
    """The error for a 2xx that does not match the API's contract.

    :param request: see :func:`error_from_status`
    :param reason: completes "The answer has ..."
    :param redact: see :func:`error_from_status`
    :param status: HTTP status
    """
    return exceptions.AnswerError(f"The answer ({status}) has {reason}.", remedy, about=redact(request, 2000))


def too_large(request: str, max_bytes: int, redact: Redactor) -> exceptions.AnswerError:
    """The error for a body of more bytes than allowed."""
    remedy = f"Raise max_answer_mb in Extra of the LaunchDarkly connection, or load fewer days at a time. {_CHANGED}"
    return misfit(request, f"a body larger than {max_bytes} bytes", redact, remedy=remedy)


def not_json(request: str, body: bytes, content_type: str, redact: Redactor, reason: str) -> exceptions.AnswerError:
    """The error for a 200 whose body is not JSON. It is usually the page of a proxy or a login.

    :param request: see :func:`error_from_status`
    :param body: the body or its start, which the message quotes in part
    :param content_type: ``Content-Type`` of the response
    :param redact: see :func:`error_from_status`
    :param reason: completes "The answer ..."
    """
    said = f"{redact(content_type, 100) or 'no content type'}: {_excerpt(body, redact)!r}"
    return exceptions.AnswerError(
        f"The answer (200) {reason}.",
        "Something between Airflow and LaunchDarkly may have responded; check Host and proxies.",
        about=f"{redact(request, 2000)} -> {said}",
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
