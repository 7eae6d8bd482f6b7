"""From an answer that is none to the error that tells a person what to do.

The "Errors" chapter of https://launchdarkly.com/docs/api: bodies are ``{"code", "message"}``; the code may be
missing, and what stands between Airflow and LaunchDarkly answers in HTML.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api.redaction import Redactor

IDENTITY_INCOMPLETE = "data_export_project_identity_incomplete"

_RETRY_LATER = "LaunchDarkly or the way to it is in trouble: see https://status.launchdarkly.com; let Airflow retry."
_PROXY = (
    "This is the proxy between Airflow and LaunchDarkly, not LaunchDarkly: check its address, user and password in "
    "proxies in Extra of the LaunchDarkly connection or, where that is empty, in HTTPS_PROXY on the workers."
)
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_PASSING = ("408", "425", "429")  # of a proxy: not now, but maybe later
PROXY_AUTHENTICATION = 407
_ADVICE: Mapping[int, tuple[type[exceptions.LaunchDarklyApiError], str]] = {
    401: (
        exceptions.UnauthorizedError,
        "Put a valid access token, not an SDK key, into the password field of the LaunchDarkly connection; tokens "
        "expire and belong to one instance (commercial, eu, federal).",
    ),
    403: (
        exceptions.ForbiddenError,
        "Either the token's role or the account's plan does not include this (a Reader token sees all usage that the "
        "plan has), or something on the way removed the LD-API-Version: beta header.",
    ),
    404: (
        exceptions.NotFoundError,
        "Check the project, environment and flag keys (keys, not names); not every instance has every endpoint.",
    ),
    409: (exceptions.RequestRefusedError, "LaunchDarkly says that this conflicts with the state of the data."),
    429: (exceptions.RateLimitedError, "Ask less often."),
}


def error_from_status(
    asked: str, status: int, headers: Mapping[str, str], body: bytes, redact: Redactor
) -> exceptions.LaunchDarklyApiError | exceptions.ConnectionConfigError:
    """The error for an HTTP status that is not 200.

    :param asked: what was asked, as ``GET https://host/path?query``
    :param body: as much of the body as was read, decompressed
    """
    code, said = _code_and_message(body, redact)
    kind: type[exceptions.LaunchDarklyApiError]
    came_back = f"{status} {code}" if code else str(status)
    if status == PROXY_AUTHENTICATION:
        return exceptions.ConnectionConfigError(f"{redact(asked, 2000)} -> {came_back}. {_PROXY}")
    if 300 <= status < 400:
        kind, said = exceptions.RequestRefusedError, f"redirect to {redact(_target_host(asked, headers))}"
        advice = "Redirects are not followed, as they would take the token along. Check Host in the connection."
    elif status >= 500:
        kind, advice = exceptions.ServerTroubleError, _RETRY_LATER
    elif status == 409 and code == IDENTITY_INCOMPLETE:
        kind = exceptions.DataExportIdentityError
        advice = "Some usage belongs to no project, and retrying does not help: load it without grouping by project."
    else:
        kind, advice = _ADVICE.get(
            status, (exceptions.RequestRefusedError, "Correct the arguments: the same request will be refused again.")
        )
    ending = "" if said.endswith((".", "!", "?")) else "."
    return kind(f"{redact(asked, 2000)} -> {came_back}: {said}{ending} {advice}", status=status, code=code)


def error_from_exception(
    asked: str, error: BaseException, redact: Redactor
) -> exceptions.LaunchDarklyApiError | exceptions.ConnectionConfigError:
    """The error for a request that got no answer, in words that hold neither headers nor credentials."""
    causes = list(_causes(error))
    said = f"{type(error).__name__}: {redact(str(causes[-1]), 200) or type(causes[-1]).__name__}"
    asked = redact(asked, 2000)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CA certificate" in str(error):
        return exceptions.ConnectionConfigError(
            f"{asked} -> {said}. The certificate is not trusted: where a proxy inspects traffic, set verify in Extra "
            "of the LaunchDarkly connection to the path of its CA bundle."
        )
    if type(error).__name__ == "InvalidProxyURL":
        return exceptions.ConnectionConfigError(f"{asked} -> {said}. {_PROXY}")
    if type(error).__name__ in ("InvalidSchema", "InvalidURL"):
        return exceptions.ConnectionConfigError(
            f"{asked} -> {said}. Check Host, and proxies in Extra, of the LaunchDarkly connection."
        )
    if type(error).__name__ == "ProxyError":
        answered = _TUNNEL.match(str(causes[-1]))
        refused = answered is not None and answered[1].startswith("4") and answered[1] not in _PASSING
        return (exceptions.ConnectionConfigError if refused else exceptions.ServerTroubleError)(
            f"{asked} -> {said}. {_PROXY}"
        )
    return exceptions.ServerTroubleError(f"{asked} -> no answer: {said}. {_RETRY_LATER}")


def misfit(asked: str, why: str, redact: Redactor, status: int = 200) -> exceptions.AnswerError:
    """The error for a success that does not fit the contract of the API."""
    return exceptions.AnswerError(
        f"{redact(asked, 2000)} -> {status} with {why}. The API may have changed, or Host in the LaunchDarkly "
        "connection is not LaunchDarkly: check it, and look for a newer version of this provider."
    )


def not_json(asked: str, body: bytes, content_type: str, redact: Redactor, why: str) -> exceptions.AnswerError:
    """The error for a 200 whose body is no JSON: mostly a proxy's or a login page."""
    excerpt = redact(body[:8192].decode("utf-8", "replace"), 100)
    return exceptions.AnswerError(
        f"{redact(asked, 2000)} -> 200 with a body that {why} ({redact(content_type, 100) or 'no content type'}): "
        f"{excerpt!r}. Something between Airflow and LaunchDarkly may have answered; check Host and proxies."
    )


def _code_and_message(body: bytes, redact: Redactor) -> tuple[str | None, str]:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return None, redact(body[:8192].decode("utf-8", "replace"), 100) or "no message"
    code, said = told.get("code"), told.get("message")
    code = redact(code, 100) if isinstance(code, str) else None
    return code or None, (redact(said) if isinstance(said, str) else "") or "no message"


def _target_host(asked: str, headers: Mapping[str, str]) -> str:
    try:
        return urlsplit(urljoin(asked.partition(" ")[2], headers.get("Location", ""))).hostname or "nowhere"
    except ValueError:
        return "an unreadable address"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it wraps, outermost first; requests and urllib3 wrap in ``args`` and ``reason`` too."""
    found: list[BaseException] = []
    current: Any = error
    while isinstance(current, BaseException) and current not in found and len(found) < 10:
        found.append(current)
        inner = [getattr(current, "reason", None), *current.args, current.__cause__, current.__context__]
        current = next((each for each in inner if isinstance(each, BaseException)), None)
    return found
