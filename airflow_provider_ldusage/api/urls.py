"""Addresses of requests: built from the configured base URL, never from what a server says without a check."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from airflow_provider_ldusage.exceptions import AnswerError, UsageArgumentError

API_ROOT = "/api/v2/"
_PLACE = re.compile(r"\{(\w+)\}")


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL: what must be equal for a token to be sent.

    :raises ValueError: the URL has no readable authority
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def request_url(
    base_url: str, path_template: str, path_args: Mapping[str, str], params: Sequence[tuple[str, str]]
) -> str:
    """The address of one request: ``/api/v2/usage/events/{type}`` with each argument as one encoded segment.

    ``params`` are sent in their order and repeated where a name is: LaunchDarkly takes several values as
    ``groupBy=a&groupBy=b``, never joined by commas.

    :raises UsageArgumentError: an argument is missing, left over, empty, ``.``, ``..`` or not text
    """
    if not path_template.startswith(API_ROOT):
        raise UsageArgumentError(f"path must start with {API_ROOT}, not {path_template[:50]!r}")
    places = set(_PLACE.findall(path_template))
    if places != set(path_args):
        raise UsageArgumentError(f"{path_template} takes {sorted(places)} as path arguments, not {sorted(path_args)}")
    path = _PLACE.sub(lambda place: _segment(place[1], path_args[place[1]]), path_template)
    try:
        query = urlencode(list(params), quote_via=quote, safe="")
    except (UnicodeEncodeError, TypeError, ValueError):
        raise UsageArgumentError(f"parameters of {path_template} must be pairs of valid text") from None
    return base_url + path + (f"?{query}" if query else "")


def _segment(name: str, value: str) -> str:
    # Dots are the one thing that cannot be encoded: clients, proxies and servers all take "." and ".." for folders.
    if not isinstance(value, str) or value in ("", ".", ".."):
        raise UsageArgumentError(f'{name} must be text and neither empty nor "." nor "..", not {value!r}')
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise UsageArgumentError(f"{name} is not valid Unicode text: {value!r}") from None


def next_url(base_url: str, current_url: str, href: str) -> str:
    """The address of the next page, from the ``_links.next.href`` of the current one.

    The token travels with the request, so a link to another scheme, host or port is refused, and one out of the API.

    :raises AnswerError: the link leads elsewhere
    """
    refused = AnswerError(
        f"GET {urlsplit(current_url).path} -> 200, but its next page lies outside {base_url}{API_ROOT}. Not followed; "
        "check Host in the LaunchDarkly connection, and what stands between Airflow and LaunchDarkly."
    )
    if any(character <= " " or character == "\\" or not character.isascii() for character in href):
        raise refused
    try:
        target = urljoin(current_url, href)
        parts = urlsplit(target)
        same = origin(target) == origin(base_url) and parts.username is None and parts.password is None
    except ValueError:
        raise refused from None
    folders = {"..", "."} & set(unquote(parts.path).split("/"))
    if not same or not parts.path.startswith(API_ROOT) or folders:
        raise refused
    return base_url + parts.path + (f"?{parts.query}" if parts.query else "")
