"""Removes secrets and unprintable characters from text of servers, proxies and libraries."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from airflow_provider_ldusage.api.config import ClientConfig

_USERINFO = re.compile(r"\S+@")
_WINDOW = 4096


class Redactor:
    """Makes foreign text safe for logs and error messages.

    Replaces the token and the credentials of proxies, also where they are quoted for a URL, JSON or HTML, and anything
    before an ``@``, since proxies can also come from the environment and need not be valid URLs.

    :param config: holds the secrets
    """

    def __init__(self, config: ClientConfig) -> None:
        forms = {form for secret in _secrets(config) for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)  # a short form may be part of a longer one
        self._secret = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        self._longest = len(longest_first[0])

    def __call__(self, text: str, limit: int = 500) -> str:
        """The text as one printable line without secrets.

        :param limit: maximum length, in characters
        """
        # Only the start is searched, as the text may be large. It is longer by a secret, so that the cut splits none.
        window = text[: _WINDOW + self._longest]
        clean = _USERINFO.sub("***@", self._secret.sub("***", window))[:_WINDOW]
        line = " ".join("".join(c if c.isprintable() else " " for c in clean).split())
        return line if len(line) <= limit else line[: limit - 3] + "..."


def _secrets(config: ClientConfig) -> Iterable[str]:
    yield config.token
    for url in (config.proxies or {}).values():
        userinfo, separator, _ = url.rpartition("@")
        if separator:
            userinfo = userinfo.rpartition("://")[2]
            yield from (userinfo, unquote(userinfo))
            yield from (part for part in _password(url) if part)


def _password(url: str) -> Iterable[str]:
    try:
        password = urlsplit(url).password or ""
    except ValueError:
        return ()
    return (password, unquote(password))


def _forms(secret: str) -> Iterable[str]:
    quoted = (quote(secret), quote(secret, safe=""), html.escape(secret), repr(secret)[1:-1])
    return (secret, *quoted, json.dumps(secret)[1:-1])
