"""Removes secrets and unprintable characters from text of servers, proxies and libraries."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.named_secrets import without_named_secrets

_USERINFO = re.compile(r"[^ \t\r\n]+@")
_URL_USERINFO = re.compile(r"(?<=//)[^ \t\r\n]+@")  # a password may hold "/" and "@", so the last one counts
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:/+")
_WINDOW = 4096
_SHORT = 3  # shorter secrets are replaced only as whole words; otherwise hardly a letter would be left


class Redactor:
    """Makes foreign text safe for logs and error messages.

    Replaces the token and the credentials of proxies, also where they are quoted for a URL, JSON or HTML, values that
    are named as secrets, and anything before an ``@``, since proxies can also come from the environment and need not be
    valid URLs.

    :param config: holds the secrets
    """

    def __init__(self, config: ClientConfig) -> None:
        secrets = {config.token, *_proxy_secrets((config.proxies or {}).values()), *_environment()}
        self._secret, self._longest = _pattern(secrets)

    def __call__(self, text: str, limit: int = 500) -> str:
        """The text as one printable line without secrets.

        :param limit: maximum length, in characters
        """
        # Only the start is searched, as the text may be large. It is longer by a secret, so that the cut splits none.
        window = text[: _WINDOW + self._longest]
        clean = without_named_secrets(_USERINFO.sub("***@", self._secret.sub("***", window)))[:_WINDOW]
        line = " ".join("".join(c if c.isprintable() else " " for c in clean).split())
        return line if len(line) <= limit else line[: limit - 3] + "..."


def without_secrets(text: str) -> str:
    """Text of a store's library without secrets.

    Replaces values that are named as secrets, anything before an ``@`` in a URL, and the credentials of proxies in the
    environment.
    """
    secret, _ = _pattern(set(_environment()))
    return without_named_secrets(_URL_USERINFO.sub("***@", secret.sub("***", text)))


def userinfo_of(url: str) -> str:
    """Everything between the scheme and the last ``@`` of a URL, which may be invalid; empty without an ``@``."""
    return _SCHEME.sub("", url.rpartition("@")[0].strip())


def _environment() -> Iterable[str]:
    from urllib.request import getproxies

    return _proxy_secrets(getproxies().values())


def _proxy_secrets(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        userinfo = userinfo_of(url)
        password = userinfo.partition(":")[2]
        basic = base64.b64encode(unquote(userinfo).encode()).decode()
        found = {userinfo, unquote(userinfo), password, unquote(password), basic}
        if re.search(r"[/?#\\\s]", userinfo):  # libraries split it there, and show the parts as host and port
            found.update(re.split(r"[/?#@:\\\s]+", userinfo))
        yield from found if userinfo else ()


def _pattern(secrets: set[str]) -> tuple[re.Pattern[str], int]:
    """A pattern that matches any of the secrets, and the length of the longest."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))  # a short form may be part of a long one
    words = (re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)" for form in longest_first)
    return re.compile("|".join(words) or r"(?!)", re.IGNORECASE), len(longest_first[0]) if forms else 0


def _forms(secret: str) -> Iterable[str]:
    quoted = (quote(secret), quote(secret, safe=""), html.escape(secret), repr(secret)[1:-1])
    return (secret, *quoted, json.dumps(secret)[1:-1])
