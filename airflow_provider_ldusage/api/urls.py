"""URLs of requests: built from the configured base URL, and checked where they come from a response."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from airflow_provider_ldusage.exceptions import AnswerError, UsageArgumentError
from airflow_provider_ldusage.log_text import shown

API_ROOT = "/api/v2/"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL. The token is sent only where all three equal those of the base URL.

    :raises ValueError: the URL has an invalid host or port
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def request_path(path_template: str, path_args: Mapping[str, str], params: Sequence[tuple[str, str]]) -> str:
    """Path and query of a request, encoded.

    :param path_template: such as ``/api/v2/usage/events/{type}``
    :param path_args: the value of each placeholder; each becomes one segment of the path
    :param params: query parameters, sent in this order. A name with several values is repeated: LaunchDarkly reads
        ``groupBy=a&groupBy=b``, but not values that are joined by commas
    :raises UsageArgumentError: a path argument is missing, unknown, empty, ``.``, ``..`` or not text
    """
    if not path_template.startswith(API_ROOT):
        raise UsageArgumentError(
            f"path={shown(path_template)} is no path of the API.", f"It must start with {API_ROOT}."
        )
    placeholders = set(_PLACEHOLDER.findall(path_template))
    if placeholders != set(path_args):
        raise UsageArgumentError(
            f"path_args={shown(sorted(path_args))} are not those of {path_template}.",
            f"It takes {sorted(placeholders)} as path arguments.",
        )
    path = _PLACEHOLDER.sub(lambda place: _segment(place[1], path_args[place[1]]), path_template)
    try:
        query = urlencode(list(params), quote_via=quote, safe="")
    except (UnicodeEncodeError, TypeError, ValueError):
        raise UsageArgumentError(
            f"The parameters of {path_template} are not valid text.", "Give pairs of text."
        ) from None
    return path + (f"?{query}" if query else "")


def _segment(name: str, value: str) -> str:
    # Dots cannot be encoded: clients, proxies and servers all read "." and ".." as directories.
    if not isinstance(value, str) or value in ("", ".", ".."):
        raise UsageArgumentError(
            f"{name}={shown(value)} cannot be sent.", 'It must be text and neither empty nor "." nor "..".'
        )
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise UsageArgumentError(f"{name}={shown(value)} is not valid Unicode text.", "Correct it.") from None


def next_path(base_url: str, current_url: str, href: str) -> str:
    """Path and query of the next page, from ``_links.next.href`` of the current one.

    The token is sent along with the request, so links to another scheme, host or port and links out of the API are
    refused.

    :raises AnswerError: the link is refused
    """
    refused = AnswerError(
        f"The next page lies outside {base_url}{API_ROOT}: the link is not followed.",
        "Check Host in the LaunchDarkly connection, and what stands between Airflow and LaunchDarkly.",
        about=f"GET {urlsplit(current_url).path}",
    )
    if any(character <= " " or character == "\\" or not character.isascii() for character in href):
        raise refused
    try:
        target = urljoin(current_url, href)
        parts = urlsplit(target)
        same = origin(target) == origin(base_url) and parts.username is None and parts.password is None
    except ValueError:
        raise refused from None
    directories = {"..", "."} & set(unquote(parts.path).split("/"))
    if not same or not parts.path.startswith(API_ROOT) or directories:
        raise refused
    # Braces are encoded, as requests would do, so that the path cannot be taken for a template.
    return (parts.path + (f"?{parts.query}" if parts.query else "")).replace("{", "%7B").replace("}", "%7D")
